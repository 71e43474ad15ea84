"""What can be checked of the Terraform files without a cloud: their form, and what they name."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.services import NAMES

FOLDER = Path(__file__).parents[2] / "deploy" / "terraform"
TEXT = "\n".join(path.read_text() for path in sorted(FOLDER.glob("*.tf")))


def test_the_files_are_formatted() -> None:
    """By Terraform or OpenTofu, whichever is there."""
    program = shutil.which("tofu") or shutil.which("terraform")
    if program is None:
        pytest.skip("SKIPPED: neither tofu nor terraform is installed")
    command = [program, "fmt", "-check", "-recursive", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_service_runs_and_is_given_its_secrets() -> None:
    """A service that is added is added here."""
    for name in NAMES:
        assert re.search(rf"^    {name} +=", TEXT, re.MULTILINE), name
        for environment in ("staging", "production"):
            values = (FOLDER / "environments" / f"{environment}.tfvars").read_text()
            assert re.search(rf"^  {name} +=", values, re.MULTILINE), (name, environment)


def test_every_variable_has_a_description_and_is_used() -> None:
    """And what an environment sets is a variable."""
    variables = re.findall(r'^variable "(\w+)" \{\n  description', TEXT, re.MULTILINE)
    assert variables == re.findall(r'^variable "(\w+)"', TEXT, re.MULTILINE)
    for name in variables:
        assert f"var.{name}" in TEXT.split('variable "')[0] + "".join(
            path.read_text() for path in FOLDER.glob("*.tf") if path.name != "variables.tf"
        )
    for path in (FOLDER / "environments").glob("*.tfvars"):
        assert set(re.findall(r"^(\w+) +=", path.read_text(), re.MULTILINE)) <= set(variables)
