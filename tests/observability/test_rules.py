import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.local.observing import FILES
from tools.observability import rules
from tools.observability.alerts import Alert, read_alerts
from tools.observability.objectives import Objective, read_objectives
from tools.observability.vocabulary import registry

needs_prometheus = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="SKIPPED: promtool is not installed (make tools)"
)
needs_alertmanager = pytest.mark.skipif(
    shutil.which("amtool") is None, reason="SKIPPED: amtool is not installed (make tools)"
)
PROMETHEUS = FILES / "prometheus"
CONFIGURATION = FILES / "alertmanager/alertmanager.yml"
ALERTS = read_alerts(FILES / "alerts.toml")
OBJECTIVES = read_objectives(FILES / "slo.toml")
HEADINGS = ["## Symptoms", "## Impact", "## Diagnosis", "## Mitigation"]


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROMETHEUS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_is_generated_is_up_to_date() -> None:
    """Rules, their tests and the runbooks are what their sources say (make rules)."""
    assert rules.main(["check"]) == 0


@needs_prometheus
@pytest.mark.parametrize("name", ["alerts", "slo"])
def test_rules_fire_when_they_must_and_stay_silent_when_they_must(name: str) -> None:
    """Promtool's own evaluation of every case."""
    assert "SUCCESS" in _run("promtool", "check", "rules", f"rules/{name}.yml")
    assert "SUCCESS" in _run("promtool", "test", "rules", f"tests/{name}.yml")


@needs_prometheus
@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_the_cases_notice_a_rule_that_is_broken(alert: Alert, tmp_path: Path) -> None:
    """With a rule that never fires, and with one that always does, its cases fail."""
    document = yaml.safe_load((PROMETHEUS / "tests/alerts.yml").read_text())
    cases = [case for case in document["tests"] if case["name"].startswith(f"{alert.name} ")]
    assert len(cases) == 1 + len(alert.silent)
    for broken in ("vector(1) < 0", "vector(1)"):
        rule = {"alert": alert.name, "expr": broken}
        group = {"groups": [{"name": "broken", "rules": [rule]}]}
        (tmp_path / "rules.yml").write_text(yaml.safe_dump(group))
        tests = {**document, "rule_files": ["rules.yml"], "tests": cases}
        (tmp_path / "tests.yml").write_text(yaml.safe_dump(tests))
        command = ["promtool", "test", "rules", str(tmp_path / "tests.yml")]
        assert subprocess.run(command, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize(
    "slo", [slo for slo in OBJECTIVES.slos if "_bucket" in slo.errors], ids=lambda slo: slo.name
)
def test_a_thresholds_bucket_is_one_of_the_histograms(slo: Objective) -> None:
    """A bound that is no bucket's would count nothing as good."""
    name, bound = re.findall(r'(\w+)_bucket\{[^}]*le="([^"]+)"', slo.errors)[0]
    by_name = {f"{each.name.replace('.', '_')}_seconds": each for each in registry()}
    assert float(bound) in by_name[name].buckets


def test_each_alert_has_severity_owner_and_a_runbook_with_its_parts() -> None:
    """What whoever is woken up needs."""
    for alert in ALERTS:
        assert alert.severity in {"page", "ticket"}
        assert alert.owner in {"platform", "gateway", "pipeline", "clinical"}
    written = yaml.safe_load((PROMETHEUS / "rules/alerts.yml").read_text())
    slo = yaml.safe_load((PROMETHEUS / "rules/slo.yml").read_text())
    for rule in [
        rule for each in (written, slo) for group in each["groups"] for rule in group["rules"]
    ]:
        if "alert" in rule:
            page = (rules.CHECKOUT / rule["annotations"]["runbook_url"]).read_text()
            assert [line for line in page.splitlines() if line.startswith("## ")] == HEADINGS


@needs_alertmanager
def test_alertmanagers_configuration_is_valid() -> None:
    """As amtool reads it."""
    assert "SUCCESS" in _run("amtool", "check-config", CONFIGURATION)


@needs_alertmanager
@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_each_alert_reaches_whom_it_should(alert: Alert) -> None:
    """Pages go to the pager, the clinical ones to their owners, the rest to the tickets."""
    labels = {"alertname": alert.name, "severity": alert.severity, "owner": alert.owner}
    receiver = _run(
        "amtool",
        "config",
        "routes",
        "test",
        "--config.file",
        CONFIGURATION,
        *(f"{name}={value}" for name, value in labels.items()),
    ).strip()
    expected = "pager" if alert.severity == "page" else "tickets"
    assert receiver == ("clinical" if alert.owner == "clinical" else expected)


def test_inhibition_names_alerts_and_causes_that_exist() -> None:
    """A rule for an alert that is gone would inhibit nothing."""
    document = yaml.safe_load(CONFIGURATION.read_text())
    known = {alert.name for alert in ALERTS}
    causes = {alert.cause for alert in ALERTS}
    for rule in document["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            label, values = (
                re.fullmatch(r'(\w+)=~?"(.*)"', matcher).groups()
                if "!=" not in matcher
                else ("", "")
            )
            if label == "alertname":
                assert set(values.split("|")) <= known
            if label == "cause":
                assert set(values.split("|")) <= causes
