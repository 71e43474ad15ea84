"""`lazaret generate`: the whole simulation on this machine, into files."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import click
import psutil
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lazaret.archives.manifest import Origin
from lazaret.cli import EXIT_AWAY, Failure
from lazaret.cli.archiving import Destination, archive_options
from lazaret.cli.format_options import format_options, read_options
from lazaret.cli.moving import moving_options
from lazaret.cli.output_folder import OutputFolder
from lazaret.cli.scenario_document import load_scenario
from lazaret.cli.terminal import console
from lazaret.offline.files import MANIFEST, write_files
from lazaret.offline.job import PATIENTS_MAX, SEED_MAX, OfflineJob
from lazaret.offline.render import Wanted, file_names
from shared.clock import SystemClock
from shared.encoders.formats import FORMATS
from shared.encoders.interface.options import OPTIONS
from shared.records.engine_version import ENGINE_VERSION
from shared.scenarios.shift import moved

WORKERS_MAX = 256


@click.command()
@click.option(
    "--scenario",
    default="brigade-conventional",
    show_default=True,
    help="A preset's name, or a .json or .toml file.",
)
@click.option(
    "--count",
    default=1_000,
    show_default=True,
    type=click.IntRange(1, PATIENTS_MAX),
    help="Number of casualties.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, SEED_MAX),
    help="Same seed, same casualties.",
)
@moving_options
@click.option(
    "--format",
    "format_name",
    default="ndjson",
    show_default=True,
    type=click.Choice(tuple(FORMATS)),
    help="Format of the files.",
)
@format_options(*OPTIONS)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the files; made if missing.",
)
@archive_options
@click.option(
    "--workers",
    type=click.IntRange(1, WORKERS_MAX),
    help="Number of processes; default: one per core. The output is the same.",
)
def generate(
    *,
    scenario: str,
    count: int,
    seed: int,
    starts_at: date | None,
    ends_today: bool,
    format_name: str,
    out: Path | None,
    archive: Path | None,
    encrypt: bool,
    key_file: Path | None,
    workers: int | None,
    **chosen: str | None,
) -> None:
    """Simulate on this machine into files, without any server."""
    today = SystemClock().now().date()
    chosen_scenario = moved(load_scenario(scenario), starts_at, ends_today=ends_today, today=today)
    job = OfflineJob(chosen_scenario, seed, count)
    wanted = Wanted(format_name, read_options(format_name, chosen))
    destination = Destination(out, archive, key_file, encrypt=encrypt)
    folder = OutputFolder.claim(
        destination.out, _identity(job, wanted), list(file_names(format_name))
    )
    started = monotonic()
    try:
        _write(job, wanted, destination.out, workers or psutil.cpu_count() or 1)
        folder.clear()
        paths = [destination.out / name for name in (*file_names(format_name), MANIFEST)]
        written = destination.finish(paths, _origin(job, format_name, destination.out))
    except OSError as error:
        raise Failure(
            f"--out: cannot write {error.filename or destination.out}: {error.strerror}", EXIT_AWAY
        ) from error
    finally:
        destination.discard()
    click.echo(
        f"{count:,} patients of job {job.id} in {monotonic() - started:.1f} s: "
        f"{', '.join(map(str, written))}"
    )


def _identity(job: OfflineJob, wanted: Wanted) -> Mapping[str, Any]:
    return {
        "id": str(job.id),
        "format": wanted.format_name,
        "options": dict(wanted.options.chosen),
    }


def _origin(job: OfflineJob, format_name: str, folder: Path) -> Origin:
    return Origin(
        job_id=str(job.id),
        scenario_title=job.scenario.title,
        seed=job.seed,
        patients=job.count,
        format=format_name,
        encoder_version=FORMATS[format_name].version,
        engine_version=ENGINE_VERSION,
        digest=json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["digest"],
    )


def _write(job: OfflineJob, wanted: Wanted, out: Path, workers: int) -> None:
    columns = (
        TextColumn("simulating"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("patients"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as progress:
        bar = progress.add_task("", total=job.count)
        for written in write_files(job, wanted, workers, out):
            progress.update(bar, completed=written)
