"""`lazaret-deploy backup | restore | drill`."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.backup.configuration import Cluster, archive_settings, write_configuration
from deploy.backup.drill import Drill, refuse_filled
from deploy.backup.drill import drill as run_drill
from deploy.backup.metrics import write_metrics
from deploy.backup.repository import BackupType, Repository
from deploy.backup.scratch_server import ScratchServer
from deploy.local.problem import Problem
from shared.clock import SystemClock

CONFIGURATION = Path("/etc/pgbackrest/pgbackrest.conf")

configuration_option = click.option(
    "--config",
    "configuration",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIGURATION,
    show_default=True,
    help="pgBackRest's configuration file.",
)
stanza_option = click.option(
    "--stanza", default="lazaret", show_default=True, help="The cluster's name in that file."
)
time_option = click.option(
    "--time",
    "moment",
    help="Restore to just before this moment, 2026-01-31T12:00:00Z; by default to the last.",
)
metrics_option = click.option(
    "--metrics",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for node_exporter's textfile collector, *.prom.",
)


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, resolve_path=True), required=True)
@click.option("--data", type=click.Path(path_type=Path, resolve_path=True), required=True)
@click.option("--socket", type=click.Path(path_type=Path), default="/var/run/postgresql")
@click.option("--port", type=int, default=5432, show_default=True, help="The server's port.")
@click.option("--archive-timeout", "seconds", type=click.IntRange(5, 3600), default=60)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="Encrypts the backups.",
)
def configure_backup(
    folder: Path, data: Path, socket: Path, port: int, seconds: int, passphrase_file: Path
) -> None:
    """Write pgbackrest.conf and an encrypted repository into a folder, for a cluster on this
    machine; print the settings that its PostgreSQL needs.
    """
    cluster = Cluster(data, socket, port)
    path = write_configuration(folder, cluster, passphrase_file.read_text().strip(), seconds)
    click.echo(f"wrote {path}; postgresql.conf needs these lines, and the server a restart:")
    for name, value in archive_settings(path, cluster, seconds).items():
        click.echo(f"{name} = '{value}'")


@click.command()
@configuration_option
@stanza_option
@click.option(
    "--type", "kind", type=click.Choice(["full", "diff", "incr"]), default="diff", show_default=True
)
@metrics_option
def backup(configuration: Path, stanza: str, kind: BackupType, metrics: Path | None) -> None:
    """Back the database up, and check that its log reaches the archive."""
    repository = Repository(configuration, stanza)
    repository.create()
    repository.check()
    taken = repository.back_up(kind)
    if metrics:
        write_metrics(metrics, backup=taken.finished_at)
    size, at = f"{taken.cluster_bytes / 1e6:.1f} MB", f"{taken.finished_at:%Y-%m-%d %H:%M:%S} UTC"
    click.echo(f"{taken.type} backup {taken.label} of {size} finished at {at}")


@click.command()
@configuration_option
@stanza_option
@time_option
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to restore into; must not hold anything.",
)
def restore(configuration: Path, stanza: str, moment: str | None, folder: Path) -> None:
    """Restore into an empty folder; a server that is started on it recovers by itself."""
    refuse_filled(folder)
    server = ScratchServer(folder)
    server.prepare()
    Repository(configuration, stanza).restore(server.data, parse_moment(moment))
    click.echo(
        f"restored into {server.data}; start PostgreSQL on it, it recovers to the wanted moment"
    )


@click.command()
@configuration_option
@stanza_option
@time_option
@click.option("--database", default="lazaret", show_default=True)
@click.option(
    "--scratch",
    type=click.Path(path_type=Path),
    help="Folder to restore into and delete; by default below the system's.",
)
@metrics_option
def drill(
    configuration: Path,
    stanza: str,
    moment: str | None,
    database: str,
    scratch: Path | None,
    metrics: Path | None,
) -> None:
    """Restore into a scratch folder, compare every digest, print how long it took and what would be
    lost, delete it again.
    """
    folder = scratch or Path(tempfile.mkdtemp(prefix="lazaret-drill-"))
    clock = SystemClock()
    done = asyncio.run(
        run_drill(Repository(configuration, stanza), folder, database, parse_moment(moment), clock)
    )
    click.echo(describe(done))
    if done.problems:
        raise Problem("\n".join(done.problems))
    if metrics:
        write_metrics(
            metrics, drill=clock.now(), drill_recovery=done.recovery_time_s, drill_lost=done.lost_s
        )


def describe(done: Drill) -> str:
    """Return what a drill found, for people."""
    lost = "unknown" if done.lost_s is None else f"{done.lost_s:.1f} s"
    times = f"{done.copied_s:.1f} s copy, {done.recovered_s:.1f} s replay of the log"
    digests = f"{done.digests.sectors} sectors of {done.digests.jobs} jobs"
    lines = {
        "recovery time": f"{done.recovery_time_s:.1f} s ({times})",
        "lost at most": f"{lost} before {done.wanted.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "accounts": done.reconciliation.summary(),
        "digests": f"{digests} in {done.verified_s:.1f} s, {done.digests.skipped} jobs skipped",
        "problems": str(len(done.problems)),
    }
    return "\n".join(f"{name:<15}{value}" for name, value in lines.items())


def parse_moment(text: str | None) -> datetime | None:
    """Read a moment; one without an offset is refused, because the wrong hour restores the wrong
    data.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no moment like 2026-01-31T12:00:00Z", param_hint="--time"
        ) from None
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} says no offset; append Z for UTC", param_hint="--time")
    return moment
