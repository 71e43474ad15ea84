import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry.sdk.resources import Resource

from deploy.local.observing import FILES
from shared.config import TelemetrySettings
from shared.telemetry import names, process_names
from shared.telemetry.cardinality import SERIES_MAX
from shared.telemetry.log_export import LogExport
from shared.telemetry.metric import Kind, Metric, prometheus_name
from tests.observability.watched import Watched, soon
from tools.observability.alerts import read_alerts
from tools.observability.boards import BOARDS
from tools.observability.vocabulary import filled, registry

pytestmark = pytest.mark.timeout(600)

TRACES = tomllib.loads((FILES / "traces.toml").read_text())
REGISTRY = registry()
EXPORTED_WITHIN_S = 45.0  # many times what export, scrape and evaluation take
SOURCES = FILES / "grafana/provisioning/datasources/stores.yaml"
# What the collector adds to every series of a service.
OF_THE_EXPORTER = {"otel_scope_name", "otel_scope_version", "otel_scope_schema_url"}
EDGES = [(edge["parent"], edge["child"]) for edge in TRACES["edges"]]


def _edges(trace: dict[str, Any]) -> set[tuple[str, str]]:
    """Parent and child of every span of a trace, each as "service: span"."""
    names = {
        span["spanID"]: (
            f"{trace['processes'][span['processID']]['serviceName']}: {span['operationName']}"
        )
        for span in trace.get("spans", ())
    }
    return {
        (names.get(reference["spanID"], "?"), names[span["spanID"]])
        for span in trace.get("spans", ())
        for reference in span["references"]
        if reference["refType"] == "CHILD_OF"
    }


def _trace_of_job(watched: Watched) -> dict[str, Any]:
    """The job's trace, found by the job's id alone."""
    tags = f'{{"lazaret.job.id":"{watched.job_id}"}}'
    found = watched.ask("jaeger", "/api/traces", service="generator", tags=tags, limit=20)["data"]
    return dict(found[0]) if found else {}


@pytest.mark.parametrize(("parent", "child"), EDGES)
def test_each_edge_of_the_path_is_in_the_trace_store(
    watched: Watched, parent: str, child: str
) -> None:
    """One trace joins request, dispatch, generate, write and event across RabbitMQ."""

    def arrived() -> bool:
        trace = _trace_of_job(watched)
        return bool(trace) and (parent, child) in _edges(trace)

    soon(arrived, lambda: f"{parent} -> {child} in {sorted(_edges(_trace_of_job(watched)))}")


@pytest.mark.parametrize(
    ("service", "signal"),
    [(name, signal) for name, signals in TRACES["services"].items() for signal in signals],
)
def test_each_service_sends_each_signal(watched: Watched, service: str, signal: str) -> None:
    """The table of services and signals, read back from the stores."""

    def arrived() -> bool:
        if signal == "traces":
            return service in watched.ask("jaeger", "/api/services")["data"]
        if signal == "metrics":
            job = f'process_memory_usage_bytes{{job="lazaret/{service}"}}'
            return bool(watched.query(job))
        return bool(watched.logs(f"service.name:{service} _time:1h"))

    soon(arrived, lambda: f"{signal} of {service}")


# What a healthy run does not measure.
ONLY_WHEN_SOMETHING_BREAKS = {
    names.CALLERS_REFUSED,
    names.UNROUTABLE_MESSAGES,
    names.HELD_MESSAGES,
    names.CHANNEL_RESETS,
    names.REDELIVERED_MESSAGES,
    names.DB_TIMEOUTS,
    names.LEASES_EXPIRED,
    names.LEASES_LOST,
    names.DUTY_FAILURES,
    names.BATCH_FAILURES,
    names.CHILDREN_ENDED,
    names.VALIDITY_FLAGS,
    process_names.ERRORS,
    process_names.SLOW_CALLBACKS,
    process_names.SPANS_LOST,
    process_names.LOGS_LOST,
    process_names.LOGS_SUPPRESSED,
}


@pytest.mark.parametrize(
    "metric",
    [metric for metric in REGISTRY if metric not in ONLY_WHEN_SOMETHING_BREAKS],
    ids=lambda metric: metric.name,
)
def test_a_registered_metric_is_measured_as_registered(watched: Watched, metric: Metric) -> None:
    """Its name in Prometheus, its labels and the number of its series are the registry's."""
    suffix = "_count" if metric.kind is Kind.HISTOGRAM else ""
    query = f'{prometheus_name(metric)}{suffix}{{job=~"lazaret/.*"}}'
    found = soon(lambda: watched.query(query), lambda: query)
    allowed = {label.replace(".", "_") for label in metric.labels}
    by_process = Counter(each["metric"]["instance"] for each in found)
    for series in found:
        own = set(series["metric"]) - {"__name__", "job", "instance"}
        assert own - OF_THE_EXPORTER <= allowed, series["metric"]
    assert max(by_process.values()) <= SERIES_MAX


def test_no_metric_of_the_services_is_outside_the_registry(watched: Watched) -> None:
    """What Prometheus holds of the services is registered, or the collector's count of spans."""
    registered = {
        prometheus_name(metric) + suffix
        for metric in REGISTRY
        for suffix in (("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",))
    }
    found = watched.query('group by (__name__) ({job=~"lazaret/.*"})')
    unknown = {each["metric"]["__name__"] for each in found} - registered
    derived = ("lazaret_spans_", "ALERTS")  # by the collector, by Prometheus
    assert {name for name in unknown if not name.startswith(derived)} == set()


