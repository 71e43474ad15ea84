"""Who reads which of Lazaret's files: programs of others that the tests put to work.

The table in docs/formats/README.md is written from here, so it says what tests have seen:
python -m tests.contract.readers.compatibility
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[3]
PAGE = PROJECT / "docs" / "formats" / "README.md"
NODE = PROJECT / "tests" / "readers" / "node"
BEGIN, END = "<!-- readers: begin -->\n", "<!-- readers: end -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One program and what its test holds: `result` is what it makes of the format's files."""

    format: str
    name: str
    version: str
    result: str
    read: Callable[..., Any]


def of_python(package: str) -> str:
    """The version that is pinned."""
    return version(package)


def of_node(package: str) -> str:
    """The version that is pinned."""
    document = json.loads((NODE / "package-lock.json").read_text(encoding="utf-8"))
    return str(document["packages"][f"node_modules/{package}"]["version"])


def run_node(script: str, *arguments: str) -> Any:
    """What a script of tests/readers/node prints, as JSON. Skips where Node or its packages are
    missing.
    """
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules").is_dir():
        pytest.skip("Node.js or its packages are missing: make readers")
    done = subprocess.run(
        [node, NODE / script, *arguments], check=True, capture_output=True, timeout=100
    )
    return json.loads(done.stdout)


def readers() -> Iterator[Reader]:
    """Everybody, format by format."""
    from tests.contract.readers import tables, workbooks  # noqa: PLC0415 -- they use what stands above

    yield from workbooks.READERS
    yield from tables.READERS


def table(rows: Sequence[Reader]) -> str:
    """The table as it stands on the page."""
    lines = [
        "| format | reader | version | result |",
        "|---|---|---|---|",
        *(f"| `{each.format}` | {each.name} | {each.version} | {each.result} |" for each in rows),
    ]
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page with the table as it is now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + table(list(readers())) + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
