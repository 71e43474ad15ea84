"""Writes `shared/db/schema.sql`: what the migrations add up to, for people who read and for the
test that compares (`make schema`).
"""

import asyncio
import re
import subprocess
import tempfile
from pathlib import Path

from deploy.local.postgres import program
from deploy.local.servers import delete_servers, start_servers
from shared.db.migrate import migrate

SCHEMA = Path("shared/db/schema.sql")

_NOISE = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)$\n?", re.MULTILINE
)
_BLANK_LINES = re.compile(r"\n{3,}")


def dump_schema(url: str) -> str:
    """Return a database's schema without the partitions, which follow the calendar, and without
    what differs between servers.
    """
    command = [
        program("pg_dump"),
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--exclude-table=partitions.*",
        f"--dbname={url}",
    ]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return _BLANK_LINES.sub("\n\n", _NOISE.sub("", dumped)).strip() + "\n"


def write_schema() -> None:
    """Migrate an empty private database and write its schema down."""
    folder = Path(tempfile.mkdtemp(prefix="lazaret-schema-"))
    try:
        url = start_servers(folder).postgres.url()
        asyncio.run(migrate(url))
        SCHEMA.write_text(dump_schema(url), encoding="utf-8")
    finally:
        delete_servers(folder)


if __name__ == "__main__":
    write_schema()
