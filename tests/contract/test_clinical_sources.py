import csv
from pathlib import Path

import pytest

from lazaret.cli.sources import sources_page
from shared.clinical import tables
from shared.clinical.evidence import FOLDER, cited, evidence
from shared.clinical.read import DATA


def test_the_page_is_what_the_tables_say() -> None:
    """Run `lazaret reference sources` after changing a source."""
    page = Path(__file__).parents[2] / "docs" / "clinical-sources.md"
    assert page.read_text(encoding="utf-8") == sources_page()


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.stem)
def test_every_citation_leads_to_a_figure(path: Path) -> None:
    """An evidence id that nobody can look up is no source."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for identifier in cited(row.get("source", "")):
                assert identifier in evidence(), row


def test_every_code_was_seen_with_its_display() -> None:
    """The pair of code and display is the one that the evidence holds under the cited id."""
    pairs = {}
    for name, display, identifier in (("codes", "display_seen", "{id}"), ("codes-synthea", "display", "codes-synthea.csv {system} {code}")):
        with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                assert row.get("status", "read") == "read"
                pairs[identifier.format(**row)] = (row["system"], row["code"], row[display])
    for code in tables.codes():
        assert pairs[code.source] == (code.system, code.code, code.display)
