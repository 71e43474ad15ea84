"""What is looked at before anything is started: a release that cannot work does not begin."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import asyncpg

from deploy.local.problem import Problem
from deploy.release.comparison import is_scraped
from deploy.release.expand_only import breaking_lines
from deploy.release.plan import Plan
from deploy.release.processes import Processes
from deploy.release.proxy import Proxy
from shared.db.migrate import schema_version

CONNECT_WITHIN_S = 10.0


def check(plan: Plan, version: Path, serving: str) -> int:
    """Raise Problem for the first thing that stands in the way; return how many migrations there
    are to apply.
    """
    if not version.is_dir():
        raise Problem(f"there is no version in {version}")
    free = shutil.disk_usage(plan.data_folder).free
    if free < plan.free_bytes_min:
        wanted = f"{plan.free_bytes_min / 1e9:.1f} GB are needed"
        raise Problem(f"{plan.data_folder} has {free / 1e9:.1f} GB free, {wanted}")
    Processes(plan).run(plan.check, version)
    if not Proxy(plan.proxy_socket, plan.proxy_backend).is_up(serving):
        raise Problem(f"the proxy does not reach the current version in slot {serving}")
    if not is_scraped(plan.prometheus_url, serving):
        raise Problem(f"Prometheus does not see the current version in slot {serving}")
    return len(check_migrations(plan, version))


def check_migrations(plan: Plan, version: Path) -> list[Path]:
    """Return the migrations that the database lacks; Problem when one of them would break the
    current version.
    """
    applied = asyncio.run(_applied(plan.database_url_file.read_text().strip()))
    missing = sorted(plan.migrations_of(version).glob("*.sql"))[applied:]
    if problems := breaking_lines(missing):
        lines = "\n".join(problems)
        raise Problem(f"the current version would not survive the migrations:\n{lines}")
    return missing


async def _applied(database_url: str) -> int:
    try:
        connection = await asyncpg.connect(database_url, timeout=CONNECT_WITHIN_S)
    except (OSError, asyncpg.PostgresError) as error:
        raise Problem(f"the database cannot be reached: {error}") from None
    try:
        return await schema_version(connection)
    finally:
        await connection.close()
