import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from shared.clinical import tables
from shared.clinical.read import DATA, read_table
from shared.clinical.rows import Allergy
from shared.records.vocabulary import BodyRegion, Category
from shared.scenarios.vocabulary import Warfare

SOURCED = (
    tables.codes,
    tables.mechanisms,
    tables.mechanism_shares,
    tables.region_shares,
    tables.severity_shares,
    tables.conditions,
    tables.illness_shares,
    tables.illness_care,
    tables.complications,
    tables.treatments,
    tables.nations,
    tables.ranks,
    tables.allergies,
    tables.backgrounds,
    tables.wounding_rates,
    tables.calibration_targets,
)
EXPLAINED = (tables.calibration_misses, tables.calibration_omissions)
NAMED = (
    tables.mechanisms,
    tables.conditions,
    tables.treatments,
    tables.allergies,
    tables.backgrounds,
)
CODE_SYSTEMS = {"snomed": "SNOMED CT", "icd10": "ICD-10", "rxnorm": "RxNorm", "atc": "ATC"}
REGIONS = {region.name.lower() for region in BodyRegion}


def _rows() -> list[tuple[str, Any]]:
    return [(table.__name__, row) for table in SOURCED for row in table()]


def test_every_row_names_its_source() -> None:
    """A number without evidence says that it is an assumption, and why."""
    evidence = re.compile(r"\b([A-Z]\d{3}|codes-synthea\.csv .+)\b")
    for table, row in _rows():
        assumption = row.source.partition("assumption:")[2]
        assert len(assumption) > 5 or evidence.search(row.source), (table, row)


@pytest.mark.parametrize(
    "table", [*SOURCED, *EXPLAINED, tables.names], ids=lambda table: table.__name__
)
def test_ids_are_unique_and_rise(table: Any) -> None:
    """Rows are appended, never inserted."""
    ids = [row.id for row in table()]
    assert all(earlier < later for earlier, later in pairwise(ids))
    assert ids[:1] in ([], [1])


