"""`lazaret audit`: prove that the audit log is whole. It talks to the database, as `lazaret keys`
does.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from lazaret.cli import EXIT_USAGE, Failure
from lazaret.cli.in_database import ask
from services.gateway.identity.audit import verify as verify_chain
from services.gateway.identity.audit_chain import Verification
from shared.config import IdentitySettings

EXIT_BROKEN = 1
_ANCHOR = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)


@click.group()
def audit() -> None:
    """Prove that the audit log is whole. Needs LAZARET_DATABASE_URL and LAZARET_AUDIT_KEY."""


@audit.command()
@click.option(
    "--anchor",
    "given",
    multiple=True,
    metavar="NUMBER:SEAL",
    help="An entry's number and seal, kept elsewhere; may be repeated.",
)
@click.option(
    "--anchors",
    "log_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A gateway's log: its lines of event `audit` are anchors.",
)
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def verify(given: tuple[str, ...], log_file: Path | None, json_output: bool) -> None:
    """Follow the chain from its first entry. Exit code 1 when an entry was changed, removed or
    moved.

    An end that was cut off, or a log that was sealed anew, is noticed only with anchors.
    """
    anchors = dict(map(_anchor, given)) | dict(_logged(log_file) if log_file else ())
    key = IdentitySettings.load(os.environ).seal_key
    found = ask(lambda connection: verify_chain(connection, key, anchors))
    end = f"{found.entries}:{found.last_seal.hex()}"
    if json_output:
        click.echo(
            json.dumps(
                {
                    "whole": found.fault is None,
                    "entries": found.entries,
                    "anchor": end,
                    "fault": found.fault,
                }
            )
        )
    elif found.fault is None:
        click.echo(
            f"The audit log is whole: {found.entries} entries, {len(anchors)} anchors. "
            f"Its end is {end}"
        )
    _end(found)


def _end(found: Verification) -> None:
    if found.fault is not None:
        raise Failure(f"the audit log is broken: {found.fault}", EXIT_BROKEN)


def _anchor(text: str) -> tuple[int, bytes]:
    found = _ANCHOR.fullmatch(text)
    if found is None:
        raise Failure(
            f"--anchor: must be NUMBER:SEAL, the seal in 64 hexadecimal digits, not {text[:60]!r}",
            EXIT_USAGE,
        )
    return int(found[1]), bytes.fromhex(found[2])


def _logged(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        for entry in _json_lines(lines):
            if entry.get("event") == "audit" and {"entry_no", "seal"} <= set(entry):
                yield _anchor(f"{entry['entry_no']}:{entry['seal']}")


def _json_lines(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    for line in lines:
        if line.startswith("{") and '"audit"' in line:
            try:
                yield json.loads(line)
            except ValueError:
                continue
