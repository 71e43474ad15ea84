"""`lazaret generate`: the whole simulation on this machine, into files."""

from pathlib import Path
from time import monotonic

import click
import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from lazaret.cli import EXIT_AWAY, Failure
from lazaret.cli.profiles import check_profile
from lazaret.cli.scenario_document import load_scenario
from lazaret.offline.files import write_files
from lazaret.offline.job import PATIENTS_MAX, SEED_MAX, OfflineJob
from lazaret.offline.render import Wanted, file_names
from shared.encoders.context import PLAIN
from shared.encoders.formats import FORMATS

WORKERS_MAX = 256


@click.command()
@click.option("--scenario", default="brigade-conventional", show_default=True, help="A preset's name, or a .json or .toml file.")
@click.option("--count", default=1_000, show_default=True, type=click.IntRange(1, PATIENTS_MAX), help="Number of casualties.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, SEED_MAX), help="Same seed, same casualties.")
@click.option(
    "--format", "format_name", default="ndjson", show_default=True, type=click.Choice(tuple(FORMATS)), help="Format of the files."
)
@click.option("--profile", help="For FHIR formats: claim these profiles (plain, us-core, ips).")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the files; made if missing.")
@click.option("--workers", type=click.IntRange(1, WORKERS_MAX), help="Processes; default: one a core. They change no byte.")
def generate(scenario: str, count: int, seed: int, format_name: str, profile: str | None, out: Path, workers: int | None) -> None:
    """Simulate on this machine into files, without any server."""
    job = OfflineJob(load_scenario(scenario), seed, count)
    check_profile(format_name, profile)
    wanted = Wanted(format_name, profile or PLAIN)
    started = monotonic()
    try:
        _write(job, wanted, out, workers or psutil.cpu_count() or 1)
    except OSError as error:
        raise Failure(f"--out: cannot write {error.filename or out}: {error.strerror}", EXIT_AWAY) from error
    names = ", ".join(file_names(format_name))
    click.echo(f"{count:,} patients of job {job.id} in {monotonic() - started:.1f} s: {names} in {out}")


def _write(job: OfflineJob, wanted: Wanted, out: Path, workers: int) -> None:
    columns = (
        TextColumn("simulating"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("patients"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=job.count)
        for written in write_files(job, wanted, workers, out):
            progress.update(bar, completed=written)
