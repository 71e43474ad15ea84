"""`python -m tools.lock write|check`: the files in requirements/, with a hash for everything that
is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import click

PROJECT = Path(__file__).resolve().parents[1]
LOCKS = PROJECT / "requirements"
UV = "uv==0.13.9"
EXTRAS = re.compile(r"\[.*]")  # a lock names what they bring, not them
RESOLVE = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--quiet",
]


@click.group()
def main() -> None:
    """The dependency lock."""


@main.command()
def write() -> None:
    """Resolve anew within what pyproject.toml pins; needs the package index."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([f"{folder}/bin/pip", "install", "--quiet", UV], check=True)
        build = Path(folder) / "build.in"
        build.write_text("\n".join(_pyproject()["build-system"]["requires"]))
        installer = Path(folder) / "uv.in"
        installer.write_text(UV)
        validators = Path(folder) / "validators.in"
        validators.write_text("\n".join(_pyproject()["dependency-groups"]["validators"]))
        _compile(folder, "build.txt", str(build))
        _compile(folder, "uv.txt", str(installer))
        _compile(folder, "validators.txt", str(validators))
        _compile(folder, "runtime.txt", "pyproject.toml")
        _compile(folder, "dev.txt", "pyproject.toml", "--group", "dev")


@main.command()
def check() -> None:
    """Compare with pyproject.toml, without the package index."""
    project = _pyproject()
    runtime = project["project"]["dependencies"]
    wanted = {
        "build.txt": project["build-system"]["requires"],
        "uv.txt": [UV],
        "runtime.txt": runtime,
        "dev.txt": runtime + project["dependency-groups"]["dev"],
        "validators.txt": project["dependency-groups"]["validators"],
    }
    problems = [
        problem for name, pins in wanted.items() for problem in _problems(LOCKS / name, pins)
    ]
    if problems:
        raise click.ClickException("\n".join([*problems, "Put it right with: make lock"]))


def _problems(lock: Path, pins: list[str]) -> list[str]:
    """What a lock file lacks: a pin of pyproject.toml, or the hashes of a requirement."""
    requirements = [
        " ".join(entry.split()) for entry in lock.read_text().replace("\\\n", " ").splitlines()
    ]
    locked = {entry.split()[0] for entry in requirements}
    missing = [
        f"{lock.name} lacks {pin}" for pin in pins if EXTRAS.sub("", pin.lower()) not in locked
    ]
    return missing + [
        f"{lock.name} has no hash for {entry.split()[0]}"
        for entry in requirements
        if "--hash=" not in entry
    ]


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())


def _compile(folder: str, lock: str, *sources: str) -> None:
    subprocess.run(
        [
            f"{folder}/bin/uv",
            "pip",
            "compile",
            *sources,
            *RESOLVE,
            "--output-file",
            str(LOCKS / lock),
        ],
        check=True,
        cwd=PROJECT,
    )


if __name__ == "__main__":
    main()
