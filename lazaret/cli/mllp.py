"""`lazaret mllp`: send a job's HL7 v2 messages to a receiver, live."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from lazaret.cli import EXIT_AWAY, EXIT_REFUSED, EXIT_USAGE, Failure
from lazaret.cli.format_options import format_options, read_options
from lazaret.cli.server import server
from lazaret.cli.terminal import console
from lazaret.client import Client, Job
from lazaret.mllp.feed import Feed, Rejected
from lazaret.mllp.fetch import fetch
from lazaret.mllp.link import Link, NoAnswer, Receiver
from lazaret.mllp.mode import Mode
from lazaret.mllp.pace import Pace
from lazaret.mllp.position import OtherFeed, Position, Progress
from lazaret.mllp.spool import Spool
from shared.clock import SystemClock
from shared.encoders.interface.options import Options

PORT_MAX = 65_535
REJECTIONS_SHOWN_MAX = 20
_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


@click.command()
@click.argument("job_id", metavar="JOB")
@click.option("--to", "address", required=True, metavar="HOST:PORT", help="The receiver.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Simulated seconds per second; 60 plays an hour in a minute.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Messages per second; without either: as fast as they are acknowledged.",
)
@click.option(
    "--on-reject",
    type=click.Choice(("stop", "go-on")),
    default="stop",
    show_default=True,
    help="What an answer AE or AR does to the feed; after either the exit code is 3.",
)
@click.option(
    "--acknowledgements",
    type=click.Choice(tuple(mode.value for mode in Mode)),
    default=Mode.ORIGINAL.value,
    show_default=True,
    help="What a message asks for (MSH-15, MSH-16) and waits for: nothing is asked, and AA, AE or "
    "AR waited for; a receipt (CA) alone; both.",
)
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="Seconds to wait for an answer.",
)
@click.option(
    "--attempts",
    default=10,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="How often a message is sent unanswered.",
)
@click.option("--tls", is_flag=True, help="Encrypt, and check the receiver's certificate.")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates to trust in place of the system's.",
)
@format_options("sending_application", "receiving_application")
@click.option(
    "--position",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Remembers how far the feed is; default mllp-JOB.position.",
)
def mllp(
    job_id: str,
    *,
    address: str,
    speed: float | None,
    rate: float | None,
    on_reject: str,
    acknowledgements: str,
    timeout: float,
    attempts: int,
    tls: bool,
    ca: Path | None,
    position: Path | None,
    **chosen: str | None,
) -> None:
    """Send a job's HL7 v2 messages over MLLP in the order of time, each when the one before has
    been answered.

    After an interruption the same command goes on with the first unanswered message.
    """
    if speed is not None and rate is not None:
        raise Failure("--speed: cannot be given together with --rate", EXIT_USAGE)
    options = read_options("hl7v2", chosen)
    host, port = _host_and_port(address)
    receiver = Receiver(
        host=host,
        port=port,
        tls=_tls(ca) if tls or ca else None,
        mode=Mode(acknowledgements),
        answer_timeout_s=timeout,
        attempts_max=attempts,
    )
    with (
        server() as client,
        _failures(),
        Bars(*_COLUMNS, console=console(stderr=True)) as bars,
        Spool() as spool,
    ):
        job = client.get_job(job_id)
        fresh = Progress(job.id, receiver.host, _fetch(client, job, spool, options, bars))
        with Position(position or Path(f"mllp-{job.id}.position"), fresh) as kept:
            asyncio.run(
                _send(spool, receiver, kept, bars, Pace(rate, speed), stop=on_reject == "stop")
            )
            kept.finish()
    _conclude(kept.progress, receiver)


def _conclude(progress: Progress, receiver: Receiver) -> None:
    """Say how it went. Raises Failure when anything was rejected: a script must not miss it."""
    accepted = progress.answered - progress.rejected
    click.echo(
        f"{progress.answered:,} messages sent to {receiver}: {accepted:,} accepted, "
        f"{progress.rejected:,} rejected"
    )
    if progress.rejected:
        raise Failure(f"{receiver} rejected {progress.rejected:,} messages", EXIT_REFUSED)


def _fetch(client: Client, job: Job, spool: Spool, options: Options, bars: Bars) -> str | None:
    bar = bars.add_task("patients fetched", total=job.patients_requested)
    chosen = dict(options.chosen)
    return fetch(client, job, spool, chosen, lambda done: bars.update(bar, completed=done))


async def _send(
    spool: Spool, receiver: Receiver, position: Position, bars: Bars, pace: Pace, *, stop: bool
) -> None:
    bar = bars.add_task("messages sent", total=spool.messages, completed=position.progress.answered)
    feed = Feed(
        pace=pace,
        clock=SystemClock(),
        stop_when_rejected=stop,
        on_progress=lambda progress: bars.update(bar, completed=progress.answered),
        on_rejected=_few(bars),
    )
    await feed.send(spool.in_time(), Link(receiver, bars.console.print), position)


def _few(bars: Bars) -> Callable[[str], None]:
    """Shows the first rejections; the rest are only counted."""
    left = iter(range(REJECTIONS_SHOWN_MAX))
    return lambda reason: None if next(left, None) is None else bars.console.print(reason)


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 1 <= int(port) <= PORT_MAX:
        raise Failure(
            f"--to: must be HOST:PORT with a port from 1 to {PORT_MAX}, not {address!r}", EXIT_USAGE
        )
    return host.strip("[]"), int(port)


def _tls(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise Failure(f"--ca: {ca} holds no certificates: {error.reason}", EXIT_USAGE) from error


@contextmanager
def _failures() -> Iterator[None]:
    """What ends a feed, as one line and an exit code."""
    try:
        yield
    except Rejected as error:
        raise Failure(f"{error} (--on-reject go-on sends the rest)", EXIT_REFUSED) from error
    except OtherFeed as error:
        raise Failure(f"--position: {error}", EXIT_USAGE) from error
    except NoAnswer as error:
        raise Failure(str(error), EXIT_AWAY) from error
    except OSError as error:
        raise Failure(
            f"cannot write {error.filename or 'temporary files'}: {error.strerror}", EXIT_AWAY
        ) from error
