"""A restore that nobody needs, so that the one that somebody needs works: into a scratch folder,
verified, measured, thrown away.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.backup.repository import Repository
from deploy.backup.scratch_server import ScratchServer, scratch_server
from deploy.local.problem import Problem
from deploy.reconciliation.accounts import Reconciliation, reconcile
from deploy.reconciliation.digests import DigestCheck, check_digests
from shared.clock import Clock
from shared.db.named_queries import load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Drill:
    """What came back, and how long it took.

    `copied_s` is pgBackRest's part, `recovered_s` the server's replay of the log, `verified_s` the
    reading of every body. `lost_s` is the
    time between the wanted moment and the last transaction that came back: what was committed in
    it, if anything was, is lost.
    """

    copied_s: float
    recovered_s: float
    verified_s: float
    wanted: datetime
    last_commit: datetime | None
    reconciliation: Reconciliation
    digests: DigestCheck

    @property
    def recovery_time_s(self) -> float:
        """From the decision to a server that takes connections."""
        return self.copied_s + self.recovered_s

    @property
    def lost_s(self) -> float | None:
        """Unknown where nothing had to be replayed."""
        return (
            None
            if self.last_commit is None
            else max(0.0, (self.wanted - self.last_commit).total_seconds())
        )

    @property
    def problems(self) -> list[str]:
        """What is wrong with the restored data."""
        return [*self.reconciliation.problems, *self.digests.problems]


async def drill(
    repository: Repository, folder: Path, database: str, moment: datetime | None, clock: Clock
) -> Drill:
    """Restore into `folder`, verify and delete it again. Without a moment everything that is
    archived is restored.
    """
    refuse_filled(folder)
    wanted = moment or clock.now()
    began = clock.monotonic()
    try:
        with scratch_server(folder) as server:
            repository.restore(server.data, moment)
            copied = clock.monotonic()
            await server.start()
            recovered = clock.monotonic()
            last_commit, accounts, digests = await _look(server, database)
        times = copied - began, recovered - copied, clock.monotonic() - recovered
        return Drill(*times, wanted, last_commit, accounts, digests)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_filled(folder: Path) -> None:
    """Nothing is restored over data."""
    if folder.exists() and any(folder.iterdir()):
        raise Problem(f"{folder} is not empty; nothing is restored over data")


async def _look(
    server: ScratchServer, database: str
) -> tuple[datetime | None, Reconciliation, DigestCheck]:
    connection = await server.connect(database)
    try:
        last_commit = await connection.fetchval(QUERIES["read_last_replayed"])
        return last_commit, await reconcile(connection), await check_digests(connection)
    finally:
        await connection.close()
