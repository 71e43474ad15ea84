import csv
from pathlib import Path

import pytest

from shared.clinical import tables
from shared.clinical.evidence import FOLDER, cited, evidence
from shared.clinical.read import DATA
from shared.encoders.omop import concepts as omop
from shared.records.vocabulary import Sex
from tools.sources import sources_page


def test_the_page_is_what_the_tables_say() -> None:
    """Run `make docs` after changing a source."""
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
    for name, display, identifier in (
        ("codes", "display_seen", "{id}"),
        ("codes-synthea", "display", "codes-synthea.csv {system} {code}"),
    ):
        with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                assert row.get("status", "read") == "read"
                pairs[identifier.format(**row)] = (row["system"], row["code"], row[display])
    for code in tables.codes():
        assert pairs[code.source] == (code.system, code.code, code.display)


def test_every_omop_concept_was_seen_with_its_code() -> None:
    """A concept id stands for the code that the evidence holds beside it; ids that nobody uses are
    not kept as evidence.
    """
    with (FOLDER / "omop-concepts.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["status"] for row in rows} == {"read"}
    assert {(row["vocabulary"], row["code"]): int(row["concept_id"]) for row in rows} == {
        ("Gender", "M"): omop.GENDERS[Sex.MALE],
        ("Gender", "F"): omop.GENDERS[Sex.FEMALE],
        ("Visit", "IP"): omop.INPATIENT_VISIT,
        ("Visit", "ER"): omop.EMERGENCY_ROOM_VISIT,
        ("Type Concept", "OMOP4976890"): omop.EHR,
        ("Visit Type", ""): omop.STILL_PATIENT,
        ("CDM", "CDM v5.4.0"): omop.CDM_5_4,
        **{("LOINC", code): identifier for code, identifier in omop.MEASUREMENTS.items()},
        **{
            ("UCUM", {"{score}": "[score]"}.get(code, code)): identifier
            for code, identifier in omop.UNITS.items()
        },
        **{("route", name): identifier for name, identifier in omop.ROUTES.items()},
    }
