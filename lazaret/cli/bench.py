"""`lazaret bench`: how fast this machine is, on servers of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson
from rich.console import Console

from deploy.local.problem import Problem
from lazaret.bench.encoding import measure_encoding
from lazaret.bench.limits import measure_limits
from lazaret.bench.pipeline import PRESET, SEED, Measured, Plan, measure_pipeline
from lazaret.bench.report import Machine, describe_machine, document, table
from lazaret.bench.stack import Stack, running_stack
from lazaret.bench.waits import Asked, measure_waits
from lazaret.cli import EXIT_AWAY, Failure
from shared.clock import SystemClock

PATIENTS = 1_000_000
ROUNDS = 3
ENCODED_PATIENTS = 10_000
DOWNLOADS = 2
TABLE_CHARS = 170
QUIET_LOAD = 0.5
patients_option = click.option(
    "--count",
    "patients",
    default=PATIENTS,
    show_default=True,
    type=click.IntRange(min=1),
    help="Patients of a round.",
)
rounds_option = click.option(
    "--rounds",
    default=ROUNDS,
    show_default=True,
    type=click.IntRange(min=1),
    help="Rounds behind each median.",
)


@click.group()
def bench() -> None:
    """Measure this machine; servers, where needed, are its own and deleted afterwards."""


@bench.command()
@patients_option
@rounds_option
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def pipeline(patients: int, rounds: int, json_output: bool) -> None:
    """From submission to commit, beside the bare pipeline."""
    measured = Measured(_machine())
    with _stack() as stack:
        measure_pipeline(stack, Plan(patients, rounds), measured, SystemClock(), _say)
    _print(measured, json_output)


@bench.command()
@click.option(
    "--count",
    "patients",
    default=ENCODED_PATIENTS,
    show_default=True,
    type=click.IntRange(min=1),
    help="Patients, in whole sectors.",
)
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def formats(patients: int, json_output: bool) -> None:
    """The encoders alone, on one core, without servers."""
    measured = Measured(_machine())
    measured.figures.update(measure_encoding(PRESET, SEED, patients))
    _print(measured, json_output)


@bench.command()
@click.option(
    "--count",
    "patients",
    default=PATIENTS,
    show_default=True,
    type=click.IntRange(min=1),
    help="Patients of the job.",
)
@click.option(
    "--downloads",
    default=DOWNLOADS,
    show_default=True,
    type=click.IntRange(1, 16),
    help="Downloads of it at once.",
)
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def waits(patients: int, downloads: int, json_output: bool) -> None:
    """How long requests take, alone and beside downloads of a job."""
    measured = Measured(_machine())
    with _stack() as stack:
        _say(f"a job of {patients:,} patients")
        run = stack.run_job(PRESET, patients, SEED)
        _say(f"requests, alone and beside {downloads} downloads")
        asked = Asked(stack.url, stack.api_key, run.job_id, run.patients)
        measured.figures.update(measure_waits(asked, downloads, SystemClock()))
        stack.memory.look()
    measured.figures["peak_rss_mb"] = dict(stack.memory.peaks_mb)
    _print(measured, json_output)


@bench.command("all")
@patients_option
@rounds_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures as JSON, too.",
)
def everything(patients: int, rounds: int, output: Path | None) -> None:
    """The pipeline, what must stay small (first patient, memory, export), and the encoders."""
    clock, measured = SystemClock(), Measured(_machine())
    with _stack() as stack:
        limits = measure_limits(stack, patients, clock, _say)
        measure_pipeline(stack, Plan(patients, rounds), measured, clock, _say)
    _say("encoders")
    measured.figures.update(limits)
    measured.figures.update(measure_encoding(PRESET, SEED, ENCODED_PATIENTS))
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(_to_json(measured) + "\n", encoding="utf-8")
    _show(measured)


@contextmanager
def _stack() -> Iterator[Stack]:
    try:
        with running_stack() as stack:
            yield stack
    except Problem as problem:
        raise Failure(str(problem), EXIT_AWAY) from None


def _machine() -> Machine:
    machine = describe_machine()
    if float(machine["load_before"]) > QUIET_LOAD:
        click.echo(
            (
                f"This machine is busy (load {machine['load_before']:.1f}): the figures will "
                "say less than they could."
            ),
            err=True,
        )
    return machine


def _print(measured: Measured, json_output: bool) -> None:
    if json_output:
        click.echo(_to_json(measured))
    else:
        _show(measured)


def _show(measured: Measured) -> None:
    Console(width=max(Console().width, TABLE_CHARS)).print(table(measured.figures, measured.rounds))


def _to_json(measured: Measured) -> str:
    return orjson.dumps(
        document(measured.figures, measured.rounds, measured.machine), option=orjson.OPT_INDENT_2
    ).decode()


def _say(stage: str) -> None:
    click.echo(f"{stage} ...", err=True)
