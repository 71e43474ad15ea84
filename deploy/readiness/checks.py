"""Whether an installation may carry what matters: each line is looked at on the running system, and
shows what it was judged by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
import httpx

from deploy.backup.repository import Repository
from deploy.local.problem import Problem
from shared.clock import Clock
from shared.db.migrate import REQUIRED_VERSION, schema_version
from shared.db.named_queries import load_queries
from shared.db.pool import Connection

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
ANSWER_WITHIN_S = 10.0
POSTGRES_MIN = 15_00_00
MONTHS_AHEAD_MIN = 1
ARCHIVED_WITHIN_S = 900.0
OUTBOX_WITHIN_S = 60.0
BACKUP_WITHIN_S = 26 * 3600.0
CONNECTIONS_SHARE_MAX = 0.8
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist."""

    what: str
    good: bool
    evidence: str


async def look_at_database(connection: Connection) -> list[Line]:
    """Everything that the database can tell."""
    (server,) = await connection.fetch(QUERIES["read_server"])
    (archiver,) = await connection.fetch(QUERIES["read_archiver"])
    present = await schema_version(connection)
    lines = [*_server_lines(server), *_archive_lines(server, archiver)]
    wanted = f"version {present}, this program needs {REQUIRED_VERSION}"
    lines.append(Line("the schema is this version's", present >= REQUIRED_VERSION, wanted))
    return [*lines, *await _work_lines(connection)] if present else lines


def _server_lines(server: asyncpg.Record) -> Iterator[Line]:
    version = f"PostgreSQL {server['version'] // 10_000}.{server['version'] % 10_000}"
    yield Line("PostgreSQL is 15 or newer", server["version"] >= POSTGRES_MIN, version)
    commits = f"fsync and full_page_writes {server['durable']}, synchronous_commit "
    commits += server["synchronous_commit"]
    durable = server["durable"] and server["synchronous_commit"] != "off"
    yield Line("a commit survives a power cut", durable, commits)
    yield Line("the connection is encrypted", server["encrypted"], f"TLS {server['encrypted']}")
    rights = "superuser or createrole" if server["powerful"] else "neither superuser nor createrole"
    yield Line("the services' role has no rights over others", not server["powerful"], rights)
    used = f"{server['connections']} of {server['connections_max']} connections"
    roomy = server["connections"] < CONNECTIONS_SHARE_MAX * server["connections_max"]
    yield Line("there are connections to spare", roomy, used)


def _archive_lines(server: asyncpg.Record, archiver: asyncpg.Record) -> Iterator[Line]:
    age = "never" if archiver["age_s"] is None else f"{archiver['age_s']:.0f} s ago"
    fresh = archiver["age_s"] is not None and archiver["age_s"] < ARCHIVED_WITHIN_S
    failing = ", the last attempt failed" if archiver["failing"] else ""
    good = server["archiving"] and fresh and not archiver["failing"]
    told = f"archive_mode {server['archiving']}, last archived {age}{failing}"
    yield Line("the log reaches the archive", good, told)


async def _work_lines(connection: Connection) -> list[Line]:
    months = await connection.fetchval(QUERIES["read_partitions"])
    (work,) = await connection.fetch(QUERIES["read_work"])
    generators = f"{work['generators']} generators with {work['slots']} slots in the last minute"
    waits = f"the oldest message waits for {work['outbox_s']:.0f} s"
    return [
        Line("there are partitions ahead", months >= MONTHS_AHEAD_MIN, f"for {months} months"),
        Line("a generator is at work, another could fail", work["generators"] > 1, generators),
        Line("news is published", work["outbox_s"] < OUTBOX_WITHIN_S, waits),
        Line("no batch is dead", work["dead"] == 0, f"{work['dead']} dead batches"),
    ]


def look_at_gateway(url: str) -> list[Line]:
    """What clients meet."""
    lines = [Line("clients' connections are encrypted", url.startswith("https://"), url)]
    try:
        with httpx.Client(base_url=url, timeout=ANSWER_WITHIN_S) as http:
            ready = http.get("/health/ready")
            refused = http.get("/api/v1/jobs")
    except httpx.HTTPError as error:
        return [*lines, Line("the gateway answers", good=False, evidence=str(error))]
    status = str(ready.json().get("status", "")) if ready.headers.get("content-type") else ""
    return [
        *lines,
        Line("the gateway is ready", ready.status_code == 200, f"{ready.status_code} {status}"),
        Line(
            "nobody is let in without a key", refused.status_code == 401, str(refused.status_code)
        ),
    ]


def look_at_backups(repository: Repository, metrics: Path | None, clock: Clock) -> list[Line]:
    """The age of the last backup, and of the last drill that found everything."""
    try:
        backups = repository.backups()
    except Problem as problem:
        return [Line("there is a backup of today", good=False, evidence=str(problem)[:200])]
    last = backups[-1] if backups else None
    age_s = None if last is None else _age_s(last.finished_at, clock)
    told = "none" if last is None or age_s is None else f"{last.label}, {age_s / 3600:.1f} h ago"
    fresh = age_s is not None and age_s < BACKUP_WITHIN_S
    lines = [Line("there is a backup of today", fresh, told)]
    return lines if metrics is None else [*lines, _drill_line(metrics, clock)]


def _drill_line(metrics: Path, clock: Clock) -> Line:
    what = "a restore was drilled within a week"
    if not metrics.exists():
        return Line(what, good=False, evidence=f"{metrics} is not there")
    name = "lazaret_restore_drill_last_success_timestamp_seconds "
    stamps = [line for line in metrics.read_text().splitlines() if line.startswith(name)]
    if not stamps:
        return Line(what, good=False, evidence=f"no drill stands in {metrics}")
    age_s = clock.now().timestamp() - float(stamps[0].removeprefix(name))
    return Line(what, age_s < 7 * DAY_S, f"{age_s / DAY_S:.1f} days ago")


def _age_s(moment: datetime, clock: Clock) -> float:
    return (clock.now() - moment).total_seconds()
