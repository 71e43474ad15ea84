"""The programs that watch the stack, each built once a machine and version into the user's cache.

Prometheus and Alertmanager come from the distribution. The collector, Jaeger and VictoriaLogs are
Go modules: their versions and checksums stand in `programs/`, so that a build needs a Go module
proxy and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.packages import install
from deploy.local.problem import Problem

CACHE = Path.home() / ".cache" / "lazaret" / "tools"
MODULES = Path(__file__).with_name("programs")
# A build takes minutes of all processors: whoever works meanwhile goes before it.
NICE = ["nice", "-n", "10"]
BUILD = ["go", "build", "-ldflags=-s -w"]
FLAGS = "-mod=mod -trimpath -buildvcs=false"
MESSAGE_CHARACTERS = 2_000

PACKAGES = {"prometheus": "prometheus", "prometheus-alertmanager": "prometheus-alertmanager"}


@dataclass(frozen=True)
class Program:
    """One program: `package` is what Go builds in the module of the same name in `programs/`."""

    name: str
    version: str
    package: str

    @property
    def module(self) -> Path:
        """The folder with `go.mod`, `go.sum` and the sources of what is composed here."""
        return MODULES / self.name

    @property
    def path(self) -> Path:
        """The built program; its folder is named for the version and what it was built from."""
        digest = hashlib.sha256()
        for file in sorted(self.module.iterdir()):
            digest.update(file.read_bytes())
        return CACHE / f"{self.name}-{self.version}-{digest.hexdigest()[:8]}" / self.name


COLLECTOR = Program("collector", "0.155.0", ".")
JAEGER = Program("jaeger", "1.76.0", "github.com/jaegertracing/jaeger/cmd/all-in-one")
VICTORIA_LOGS = Program(
    "victoria-logs", "1.52.1", "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs"
)
PROGRAMS = (VICTORIA_LOGS, COLLECTOR, JAEGER)


def missing() -> list[str]:
    """Names of what `make tools` would still have to build or install."""
    unbuilt = [program.name for program in PROGRAMS if not program.path.exists()]
    return unbuilt + [name for name, command in PACKAGES.items() if not shutil.which(command)]


def provide(say: Callable[[str], None]) -> None:
    """Install and build what is missing, the builds side by side.

    Raises:
        Problem: a package or a build failed, or there is no Go.
    """
    if packages := [name for name, command in PACKAGES.items() if not shutil.which(command)]:
        install(packages)
    unbuilt = [program for program in PROGRAMS if not program.path.exists()]
    if not unbuilt:
        return
    if shutil.which("go") is None:
        names = ", ".join(program.name for program in unbuilt)
        raise Problem(f"{names} must be built, and there is no Go 1.25 or later here.")
    say(f"Building {', '.join(program.name for program in unbuilt)} (minutes, once a machine)")
    with ThreadPoolExecutor(len(unbuilt)) as pool:
        for program, problem in zip(unbuilt, pool.map(_build, unbuilt), strict=True):
            if problem:
                raise Problem(f"{program.name} {program.version} could not be built:\n{problem}")
            say(f"Built {program.path}")


def _build(program: Program) -> str:
    """Build it aside and move it into place whole; return what went wrong, or nothing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        module, made = Path(scratch) / "module", Path(scratch) / "made"
        shutil.copytree(program.module, module)
        done = subprocess.run(
            [*NICE, *BUILD, "-o", str(made / program.name), program.package],
            cwd=module,
            env={**os.environ, "GOFLAGS": FLAGS, "GOWORK": "off"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return done.stderr[-MESSAGE_CHARACTERS:]
        with contextlib.suppress(OSError):  # somebody else was faster
            made.rename(program.path.parent)
    return ""
