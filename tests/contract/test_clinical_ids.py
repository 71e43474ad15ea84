import csv
import hashlib
import json
from pathlib import Path

import pytest

from shared.clinical.read import DATA

GOLDEN = Path(__file__).parent / "golden" / "clinical-ids.json"
KEYS = {"names": ("nation", "kind", "name"), "nations": ("code",), "ranks": ("nato_code",)}
STORED_IN_RECORDS = (
    "mechanisms",
    "conditions",
    "treatments",
    "nations",
    "names",
    "ranks",
    "allergies",
    "backgrounds",
)


@pytest.mark.parametrize("table", STORED_IN_RECORDS)
def test_stored_ids_keep_their_meaning(table: str) -> None:
    """A record written last year names today's rows, so rows are only ever appended; then the
    golden file gets the new count and digest.
    """
    golden = json.loads(GOLDEN.read_text())[table]
    written = meanings(table)
    assert digest(written[: golden["rows"]]) == golden["sha256"], (
        f"a row of {table}.csv that records may name has changed"
    )
    assert len(written) == golden["rows"], (
        f"pin the new rows of {table}.csv: {len(written)}, {digest(written)}"
    )


def test_a_changed_meaning_is_noticed() -> None:
    """Two rows that change places give another digest."""
    first, second, *rest = meanings("mechanisms")
    assert digest([second, first, *rest]) != digest([first, second, *rest])


def meanings(table: str) -> list[str]:
    """What each id of a table stands for, in the order of the file."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return [
            " ".join(row[column] for column in ("id", *KEYS.get(table, ("name",))))
            for row in csv.DictReader(lines)
        ]


def digest(rows: list[str]) -> str:
    """SHA-256 of the rows, a line each."""
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
