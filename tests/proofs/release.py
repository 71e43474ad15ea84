"""Proves that a release loses no request, and that a bad version is withdrawn by itself.

`python -m tests.proofs.release` runs every case under load and prints what it found;
`test_release.py` is the short form.
"""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from deploy.local.packages import install_missing_operating_programs
from deploy.local.servers import delete_servers, start_servers
from deploy.release import steps
from shared.clock import SystemClock
from shared.db.migrate import migrate
from tests.e2e.deployment import eventually
from tests.e2e.fixtures import admin_key
from tests.load.target import target
from tests.proofs.installation import BREAKING, EXPANDING, FAULTY, GOOD, Installation, installed
from tests.proofs.steady_load import SteadyLoad, steady_load

CRASHING = "-c 'raise SystemExit(3)'"
STEP_WITHIN_S = 300.0
SERVICES = ("generator", "writer", "scheduler")


@dataclass
class Proof:
    """A line for each case, and what went otherwise than it should."""

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def expect(self, condition: bool, problem: str) -> None:
        if not condition:
            self.problems.append(problem)


@dataclass(frozen=True)
class Case:
    """A version, and whether it must serve after its release."""

    name: str
    gateway: str = GOOD
    migration: str = ""
    serves: bool = False
    said: str = ""


CASES = (
    Case("good-expanding", migration=EXPANDING, serves=True, said="promote"),
    Case("crashing", CRASHING, said="ended"),
    Case("slow", f"{FAULTY} --delay-ms 2000", said="p95"),
    Case("erring", f"{FAULTY} --error-every 100", said="requests failed"),
    Case("breaking-migration", migration=BREAKING, said="would not survive"),
)
BROKEN_OFF_AT = ("start", "canary", "promote")


async def prove_case(made: Installation, case: Case, proof: Proof) -> None:
    """Release it, and look at who serves afterwards."""
    clock, before = SystemClock(), made.serving
    began = clock.monotonic()
    code, said = await made.release(made.version(case.name, case.gateway, case.migration))
    took_s = clock.monotonic() - began
    wanted = case.name if case.serves else before
    proof.lines.append(f"{case.name:<20} {took_s:6.1f} s  serves: {made.serving}")
    proof.expect(
        made.serving == wanted, f"{case.name}: {made.serving} serves, not {wanted}:\n{said}"
    )
    proof.expect((code == 0) is case.serves, f"{case.name}: ended with {code}:\n{said}")
    proof.expect(case.said in said, f"{case.name}: nothing was said of {case.said!r}:\n{said}")


async def prove_rollback(made: Installation, proof: Proof) -> None:
    """From the version that was promoted to the one before it."""
    clock = SystemClock()
    began = clock.monotonic()
    served = await asyncio.to_thread(steps.roll_back, made.tools)
    proof.lines.append(
        f"{'rollback':<20} {clock.monotonic() - began:6.1f} s  serves: {made.serving}"
    )
    proof.expect(Path(served.version).name == "first", f"after the rollback {served} serves")


async def prove_power_cut(made: Installation, step: str, proof: Proof) -> None:
    """Kill the release in this step, then recover as an operator does."""
    name = f"cut-in-{step}"
    process = await made.command("release", "run", str(made.version(name)))

    async def reached() -> bool:
        return made.step == step or process.returncode is not None

    await eventually(reached, STEP_WITHIN_S)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    before = made.serving
    recovering = await made.command("release", "recover")
    said, _ = await recovering.communicate()
    proof.lines.append(f"{name:<20}           serves: {made.serving}")
    proof.expect(recovering.returncode == 0, f"{name}: recover failed:\n{said.decode()}")
    proof.expect(made.serving == before, f"{name}: {made.serving} serves, not {before}")


def account(load: SteadyLoad, problems: list[str], proof: Proof) -> None:
    """What the clients saw."""
    proof.lines.append(
        f"{load.requests} requests, {load.failed} failed; {load.count('jobs_accepted')} jobs"
    )
    proof.expect(load.failed == 0, f"{load.failed} of {load.requests} requests failed")
    proof.problems += problems


async def prove(folder: Path, rate: int) -> Proof:
    """Every case, one after the other, under one steady load, on servers of their own."""
    servers, proof = start_servers(folder / "servers"), Proof()
    try:
        database_url, broker_url = servers.postgres.url(), servers.rabbitmq.url()
        await migrate(database_url)
        commands = {name: [sys.executable, "-m", f"services.{name}"] for name in SERVICES}
        limits = {"events_min": 100, "canary_percent": 25, "window_s": 10, "windows_max": 30}
        slower = {"p95_factor_max": 3.0, "p95_more_max_s": 1.0}
        wanted = {"consumers": commands, **limits, **slower}
        async with (
            installed(folder, database_url, broker_url, **wanted) as made,
            target(made.url, database_url, await admin_key(database_url), 1_000) as aim,
        ):
            async with steady_load(aim, folder, rate) as load:
                for case in CASES:
                    await prove_case(made, case, proof)
                await prove_rollback(made, proof)
                for step in BROKEN_OFF_AT:
                    await prove_power_cut(made, step, proof)
            account(load, (await aim.settled()).problems, proof)
    finally:
        delete_servers(folder / "servers")
    return proof


def main(rate: int, say: Callable[[str], object]) -> None:
    install_missing_operating_programs()
    with tempfile.TemporaryDirectory(prefix="lazaret-release-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        proof = asyncio.run(prove(folder, rate))
    for line in proof.lines:
        say(line)
    sys.exit("\n".join(proof.problems) or 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30, click.echo)
