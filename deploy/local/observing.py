"""Collector, Jaeger, Prometheus, Alertmanager and VictoriaLogs, watching the local stack.

They run beside the native stack with the files of `observability/` and keep what they know in a
folder of their own. Everything listens on the loopback interface.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.launch import launch
from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.problem import Problem
from deploy.local.process_record import running_pid, stop
from deploy.local.programs import COLLECTOR, JAEGER, VICTORIA_LOGS
from deploy.local.readiness import status_of
from deploy.local.stack_folder import CHECKOUT

FILES = CHECKOUT / "observability"
READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 15.0
# On a laptop people look at once; a fleet's Prometheus asks every fifteen seconds.
INTERVAL = "2s"


@dataclass(frozen=True)
class Ports:
    """Where each program listens; the defaults are what people know, taken where they are free."""

    otlp: int = 4318
    collector_health: int = 13133
    collector_metrics: int = 8889
    collector_self: int = 8888
    jaeger: int = 16686
    jaeger_otlp: int = 14318
    jaeger_admin: int = 14269
    prometheus: int = 9090
    alertmanager: int = 9093
    logs: int = 9428

    def url(self, name: str) -> str:
        """The address behind a port's name."""
        return f"http://{LOOPBACK}:{getattr(self, name)}"


def choose_ports() -> Ports:
    """The known ports, but for those that somebody has."""
    known = asdict(Ports())
    others = free_ports(len(known))
    pairs = zip(known.items(), others, strict=True)
    return Ports(**{name: port if is_free(port) else other for (name, port), other in pairs})


class Observers:
    """The five programs of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._settings = folder / "ports.json"

    def running(self) -> Ports | None:
        """Where they listen, if all of them run."""
        if not all(running_pid(self._record(name)) for name in ORDER):
            return None
        known = {each.name for each in fields(Ports)}
        given = json.loads(self._settings.read_text())
        return Ports(**{name: port for name, port in given.items() if name in known})

    def start(self, ports: Ports, *, trace_decision_s: float = 2.0) -> Ports:
        """Start all and return when each answers.

        Raises:
            Problem: with the end of the log of the one that does not.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(json.dumps(asdict(ports)))
        self._write_prometheus(ports)
        # Jaeger would trace itself, to a collector of its own.
        variables = {
            **os.environ,
            "OTEL_TRACES_SAMPLER": "always_off",
            **_collector_variables(ports, trace_decision_s),
        }
        for name, command in self._commands(ports).items():
            data = self._folder / name
            data.mkdir(exist_ok=True)
            launch(command, self._record(name), self._log(name), data, variables, {})
        for name, (port, path) in _probes(ports).items():
            self._wait_ready(name, port, path)
        return ports

    def stop(self) -> None:
        """Stop whatever runs, the collector first: it hands on what it still holds."""
        for name in ORDER:
            stop(self._record(name), signal.SIGTERM, STOPPED_WITHIN_S)

    def delete(self) -> None:
        """Stop, and forget everything."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _commands(self, ports: Ports) -> Mapping[str, list[str]]:
        return {
            "jaeger": _jaeger(ports),
            "victoria-logs": [
                str(VICTORIA_LOGS.path),
                f"-httpListenAddr={LOOPBACK}:{ports.logs}",
                "-storageDataPath=data",
                "-retentionPeriod=7d",
            ],
            "alertmanager": [
                "prometheus-alertmanager",
                f"--config.file={FILES / 'alertmanager/alertmanager.yml'}",
                "--storage.path=data",
                f"--web.listen-address={LOOPBACK}:{ports.alertmanager}",
                "--cluster.listen-address=",
            ],
            "prometheus": [
                "prometheus",
                f"--config.file={self._folder / 'prometheus.yml'}",
                "--storage.tsdb.path=data",
                "--storage.tsdb.retention.time=7d",
                f"--web.listen-address={LOOPBACK}:{ports.prometheus}",
                "--enable-feature=exemplar-storage",
            ],
            "collector": [str(COLLECTOR.path), f"--config={FILES / 'collector/collector.yaml'}"],
        }

    def _write_prometheus(self, ports: Ports) -> None:
        """The compose profile's file with this machine's addresses."""
        text = (FILES / "prometheus/prometheus.yml").read_text()
        for there, here in _addresses(ports).items():
            text = text.replace(there, here)
        (self._folder / "prometheus.yml").write_text(text)

    def _wait_ready(self, name: str, port: int, path: str) -> None:
        deadline = Deadline(READY_WITHIN_S)
        while status_of(port, path) != http.client.OK:
            ended = running_pid(self._record(name)) is None
            if ended or deadline.passed():
                tail = self._log(name).read_text(errors="replace")[-2_000:]
                self.stop()
                raise Problem(f"{name} does not answer. Its log {self._log(name)} ends:\n{tail}")
            deadline.pause()

    def _record(self, name: str) -> Path:
        return self._folder / f"{name}.pid"

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


ORDER = ("collector", "prometheus", "alertmanager", "victoria-logs", "jaeger")


def _probes(ports: Ports) -> Mapping[str, tuple[int, str]]:
    return {
        "jaeger": (ports.jaeger, "/api/services"),
        "victoria-logs": (ports.logs, "/health"),
        "alertmanager": (ports.alertmanager, "/-/ready"),
        "prometheus": (ports.prometheus, "/-/ready"),
        "collector": (ports.collector_health, "/"),
    }


def _addresses(ports: Ports) -> Mapping[str, str]:
    return {
        "interval: 15s": f"interval: {INTERVAL}",
        "interval: 5s": f"interval: {INTERVAL}",
        "/etc/prometheus/rules": str(FILES / "prometheus/rules"),
        "alertmanager:9093": f"{LOOPBACK}:{ports.alertmanager}",
        "collector:8889": f"{LOOPBACK}:{ports.collector_metrics}",
        "collector:8888": f"{LOOPBACK}:{ports.collector_self}",
        "127.0.0.1:9090": f"{LOOPBACK}:{ports.prometheus}",
    }


def _collector_variables(ports: Ports, trace_decision_s: float) -> Mapping[str, str]:
    return {
        "OTLP_LISTEN": f"{LOOPBACK}:{ports.otlp}",
        "METRICS_LISTEN": f"{LOOPBACK}:{ports.collector_metrics}",
        "HEALTH_LISTEN": f"{LOOPBACK}:{ports.collector_health}",
        "SELF_HOST": LOOPBACK,
        "SELF_PORT": str(ports.collector_self),
        "TRACES_ENDPOINT": f"{ports.url('jaeger_otlp')}/v1/traces",
        "LOGS_ENDPOINT": f"{ports.url('logs')}/insert/opentelemetry/v1/logs",
        "TRACE_KEEP_PERCENT": "100",
        "TRACE_DECISION_WAIT": f"{trace_decision_s:g}s",
        "SPAN_METRICS_INTERVAL": INTERVAL,
    }


def _jaeger(ports: Ports) -> list[str]:
    listen = {
        "query.http-server.host-port": ports.jaeger,
        "collector.otlp.http.host-port": ports.jaeger_otlp,
        "admin.http.host-port": ports.jaeger_admin,
        # It has more receivers than are wanted, and no switch for them: any free port will do.
        "collector.otlp.grpc.host-port": 0,
        "query.grpc-server.host-port": 0,
        "collector.http-server.host-port": 0,
        "collector.grpc-server.host-port": 0,
    }
    return [
        str(JAEGER.path),
        "--memory.max-traces=20000",
        *(f"--{option}={LOOPBACK}:{port}" for option, port in listen.items()),
    ]
