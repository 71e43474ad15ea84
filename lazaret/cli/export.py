"""`lazaret export`: download a job's patients into files."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lazaret.archives.manifest import Origin
from lazaret.cli import EXIT_AWAY, EXIT_USAGE, Failure
from lazaret.cli.archiving import Destination, archive_options
from lazaret.cli.format_options import format_options, read_options
from lazaret.cli.output_folder import OutputFolder
from lazaret.cli.server import server
from lazaret.cli.terminal import console
from lazaret.client import Client, ExportRange, Job
from shared.encoders.formats import FORMATS
from shared.encoders.interface.options import OPTIONS, Options

# Fetched with one request; what a cut connection costs at most.
RANGE_PATIENTS = 10_000


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    table: str | None


@click.command()
@click.argument("job_id", metavar="JOB")
@click.option(
    "--format",
    "format_name",
    default="ndjson",
    show_default=True,
    type=click.Choice(tuple(FORMATS)),
    help="Format of the files.",
)
@click.option("--table", help="Only this table, for formats with tables; all of them by default.")
@format_options(*OPTIONS)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A folder, made if missing, or the one file's name.",
)
@archive_options
def export(
    *,
    job_id: str,
    format_name: str,
    table: str | None,
    out: Path | None,
    archive: Path | None,
    encrypt: bool,
    key_file: Path | None,
    **chosen: str | None,
) -> None:
    """Download a job's patients. After an interruption the same command goes on behind the last
    complete range.
    """
    options = read_options(format_name, chosen)
    destination = Destination(out, archive, key_file, encrypt=encrypt)
    files = list(_files(format_name, table, destination.out))
    with server() as client:
        job = client.get_job(job_id)
        folder = _claim(job, format_name, options, destination.out, files)
        try:
            _download(client, job, format_name, options, files)
            if folder is not None:
                folder.clear()
                folder.write_manifest()
            written = destination.finish([file.path for file in files], _origin(job, format_name))
        except OSError as error:
            raise Failure(
                f"--out: cannot write {error.filename or destination.out}: {error.strerror}",
                EXIT_AWAY,
            ) from error
        except ValueError as error:
            raise Failure(f"--out: {error}", EXIT_USAGE) from error
    click.echo(
        f"{job.patients_persisted:,} patients of job {job.id}: {', '.join(map(str, written))}"
    )


def _origin(job: Job, format_name: str) -> Origin:
    return Origin(
        job_id=job.id,
        scenario_title=job.scenario_title,
        seed=job.seed,
        patients=job.patients_persisted,
        format=format_name,
        encoder_version=FORMATS[format_name].version,
        engine_version=job.engine_version,
    )


def _claim(
    job: Job, format_name: str, options: Options, out: Path, files: list[_File]
) -> OutputFolder | None:
    """The folder of the files, None where one file was named. Raises Failure."""
    if out in [file.path for file in files]:
        return None
    identity = {"id": job.id, "format": format_name, "options": dict(options.chosen)}
    return OutputFolder.claim(out, identity, [file.path.name for file in files])


def _files(format_name: str, table: str | None, out: Path) -> Iterator[_File]:
    wanted = FORMATS[format_name]
    if table is not None and table not in wanted.tables:
        choice = (
            f"must be one of {', '.join(wanted.tables)}"
            if wanted.tables
            else f"the format {format_name} has no tables"
        )
        raise Failure(f"--table: {choice}, not {table!r}", EXIT_USAGE)
    tables = (table,) if table or not wanted.tables else wanted.tables
    if out.suffix == wanted.suffix and not out.is_dir():
        if len(tables) > 1:
            raise Failure(
                (
                    f"--out: {format_name} has {len(tables)} tables: name a folder, or one of "
                    "them with --table"
                ),
                EXIT_USAGE,
            )
        yield _File(out, table)
        return
    for each in tables:
        yield _File(out / f"{each or 'patients'}{wanted.suffix}", each)


def _download(
    client: Client, job: Job, format_name: str, options: Options, files: list[_File]
) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("patients"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    last = job.patients_requested - 1
    # Files of ranges that cannot be joined are fetched whole.
    range_patients = RANGE_PATIENTS if FORMATS[format_name].joinable else job.patients_requested
    with Progress(*columns, console=console(stderr=True)) as progress:
        for file in files:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            bar = progress.add_task(file.path.name, total=job.patients_requested)
            client.download(
                job.id,
                ExportRange(
                    format=format_name,
                    table=file.table,
                    options=dict(options.chosen),
                    from_ordinal=0,
                    to_ordinal=last,
                ),
                file.path,
                range_patients=range_patients,
                on_progress=partial(_show, progress, bar),
            )


def _show(progress: Progress, bar: TaskID, next_ordinal: int) -> None:
    progress.update(bar, completed=next_ordinal)