@pytest.mark.parametrize("table", NAMED, ids=lambda table: table.__name__)
def test_names_are_unique(table: Any) -> None:
    """The simulation looks rows up by name."""
    names = [row.name for row in table()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


def test_every_code_is_a_verified_pair() -> None:
    """A code that no table of verified pairs holds cannot be used."""
    verified = tables.code_by_value()
    for table, row in _rows():
        for column, system in CODE_SYSTEMS.items():
            code = getattr(row, column, "")
            assert not code or (system, code) in verified, (table, row)


def test_snomed_and_loinc_check_digits_pass() -> None:
    """A mistyped code is caught by its own check digit."""
    for row in tables.codes():
        if row.system == "SNOMED CT":
            assert _verhoeff(row.code) == 0, row
        if row.system == "LOINC":
            number, digit = row.code.split("-")
            assert _mod_10(number) == int(digit), row


def test_check_digits_catch_an_error() -> None:
    """The checks themselves can fail."""
    assert _verhoeff("283545006") != 0
    assert _mod_10("8867") == 4
    assert _mod_10("8876") != 4


def test_mechanism_shares_sum_to_one() -> None:
    """Every kind of warfare has mechanisms for each category of casualty."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    categories = {row.name: row.category for row in tables.mechanisms()}
    for row in tables.mechanism_shares():
        assert categories[row.mechanism] == row.category
        sums[row.warfare, row.category] += row.share
    assert set(sums) == {
        (warfare.value, category.name.lower()) for warfare in Warfare for category in Category
    }
    assert sums == pytest.approx(dict.fromkeys(sums, 1.0))


def test_wound_shares_sum_to_one() -> None:
    """Regions sum to 1 for a kind of mechanism, severities for a kind and region."""
    regions: dict[str, float] = defaultdict(float)
    severities: dict[tuple[str, str], float] = defaultdict(float)
    for row in tables.region_shares():
        regions[row.kind] += row.share
    for grade in tables.severity_shares():
        severities[grade.kind, grade.region] += grade.share
    assert regions == pytest.approx(dict.fromkeys(regions, 1.0))
    assert severities == pytest.approx(dict.fromkeys(severities, 1.0))
    assert set(severities) == {(row.kind, row.region) for row in tables.region_shares()}
    wounding = {row.kind for row in tables.mechanisms() if row.category != "disease"}
    assert set(regions) == wounding
    assert {region for _, region in severities} == REGIONS


def test_other_shares_sum_to_one() -> None:
    """Diseases under their mechanism, ranks in a force, blood groups in a nation."""
    illnesses: dict[str, float] = defaultdict(float)
    for row in tables.illness_shares():
        illnesses[row.mechanism] += row.share
    assert set(illnesses) == {row.name for row in tables.mechanisms() if row.category == "disease"}
    assert illnesses == pytest.approx(dict.fromkeys(illnesses, 1.0))
    assert sum(rank.share for rank in tables.ranks()) == pytest.approx(1.0)
    groups = [
        f"{group}_{rhesus}"
        for rhesus in ("positive", "negative")
        for group in ("o", "a", "b", "ab")
    ]
    for nation in tables.nations():
        assert sum(getattr(nation, group) for group in groups) == pytest.approx(1.0), nation.code


def test_every_condition_is_reachable() -> None:
    """Each injury can be drawn by every kind it names, each disease by a mechanism; complications
    follow from the course.
    """
    grades = {(row.kind, row.region, row.ais) for row in tables.severity_shares()}
    diseases = {row.condition for row in tables.illness_shares()}
    for row in tables.conditions():
        match row.category:
            case "injury":
                for kind in row.kinds:
                    assert any(
                        (kind, row.region, ais) in grades
                        for ais in range(row.ais_min, row.ais_max + 1)
                    ), (row.name, kind)
                assert row.weight > 0
            case "disease":
                assert row.name in diseases
            case category:
                assert category == "complication"


def test_every_wound_has_a_condition() -> None:
    """Whatever kind, region and severity are drawn, something can be diagnosed."""
    injuries = [row for row in tables.conditions() if row.category == "injury"]
    for grade in tables.severity_shares():
        fits = [row for row in injuries if grade.kind in row.kinds and grade.region == row.region]
        assert any(row.ais_min <= grade.ais <= row.ais_max for row in fits), grade


def test_nations_are_natos_and_partners_with_names() -> None:
    """32 members; each nation has men's, women's and family names."""
    assert sum(nation.in_nato for nation in tables.nations()) == 32
    kinds: dict[str, set[str]] = defaultdict(set)
    for name in tables.names():
        kinds[name.nation].add(name.kind)
    for nation in tables.nations():
        assert kinds[nation.code] in (
            {"given_male", "given_female", "family"},
            {"given_male", "given_female", "family_male", "family_female"},
        ), nation.code


def test_a_table_with_other_columns_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row type and its file cannot drift apart unseen."""
    (tmp_path / "allergies.csv").write_text("id,name\n1,latex\n")
    monkeypatch.setattr("shared.clinical.read.DATA", tmp_path)
    with pytest.raises(ValueError, match=r"allergies\.csv has the columns"):
        read_table("allergies", Allergy)


def test_every_data_file_is_read_by_a_table() -> None:
    """No table lies unused in the folder."""
    read = {table.__name__ for table in (*SOURCED, *EXPLAINED, tables.names)} | {"parameters"}
    assert {path.stem for path in DATA.glob("*.csv")} <= read


def _verhoeff(digits: str) -> int:
    """0 for digits whose last is right: multiplication in the dihedral group of ten (Verhoeff
    1969).
    """
    permutation: Sequence[int] = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    check = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = permutation[value]
        check = _dihedral(check, value)
    return check


def _dihedral(left: int, right: int) -> int:
    if left < 5:
        return (left + right) % 5 if right < 5 else 5 + (left + right) % 5
    return 5 + (left - right) % 5 if right < 5 else (left - right) % 5


def _mod_10(digits: str) -> int:
    """LOINC's check digit: Luhn from the right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return -total % 10
