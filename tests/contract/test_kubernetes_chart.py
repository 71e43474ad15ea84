"""The chart renders, strictly valid, within the restricted Pod Security standard."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from helm_python import Chart, HelmError, lint

from deploy.services import NAMES

CHART = Path(__file__).parents[2] / "deploy" / "kubernetes" / "lazaret"
KUBERNETES = "1.34"
EVERYTHING = {
    "gateway": {"ingress": {"enabled": True}},
    "monitoring": {"serviceMonitor": {"enabled": True}},
}
# Of others' definitions; their schemas come with their operators.
CUSTOM = {"HTTPRoute", "ScaledObject", "ServiceMonitor", "TriggerAuthentication"}


def render(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every document of the chart with these values."""
    with Chart.load(CHART) as chart:
        texts = chart.render(dict(values), name="lz", namespace="lazaret")
    return [each for text in texts.values() for each in yaml.safe_load_all(text) if each]


def pods(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and pod of everything that runs."""
    for each in documents:
        name = each["metadata"]["name"]
        if each["kind"] == "Pod":
            yield name, each["spec"]
        elif each["kind"] in {"Deployment", "Job"}:
            yield name, each["spec"]["template"]["spec"]


def test_helm_finds_nothing_wrong() -> None:
    """Lint is strict."""
    found = lint(CHART, strict=True)
    assert found["errors"] == []


@pytest.mark.parametrize("values", [{}, EVERYTHING, {"keda": {"installed": False}}], ids=str)
def test_every_document_is_strictly_valid(values: dict[str, Any]) -> None:
    """Against Kubernetes' own schemas, unknown fields refused; nothing else is of unknown kind."""
    unknown = set()
    for document in render(values):
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            unknown.add(document["kind"])
    assert unknown <= CUSTOM


def test_pods_are_restricted() -> None:
    """No root, no writable root, no rights, no token, bounded memory."""
    for name, pod in pods(render(EVERYTHING)):
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name
            assert container["resources"]["requests"]["cpu"], name


def test_each_service_has_probes_a_budget_and_a_pause_before_its_end() -> None:
    """And more time to drain than it takes by default, the pause included."""
    documents = render({})
    budgets = {
        each["metadata"]["name"] for each in documents if each["kind"] == "PodDisruptionBudget"
    }
    found = {name: pod for name, pod in pods(documents) if name.removeprefix("lz-") in NAMES}
    assert set(found) == {f"lz-{name}" for name in NAMES} == budgets
    for pod in found.values():
        (container,) = pod["containers"]
        assert container["startupProbe"]["httpGet"]["path"] == "/health/live"
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
        assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
        pause_s = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
        assert pod["terminationGracePeriodSeconds"] > 25 + pause_s
        assert {each["topologyKey"] for each in pod["topologySpreadConstraints"]} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }


def test_secrets_are_files_and_each_service_has_only_its_own() -> None:
    """The pepper and the audit key are the gateway's; no secret is in the environment."""
    for name, pod in pods(render({})):
        for volume in pod.get("volumes", []):
            if "secret" in volume:
                keys = {item["key"] for item in volume["secret"]["items"]}
                assert ("key_pepper" in keys) is (name == "lz-gateway")
        for variable in pod["containers"][0].get("env", []):
            if "_URL" in variable["name"] or "KEY" in variable["name"]:
                assert variable["value"].startswith("/run/secrets/"), name


def test_nothing_may_be_reached_that_is_not_named() -> None:
    """All pods are refused everything first; the gateway alone is called from outside."""
    policies = [each for each in render({}) if each["kind"] == "NetworkPolicy"]
    denied = next(each for each in policies if each["metadata"]["name"] == "lz-nothing")["spec"]
    assert denied["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in denied
    assert "egress" not in denied
    (called,) = (each["spec"] for each in policies if each["metadata"]["name"] == "lz-in")
    labels = called["podSelector"]["matchLabels"]
    assert labels["app.kubernetes.io/component"] == "gateway"


def test_migrations_come_before_the_new_pods() -> None:
    """As a hook that a failure stops."""
    (job,) = (each for each in render({}) if each["kind"] == "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["backoffLimit"] == 3


def test_settings_reach_every_service_and_its_own_go_first() -> None:
    """Common settings, and a service's."""
    values = {
        "settings": {"LAZARET_LOG_LEVEL": "warning", "LAZARET_OTLP_ENDPOINT": ""},
        "writer": {"settings": {"LAZARET_LOG_LEVEL": "debug"}},
    }
    levels = {
        name: variable["value"]
        for name, pod in pods(render(values))
        for variable in pod["containers"][0].get("env", [])
        if variable["name"] == "LAZARET_LOG_LEVEL"
    }
    assert levels["lz-writer"] == "debug"
    assert levels["lz-gateway"] == "warning"


@pytest.mark.parametrize(
    "values",
    [
        {"gatway": {}},
        {"gateway": {"replicas": -1}},
        {"settings": {"PATH": "/"}},
        {"images": {"digests": {"gateway": "latest"}}},
        {"terminationGracePeriodSeconds": 10},
        {"writer": {"autoscaling": {"secondsOfBacklog": 0}}},
    ],
    ids=str,
)
def test_wrong_values_are_refused(values: dict[str, Any]) -> None:
    """Unknown names, and values outside their limits."""
    with Chart.load(CHART) as chart, pytest.raises(HelmError):
        chart.validate_schema(chart.merge_values(values))
