"""The workflows run what the Makefile has, with few rights."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
MAKE = re.compile(r"\bmake ([a-z][a-z -]*)")


def test_zizmor_finds_nothing() -> None:
    """Offline, with the one exception that zizmor.yml explains."""
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [str(zizmor), "--offline", "--config", str(GITHUB / "zizmor.yml"), str(GITHUB)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_target_exists_and_rights_are_given_by_job(path: Path) -> None:
    """A target that is renamed is renamed here; nothing is allowed beforehand."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    document = yaml.safe_load(path.read_text())
    assert document["permissions"] == {}
    for name, job in document["jobs"].items():
        assert job["timeout-minutes"] <= 120, name
        assert "contents" in job["permissions"], name
        for step in job["steps"]:
            for words in MAKE.findall(step.get("run", "")):
                assert set(words.split()) <= targets, words
        wanted = job.get("strategy", {}).get("matrix", {}).get("target", [])
        assert {each.split()[0] for each in wanted} <= targets
