"""Proves that a backup brings everything back: jobs, a planted DELETE, a restore to just before it,
a lost machine.

`python -m tests.proofs.restore` prints what it measured; `tests/proofs/test_restore.py` is the
short form.
"""

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import asyncpg
import click

from deploy.backup.commands import describe
from deploy.backup.configuration import Cluster, archive_settings, write_configuration
from deploy.backup.drill import Drill, drill
from deploy.backup.repository import Repository
from deploy.local.packages import install_missing_operating_programs
from deploy.local.postgres import Postgres
from deploy.local.process_record import stop
from deploy.local.servers import delete_servers, start_servers
from shared.clock import SystemClock
from shared.db.migrate import migrate
from tests.e2e.deployment import Deployment
from tests.e2e.fixtures import admin_key

SERVICES = ("scheduler", "generator", "writer", "gateway")
ARCHIVE_TIMEOUT_S = 5
LOST_MAX_S = 60.0
PLANTED = (
    "DELETE FROM patients WHERE job_id = $1",
    "DELETE FROM patient_parts WHERE job_id = $1 AND first_ordinal > 0",
)


@dataclass
class Proof:
    """What was found `before` the planted DELETE in the `struck` job, and after the machine was
    lost without warning, with the DELETE in it.
    """

    jobs: list[str]
    struck: str
    before: Drill
    lost_machine: Drill

    def unexpected(self) -> list[str]:
        """What a drill did not find, or found and should not have."""
        found = self.lost_machine.problems
        missed = (
            []
            if any(self.struck in each for each in found)
            else [f"nobody noticed what was deleted of job {self.struck}"]
        )
        missed += [
            f"job {job} was not restored" for job in self.jobs if job not in self._restored()
        ]
        return [
            *self.before.problems,
            *(each for each in found if self.struck not in each),
            *missed,
        ]

    def _restored(self) -> set[str]:
        return {str(account.job_id) for account in self.before.reconciliation.accounts}


async def prove(folder: Path, patients: int, say: Callable[[str], object]) -> Proof:
    """Run jobs with backups in between, then lose data in two ways."""
    servers = start_servers(folder / "servers")
    deployment = None
    try:
        archived, repository = _archiving(folder, servers.postgres)
        database_url = archived.url()
        await migrate(database_url)
        deployment = Deployment(
            database_url, servers.rabbitmq.url(), folder, await admin_key(database_url)
        )
        await deployment.start(*SERVICES)
        jobs = await _jobs_between_backups(deployment, repository, patients, say)
        scratch, clock = folder / "scratch", SystemClock()
        before_it = await _plant(deployment, repository, jobs[0])
        before = await drill(repository, scratch, "lazaret", before_it, clock)
        stop(archived.pid_file, signal.SIGKILL, 10)
        lost_machine = await drill(repository, scratch, "lazaret", None, clock)
        return Proof(jobs, jobs[0], before, lost_machine)
    finally:
        if deployment:
            await deployment.stop()
        delete_servers(folder / "servers")


def _archiving(folder: Path, postgres: Postgres) -> tuple[Postgres, Repository]:
    """Start the server again with its log archived into a repository of its own."""
    cluster = Cluster(postgres.data, postgres.folder, postgres.settings.postgres_port)
    configuration = write_configuration(
        folder / "backups",
        cluster,
        "only-for-this-proof",
        ARCHIVE_TIMEOUT_S,
    )
    postgres.stop()
    archived = replace(
        postgres, options=archive_settings(configuration, cluster, ARCHIVE_TIMEOUT_S)
    )
    archived.start()
    archived.wait_ready()
    return archived, Repository(
        configuration, variables={"PGPASSWORD": postgres.settings.postgres_superuser_password}
    )


async def _jobs_between_backups(
    deployment: Deployment, repository: Repository, patients: int, say: Callable[[str], object]
) -> list[str]:
    """A job before the full backup, one between that and the differential one, one in the log
    alone.
    """
    repository.create()
    jobs = []
    for number, kind in enumerate(("full", "diff", None)):
        job_id = await deployment.submit(patients, seed=number)
        await deployment.finished(job_id)
        jobs.append(job_id)
        if kind is not None:
            taken = await asyncio.to_thread(repository.back_up, kind)
            say(f"{kind} backup of {taken.cluster_bytes / 1e6:.0f} MB")
    return jobs


async def _plant(deployment: Deployment, repository: Repository, job_id: str) -> datetime:
    """Delete a job's patients, have that archived, and return the moment before."""
    connection = await asyncpg.connect(deployment.database_url)
    try:
        moment: datetime = await connection.fetchval("SELECT clock_timestamp()")
        for statement in PLANTED:
            await connection.execute(statement, job_id)
    finally:
        await connection.close()
    await asyncio.to_thread(repository.check)
    return moment


def main(patients: int) -> None:
    install_missing_operating_programs()
    folder = Path(tempfile.mkdtemp(prefix="lazaret-restore-"))
    folder.chmod(0o711)
    try:
        proof = asyncio.run(prove(folder, patients, click.echo))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    click.echo(f"\nTo before a DELETE, {len(proof.jobs)} jobs of {patients} patients:")
    click.echo(describe(proof.before))
    click.echo("\nWith the machine lost, the DELETE in the log:")
    click.echo(describe(proof.lost_machine))
    sys.exit("\n".join(proof.unexpected()) or 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
