import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from deploy.local.observing import FILES
from deploy.local.programs import COLLECTOR
from deploy.local.stack_folder import CHECKOUT
from tools.observability import dashboards

COLLECTOR_FILES = FILES / "collector"
WATCHERS = ("collector", "tempo", "loki", "prometheus", "alertmanager", "grafana")
VARIABLES = {
    "ELASTIC_OTLP_ENDPOINT": "https://elastic.example:443",
    "ELASTIC_API_KEY": "key",
    "APM_OTLP_ENDPOINT": "https://apm.example:4318",
    "APM_TOKEN": "token",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file as YAML reads it."""
    return dict(yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text()))


@pytest.mark.parametrize("option", ["", "options/elastic.yaml", "options/apm.yaml"])
def test_the_collector_accepts_its_configuration(option: str) -> None:
    """The shared one alone, and with each option that the built collector has the parts for."""
    if not COLLECTOR.path.exists():
        pytest.skip("SKIPPED: the collector is not built here (make tools)")
    files = [COLLECTOR_FILES / "collector.yaml", *([COLLECTOR_FILES / option] if option else [])]
    command = [str(COLLECTOR.path), "validate", *(f"--config={file}" for file in files)]
    done = subprocess.run(
        command, env={**os.environ, **VARIABLES}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("option", ["resource-detection.yaml", "options/cloudwatch.yaml"])
def test_an_option_of_the_contrib_image_changes_only_what_there_is(option: str) -> None:
    """Its pipelines are those of the shared file: the image that has its parts cannot run here."""
    shared = yaml.safe_load((COLLECTOR_FILES / "collector.yaml").read_text())
    own = yaml.safe_load((COLLECTOR_FILES / option).read_text())
    known = {*shared["processors"], *shared["exporters"], *shared["connectors"]}
    known |= {*own.get("processors", {}), *own.get("exporters", {})}
    for name, pipeline in own["service"]["pipelines"].items():
        assert name in shared["service"]["pipelines"]
        assert {part for parts in pipeline.values() for part in parts} <= known


def test_the_memory_limiter_comes_first_and_spans_are_counted_before_sampling() -> None:
    """What the order of processors promises."""
    shared = yaml.safe_load((COLLECTOR_FILES / "collector.yaml").read_text())
    pipelines = shared["service"]["pipelines"]
    assert {each["processors"][0] for each in pipelines.values()} == {"memory_limiter"}
    assert "span_metrics" in pipelines["traces/metrics"]["exporters"]
    assert "tail_sampling" not in pipelines["traces/metrics"]["processors"]
    assert pipelines["traces"]["processors"][-2:] == ["redaction", "tail_sampling"]


def test_prometheus_configuration_is_valid() -> None:
    """As promtool reads it; its rules lie elsewhere in the container."""
    if shutil.which("promtool") is None:
        pytest.skip("SKIPPED: promtool is not installed here (make tools)")
    command = ["promtool", "check", "config", "--syntax-only", FILES / "prometheus/prometheus.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", WATCHERS)
def test_a_watcher_is_pinned_hardened_and_hidden(compose: dict[str, Any], name: str) -> None:
    """In its profile only, by version, read-only; Grafana alone is published, on loopback."""
    service = compose["services"][name]
    assert service["profiles"] == ["observability"]
    assert re.search(r":v?\d+\.\d+\.\d+}$", service["image"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    published = service.get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert bool(published) == (name == "grafana")
    for mount in service.get("volumes", []):
        source, _, rest = mount.partition(":")
        if source.startswith("./"):
            assert (CHECKOUT / source).is_dir()
            assert rest.endswith(":ro")


def test_grafana_lets_nobody_in_without_a_password(compose: dict[str, Any]) -> None:
    """No anonymous visitor, no sign-up, and the password is a secret."""
    settings = compose["services"]["grafana"]["environment"]
    assert settings["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert settings["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert settings["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_password"


def test_dashboards_are_up_to_date_and_whole() -> None:
    """Each panel has a unit, a description and a source that is provisioned; none overlap."""
    assert dashboards.main(["check"]) == 0
    sources = yaml.safe_load((FILES / "grafana/provisioning/datasources/stores.yaml").read_text())[
        "datasources"
    ]
    for path in sorted((FILES / "grafana/dashboards").glob("*.json")):
        panels = json.loads(path.read_text())["panels"]
        for panel in panels:
            assert panel["description"]
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert panel["datasource"]["uid"] in {source["uid"] for source in sources}
        places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
        assert len(places) == len(panels)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("Tempo", "no image registry here; traces are read back from Jaeger, TraceQL is parsed"),
        ("Loki", "no image registry here; logs are read back from VictoriaLogs, LogQL is parsed"),
        ("Grafana", "no image registry here; its queries are run against Prometheus"),
    ],
)
def test_what_only_an_official_image_could_show(program: str, reason: str) -> None:
    """Named, so that nobody takes it for tested."""
    pytest.skip(f"SKIPPED: {program} is not run: {reason}")
