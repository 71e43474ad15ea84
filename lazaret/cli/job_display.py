"""How jobs look in a terminal."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from time import sleep

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table

from lazaret.cli.terminal import console, lines
from lazaret.cli.validity_display import validity_line
from lazaret.client import Client, Job, Summary

POLL_S = 0.25
SCENARIO_CHARACTERS_MAX = 40
# a job stays one line, for people who search and cut: a narrow terminal breaks it, ids are never
# shortened
LINE_CHARACTERS_MAX = 152


def follow(client: Client, job: Job) -> Job:
    """Show a progress bar on standard error until the job has ended; returns it as it then is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("patients"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as progress:
        bar = progress.add_task(job.state, total=job.patients_requested)
        while True:
            progress.update(bar, completed=job.patients_persisted, description=job.state)
            if job.terminal:
                return job
            sleep(POLL_S)
            job = client.get_job(job.id)


def print_jobs(jobs: Iterable[Job]) -> None:
    scenario = Column("scenario", no_wrap=True, max_width=SCENARIO_CHARACTERS_MAX)
    table = lines("job", "state", "priority", scenario, "patients", "created")
    for job in jobs:
        persisted = f"{job.patients_persisted:,} of {job.patients_requested:,}"
        table.add_row(
            job.id,
            job.state,
            job.priority,
            job.preset or job.scenario_title,
            persisted,
            _time(job.created_at),
        )
    console(width=max(console().width, LINE_CHARACTERS_MAX)).print(table)


def print_job(job: Job) -> None:
    table = Table(show_header=False, box=None)
    for name, value in _facts(job).items():
        table.add_row(name, value)
    console().print(table)


def print_summary(client: Client, job: Job, url: str) -> None:
    """Print what a job made: counts by category, triage and outcome, its rate, and where the data
    is.
    """
    summary = client.get_summary(job.id)
    out = console()
    out.print(_counts(summary))
    rate = (
        "" if job.patients_per_second is None else f" at {job.patients_per_second:,.0f} patients/s"
    )
    out.print(
        f"{job.patients_persisted:,} of {job.patients_requested:,} patients stored{rate}; "
        f"the job {job.state}."
    )
    out.print(validity_line(client.get_validity(job.id)))
    out.print(f"Job       {job.id} (seed {job.seed})", highlight=False)
    out.print(
        f"Data      {url.rstrip('/')}/api/v1/jobs/{job.id}/patients",
        highlight=False,
        soft_wrap=True,
    )
    out.print(
        f"Files     lazaret export {job.id} --format ndjson --out DIR",
        highlight=False,
        soft_wrap=True,
    )


def print_json(value: Job | Summary) -> None:
    """Print a document for programs."""
    click.echo(json.dumps(asdict(value), default=_as_text))


def job_json(job: Job) -> dict[str, object]:
    """A job as plain JSON values."""
    document: dict[str, object] = json.loads(json.dumps(asdict(job), default=_as_text))
    return document


def _facts(job: Job) -> Mapping[str, str]:
    rate = "-" if job.patients_per_second is None else f"{job.patients_per_second:,.0f}"
    facts = {
        "job": job.id,
        "state": job.state,
        "priority": job.priority,
        "scenario": f"{job.preset or '-'} ({job.scenario_title})",
        "seed": str(job.seed),
        "patients": f"{job.patients_persisted:,} of {job.patients_requested:,}",
        "batches": f"{job.batches_done} done, {job.batches_dead} dead of {job.batches_total}",
        "patients/s": rate,
        "created": _time(job.created_at),
        "started": _time(job.started_at),
        "first readable": _time(job.first_readable_at),
        "finished": _time(job.finished_at),
    }
    return facts if job.error is None else {**facts, "error": job.error}


def _counts(summary: Summary) -> Table:
    table = Table("", "", "patients", "share", title="Casualties")
    for heading, counts in (
        ("category", summary.category),
        ("triage", summary.triage_first),
        ("outcome", summary.outcome),
    ):
        for position, (word, patients) in enumerate(counts.items()):
            share = f"{patients / summary.patients:.1%}" if summary.patients else "-"
            table.add_row(
                "" if position else heading, word.replace("_", " "), f"{patients:,}", share
            )
        table.add_section()
    return table


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")
