"""Writes `shared/db/schema.sql`: what the migrations add up to, for people who read and for the test that compares.

python -m deploy.schema postgresql://...    of an empty, migrated database
"""

import re
import subprocess
import sys
from pathlib import Path

from deploy.local.postgres import program

SCHEMA = Path("shared/db/schema.sql")

_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)$\n?", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


def dump_schema(url: str) -> str:
    """Return a database's schema without the partitions, which follow the calendar, and without what differs between servers."""
    command = [program("pg_dump"), "--schema-only", "--no-owner", "--no-privileges", "--exclude-table=partitions.*", f"--dbname={url}"]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return _BLANK_LINES.sub("\n\n", _NOISE.sub("", dumped)).strip() + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(dump_schema(sys.argv[1]), encoding="utf-8")
