"""`lazaret job`: submit jobs, watch them and act on them."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from lazaret.cli import EXIT_JOB_FAILED, Failure
from lazaret.cli.job_display import (
    follow,
    job_json,
    print_job,
    print_jobs,
    print_json,
    print_summary,
)
from lazaret.cli.moving import moving_options
from lazaret.cli.scenario_document import is_file, read_document
from lazaret.cli.server import find_setting, server
from lazaret.cli.validity_display import print_validity
from lazaret.client import Client, Job

STATES = ("queued", "running", "paused", "succeeded", "failed", "cancelled")
PRIORITIES = ("high", "normal", "low")
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
job_id = click.argument("job_id", metavar="JOB")


@click.group()
def job() -> None:
    """Submit jobs, watch them and act on them."""


@job.command()
@click.option(
    "--scenario",
    default="brigade-conventional",
    show_default=True,
    help="A preset's name, or a .json or .toml file.",
)
@click.option("--count", default=10_000, show_default=True, help="Number of casualties.")
@click.option(
    "--seed", type=int, help="Makes the result repeatable; drawn by the server when left out."
)
@moving_options
@click.option("--priority", type=click.Choice(PRIORITIES), default="normal", show_default=True)
@click.option(
    "--idempotency-key", help="Sent again with the same key, a submission makes no second job."
)
@click.option("--wait", is_flag=True, help="Show progress until the job has ended, then a summary.")
@as_json
def submit(  # noqa: PLR0917 -- click passes options by name
    scenario: str,
    count: int,
    seed: int | None,
    starts_at: date | None,
    ends_today: bool,
    priority: str,
    idempotency_key: str | None,
    wait: bool,
    json_output: bool,
) -> None:
    """Submit a job."""
    document = {
        **_scenario_part(scenario),
        "count": count,
        "priority": priority,
        **({} if seed is None else {"seed": seed}),
        **({} if starts_at is None else {"starts_at": starts_at.isoformat()}),
        **({"ends_today": True} if ends_today else {}),
    }
    with server() as client:
        submitted = client.submit_job(document, idempotency_key or str(uuid4())).job
        if wait:
            _follow_to_end(client, submitted, json_output=json_output)
        elif json_output:
            print_json(submitted)
        else:
            click.echo(f"{submitted.id} {submitted.state} (seed {submitted.seed})")


@job.command()
@job_id
@as_json
def watch(job_id: str, json_output: bool) -> None:
    """Show a job's progress until it has ended, then a summary."""
    with server() as client:
        _follow_to_end(client, client.get_job(job_id), json_output=json_output)


@job.command()
@job_id
@as_json
def show(job_id: str, json_output: bool) -> None:
    """Show a job."""
    with server() as client:
        (print_json if json_output else print_job)(client.get_job(job_id))


@job.command()
@job_id
@as_json
def validity(job_id: str, json_output: bool) -> None:
    """Show the validity report of an ended job."""
    with server() as client:
        report = client.get_validity(job_id)
    if json_output:
        click.echo(json.dumps(report))
    else:
        print_validity(report)


@job.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--priority", type=click.Choice(PRIORITIES), help="Only jobs of this priority.")
@click.option(
    "--limit", default=20, show_default=True, help="Number of jobs at most, newest first."
)
@as_json
def list_(state: str | None, priority: str | None, limit: int, json_output: bool) -> None:
    """List jobs, newest first."""
    with server() as client:
        jobs = client.list_jobs(state=state, priority=priority, limit=limit).items
    if json_output:
        click.echo(json.dumps([job_json(each) for each in jobs]))
    else:
        print_jobs(jobs)


@job.command()
@job_id
def cancel(job_id: str) -> None:
    """Stop a job; what is stored already stays."""
    _act(lambda client: client.cancel_job(job_id))


@job.command()
@job_id
def pause(job_id: str) -> None:
    """Start no more of a job until it is resumed."""
    _act(lambda client: client.pause_job(job_id))


@job.command()
@job_id
def resume(job_id: str) -> None:
    """Go on with a paused job."""
    _act(lambda client: client.resume_job(job_id))


@job.command()
@job_id
def redrive(job_id: str) -> None:
    """Run a failed job's dead batches again."""
    _act(lambda client: client.redrive_job(job_id))


@job.command()
@job_id
def delete(job_id: str) -> None:
    """Purge a job that has ended, with all its patients."""
    with server() as client:
        client.delete_job(job_id)
    click.echo(f"{job_id} deleted")


def _act(action: Callable[[Client], Job]) -> None:
    with server() as client:
        changed = action(client)
    click.echo(f"{changed.id} {changed.state}")


def _follow_to_end(client: Client, submitted: Job, *, json_output: bool) -> None:
    try:
        ended = follow(client, submitted)
    except KeyboardInterrupt:
        click.echo(f"\nThe job goes on. Watch it with: lazaret job watch {submitted.id}", err=True)
        raise
    if json_output:
        print_json(ended)
    else:
        print_summary(client, ended, find_setting("LAZARET_URL"))
    if ended.state != "succeeded":
        raise Failure(
            f"the job {ended.state}" + (f": {ended.error}" if ended.error else ""), EXIT_JOB_FAILED
        )


def _scenario_part(scenario: str) -> dict[str, Any]:
    return (
        {"scenario": read_document(Path(scenario))} if is_file(scenario) else {"preset": scenario}
    )
