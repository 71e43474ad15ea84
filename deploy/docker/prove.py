"""`make test-docker`: the compose stack, built and run for real where no container registry can be
reached.

A copy of the checkout is brought up with images made of Debian alone, runs a job, is stopped and
started again, and must still have the job. What the compose file promises about users, file systems
and ports is read back from the engine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from deploy.docker.engine import engine
from deploy.docker.images import stand_in_images
from deploy.local.local_env import read_local_env
from deploy.local.problem import Problem
from deploy.local.stack_folder import CHECKOUT, LAZARET

CACHE = Path("/var/cache/lazaret/docker")
CASUALTIES = 10_000


@click.command()
def main() -> None:
    """Prove the compose stack (root; it installs docker.io and debootstrap when they are
    missing).
    """
    if os.geteuid() != 0:
        raise click.ClickException(
            "this starts a Docker engine, which needs root\n  Put it right with: sudo "
            "make test-docker"
        )
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        with engine(CACHE) as variables:
            prove({**variables, **stand_in_images(CACHE, variables)})
    except (Problem, subprocess.CalledProcessError) as problem:
        raise click.ClickException(f"the compose stack does not work: {problem}") from None


def prove(variables: Mapping[str, str]) -> None:
    """Run the whole story in a copy of the checkout and say what was proved, with times."""
    with tempfile.TemporaryDirectory(prefix="lazaret-proof-") as folder:
        copy = Path(folder) / "checkout"
        _copy_checkout(copy)
        try:
            _say_time(
                "built, up and healthy", lambda: _local(copy, variables, "up", "--stack", "docker")
            )
            _check_containers(copy, variables)
            _say_time(f"{CASUALTIES} casualties stored", lambda: _submit(copy, variables))
            _say_time("drained and stopped", lambda: _local(copy, variables, "stop"))
            _say_time("up again", lambda: _local(copy, variables, "up", "--stack", "docker"))
            _check_job(copy, variables)
        finally:
            _local(copy, variables, "clean")
    click.echo("The compose stack works.")


def _copy_checkout(copy: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (CHECKOUT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, copy / name)


def _local(copy: Path, variables: Mapping[str, str], *arguments: str) -> None:
    """The copy's own commands: the working folder comes before the installed checkout on Python's
    path.
    """
    subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments], cwd=copy, env=variables, check=True
    )


def _submit(copy: Path, variables: Mapping[str, str]) -> None:
    command = [str(LAZARET), "job", "submit", "--count", str(CASUALTIES), "--seed", "7", "--wait"]
    subprocess.run(
        command,
        cwd=copy,
        env={**variables, **read_local_env(copy / ".lazaret/local.env")},
        check=True,
    )


def _check_job(copy: Path, variables: Mapping[str, str]) -> None:
    environment = {**variables, **read_local_env(copy / ".lazaret/local.env")}
    shown = subprocess.run(
        [str(LAZARET), "job", "list", "--json"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    states = [job["state"] for job in json.loads(shown.stdout)]
    if states != ["succeeded"]:
        raise Problem(
            f"after the restart the stack should know one succeeded job, it knows {states}"
        )
    click.echo("the job is still there")


def _check_containers(copy: Path, variables: Mapping[str, str]) -> None:
    """Every container unprivileged and read-only, and only the gateway published, on the loopback
    interface.
    """
    command = [
        "docker",
        "ps",
        "--quiet",
        "--filter",
        f"label=com.docker.compose.project.working_dir={copy}",
    ]
    listed = subprocess.run(
        command, env=variables, capture_output=True, text=True, check=True
    ).stdout.split()
    shown = subprocess.run(
        ["docker", "inspect", *listed], env=variables, capture_output=True, text=True, check=True
    ).stdout
    for container in json.loads(shown):
        _check_container(container)
    click.echo(f"{len(listed)} containers are unprivileged, read-only and private")


def _check_container(container: dict[str, Any]) -> None:
    config, host = container["Config"], container["HostConfig"]
    name = container["Name"]
    if (
        config["User"] in {"", "root", "0"}
        or host["CapDrop"] != ["ALL"]
        or not host["ReadonlyRootfs"]
    ):
        raise Problem(f"{name} is not unprivileged and read-only")
    bindings = [
        binding["HostIp"] for ports in (host["PortBindings"] or {}).values() for binding in ports
    ]
    if bindings != (["127.0.0.1"] if "gateway" in name else []):
        raise Problem(f"{name} publishes ports on {bindings}")


def _say_time(what: str, act: Callable[[], None]) -> None:
    began = time.monotonic()
    act()
    click.echo(f"{what} in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