@pytest.mark.parametrize(
    "metric",
    [names.API_REQUEST_DURATION, names.DB_QUERY_DURATION, names.GENERATION_DURATION],
    ids=lambda metric: metric.name,
)
def test_a_latency_histogram_leads_to_a_trace(watched: Watched, metric: Metric) -> None:
    """Its exemplars carry `trace_id`, the label that the data source's link names, of a trace that
    the store has.
    """
    (link,) = {
        target["name"]
        for source in yaml.safe_load(SOURCES.read_text())["datasources"]
        for target in source["jsonData"].get("exemplarTraceIdDestinations", ())
    }
    query = f"{prometheus_name(metric)}_bucket"

    def exemplar() -> str:
        found = watched.ask(
            "prometheus", "/api/v1/query_exemplars", query=query, start=0, end=4102444800
        )["data"]
        labels = [one["labels"] for series in found for one in series["exemplars"]]
        return next((each[link] for each in labels if link in each), "")

    trace_id = soon(exemplar, lambda: f"an exemplar of {query}")
    soon(
        lambda: watched.http.get(f"{watched.ports.url('jaeger')}/api/traces/{trace_id}").is_success,
        lambda: f"trace {trace_id}",
    )


PLANTED = {
    "password": "hunter2-planted",
    "address": "postgresql://lazaret:hunter3-planted@127.0.0.1/lazaret",
    "key": "lzt_0123456789ab_hunter4-planted",
    "header": "Bearer hunter5-planted-and-long",
}


def test_the_collector_masks_secrets_that_a_service_let_through(watched: Watched) -> None:
    """A record that no service has cleaned: its line arrives, its secrets do not."""
    settings = TelemetrySettings(otlp_endpoint=watched.ports.url("otlp"))
    export = LogExport(settings, Resource.create({"service.name": "careless"}))
    export(
        None, "info", {"event": f"connecting to {PLANTED['address']}", "level": "info", **PLANTED}
    )
    export.shutdown()
    (line,) = soon(lambda: watched.logs("service.name:careless"), lambda: "the planted line")
    assert "planted" not in str(line)


PANELS = [
    pytest.param(query.expr, id=f"{board.uid}: {panel.title} {number}")
    for board in BOARDS
    for panel in board.panels
    for number, query in enumerate(panel.queries)
]


@pytest.mark.parametrize("expression", PANELS)
def test_each_query_of_each_dashboard_has_data(watched: Watched, expression: str) -> None:
    """Asked of the real Prometheus after a real run, as Grafana would fill it in."""
    soon(lambda: watched.query(filled(expression)), lambda: expression, EXPORTED_WITHIN_S)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(rule, id=rule.get("alert") or f"{rule['record']} {rule['labels']['slo']}")
        for name in ("alerts", "slo")
        for group in yaml.safe_load((FILES / f"prometheus/rules/{name}.yml").read_text())["groups"]
        for rule in group["rules"]
        if "alert" not in rule
    ],
)
def test_each_recorded_ratio_has_data(watched: Watched, rule: dict[str, Any]) -> None:
    """Prometheus evaluates the objectives' rules on what the services really send."""
    query = f'{rule["record"]}{{slo="{rule["labels"]["slo"]}"}}'
    soon(lambda: watched.query(query), lambda: query, EXPORTED_WITHIN_S)


def test_a_healthy_stack_calls_nobody(watched: Watched) -> None:
    """Every rule is evaluated without an error, and none fires."""
    groups = watched.ask("prometheus", "/api/v1/rules")["data"]["groups"]
    loaded = [rule for group in groups for rule in group["rules"]]
    assert [rule["lastError"] for rule in loaded if rule.get("lastError")] == []
    alerts = [rule for rule in loaded if rule["type"] == "alerting"]
    assert len(alerts) >= len(read_alerts(FILES / "alerts.toml"))
    assert [rule["name"] for rule in alerts if rule["state"] == "firing"] == []


@pytest.mark.parametrize(
    "query",
    tomllib.loads((FILES / "queries/logs.toml").read_text())["query"],
    ids=lambda query: query["name"],
)
def test_each_saved_query_of_the_logs_finds_something(
    watched: Watched, query: dict[str, str]
) -> None:
    """Asked of the real log store after a real run."""
    asked = query["logsql"].replace("JOB", watched.job_id)
    soon(lambda: watched.logs(asked), lambda: asked, EXPORTED_WITHIN_S)


CHECKS = [
    pytest.param(check, id=f"{alert.name} {number}")
    for alert in read_alerts(FILES / "alerts.toml")
    for number, check in enumerate(alert.checks)
]


@pytest.mark.parametrize("check", CHECKS)
def test_each_command_of_a_runbook_works(watched: Watched, check: str) -> None:
    """As somebody who was woken up would paste it."""
    variables = {
        "PROMETHEUS": watched.ports.url("prometheus"),
        "LOGS": watched.ports.url("logs"),
        "TRACES": watched.ports.url("jaeger"),
        "LAZARET_URL": watched.deployment.services["gateway"].url,
        "LAZARET_API_KEY": watched.deployment.key,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-euc", check], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if "/api/v1/query" in check:
        assert json.loads(done.stdout)["status"] == "success"
