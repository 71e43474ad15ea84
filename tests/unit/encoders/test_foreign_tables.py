"""Tables in layouts that others decided: Synthea's CSV and OMOP's common data model."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from shared.encoders.formats import FORMATS
from shared.encoders.interface.options import OPTIONS, Options
from shared.encoders.omop.cells import item_ids
from tests.unit.encoders.plain_documents import documents
from tests.unit.encoders.sample import sample

PRESET = "joint-operation"
LAYOUTS = ("csv-synthea", "omop")

# As Synthea 3.3 writes them, and ETL-Synthea creates its tables (synthea_version/v330); two tables
# have an NPI behind them since then (CSVConstants.java).
SYNTHEA_HEADERS = {
    "patients": "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,"
    "BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,FIPS,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE,INCOME",
    "encounters": "Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,PAYER,ENCOUNTERCLASS,CODE,DESCRIPTION,BASE_ENCOUNTER_COST,"
    "TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONCODE,REASONDESCRIPTION",
    "conditions": "START,STOP,PATIENT,ENCOUNTER,SYSTEM,CODE,DESCRIPTION",
    "observations": "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE",
    "procedures": "START,STOP,PATIENT,ENCOUNTER,SYSTEM,CODE,DESCRIPTION,BASE_COST,REASONCODE,REASONDESCRIPTION",
    "medications": "START,STOP,PATIENT,PAYER,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,PAYER_COVERAGE,DISPENSES,TOTALCOST,REASONCODE,"
    "REASONDESCRIPTION",
    "allergies": "START,STOP,PATIENT,ENCOUNTER,CODE,SYSTEM,DESCRIPTION,TYPE,CATEGORY,REACTION1,DESCRIPTION1,SEVERITY1,REACTION2,"
    "DESCRIPTION2,SEVERITY2",
    "organizations": "Id,NAME,ADDRESS,CITY,STATE,ZIP,LAT,LON,PHONE,REVENUE,UTILIZATION",
    "providers": "Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,LAT,LON,ENCOUNTERS,PROCEDURES",
}


def table(layout: str, name: str) -> list[dict[str, str]]:
    batch, context = sample(PRESET)
    text = FORMATS[layout].encode(batch, context, name).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("layout", OPTIONS["layout"].values)
@pytest.mark.parametrize("name", SYNTHEA_HEADERS)
def test_headers_are_syntheas(name: str, layout: str) -> None:
    """Each file begins with the line that this version of Synthea writes."""
    batch, context = sample(PRESET)
    context = replace(context, options=Options((("layout", layout),)))
    header = FORMATS["csv-synthea"].encode(batch, context, name).split(b"\r\n")[0].decode()
    later = ",NPI" if layout == "current" and name in {"organizations", "providers"} else ""
    assert header == SYNTHEA_HEADERS[name] + later
    assert set(SYNTHEA_HEADERS) == set(FORMATS["csv-synthea"].tables)


@pytest.mark.parametrize(
    ("layout", "name"), [(layout, name) for layout in LAYOUTS for name in FORMATS[layout].tables]
)
def test_every_row_has_every_column(layout: str, name: str) -> None:
    """No cell is missing or one too many, and no table is empty."""
    batch, context = sample(PRESET)
    rows = list(
        csv.reader(io.StringIO(FORMATS[layout].encode(batch, context, name).decode(), newline=""))
    )
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_syntheas_references_point_somewhere() -> None:
    """Patients, encounters, organizations and providers that are named are there."""
    known = {
        "PATIENT": {row["Id"] for row in table("csv-synthea", "patients")},
        "ENCOUNTER": {row["Id"] for row in table("csv-synthea", "encounters")} | {""},
        # Who died before any facility is certified without one.
        "ORGANIZATION": {row["Id"] for row in table("csv-synthea", "organizations")} | {""},
        "PROVIDER": {row["Id"] for row in table("csv-synthea", "providers")} | {""},
    }
    for name in SYNTHEA_HEADERS:
        for row in table("csv-synthea", name):
            assert all(
                row[column] in targets for column, targets in known.items() if column in row
            ), row


@pytest.mark.parametrize("layout", LAYOUTS)
def test_counts_are_those_of_the_records(layout: str) -> None:
    """Every problem, drug, procedure, allergy and vital sign of the documents has its row."""
    assert {name: len(table(layout, name)) for name in _expected(layout)} == _expected(layout)


def _expected(layout: str) -> Mapping[str, int]:
    found = Counter(dict(_counted()))
    problems, drugs = found["conditions"] + found["background"], found["drugs"]
    numbers = 7 * found["vitals"] + found["pains"] + 3 * found["patients"]
    words = found["patients"] + found["triages"]
    if layout == "csv-synthea":
        return {
            "patients": found["patients"],
            "conditions": problems,
            "medications": drugs,
            "procedures": found["treatments"] - drugs,
            "allergies": found["allergies"],
            "observations": numbers + words,
        }
    return {
        "person": found["patients"],
        "condition_occurrence": problems,
        "drug_exposure": drugs,
        "procedure_occurrence": found["treatments"] - drugs,
        "measurement": numbers,
        "observation": words + 3 * found["patients"] + found["allergies"],
        "death": found["deaths"],
    }


def _counted() -> Iterator[tuple[str, int]]:
    patients = documents(*sample(PRESET))
    yield "patients", len(patients)
    for name in ("conditions", "background", "treatments", "vitals", "allergies"):
        yield name, sum(len(patient[name]) for patient in patients)
    given = [item for patient in patients for item in patient["treatments"]]
    yield "drugs", sum(item["unit"] not in (None, "unit") for item in given)
    yield (
        "pains",
        sum(item["pain"] is not None for patient in patients for item in patient["vitals"]),
    )
    yield (
        "triages",
        sum(item["kind"] == "triaged" for patient in patients for item in patient["events"]),
    )
    yield (
        "deaths",
        sum(patient["outcome"] in ("kia", "dow", "died_non_battle") for patient in patients),
    )


def test_omops_ids_are_unique_and_the_same_in_any_range() -> None:
    """A patient's rows have the ids that they have in the whole."""
    batch, context = sample(PRESET)
    for name in (
        "visit_occurrence",
        "condition_occurrence",
        "drug_exposure",
        "procedure_occurrence",
        "measurement",
        "observation",
    ):
        rows = table("omop", name)
        ids = [row[f"{name}_id"] for row in rows]
        assert len(set(ids)) == len(ids)
        part = FORMATS["omop"].encode(batch.slice(100, 50), context, name)
        assert part in FORMATS["omop"].encode(batch, context, name)


def test_omops_source_values_fit_their_columns() -> None:
    """No source value is longer than the 50 characters that the model gives it."""
    for name in FORMATS["omop"].tables:
        for row in table("omop", name):
            assert all(
                len(value) <= 50
                for column, value in row.items()
                if column.endswith("_source_value")
            ), row


def test_a_list_too_long_for_its_ids_is_refused() -> None:
    """Ids that would meet the next patient's are never written."""
    with pytest.raises(ValueError, match="more than 1000 rows"):
        item_ids(np.array([4]), np.array([1000]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_belongs_to_the_job_is_written_once(layout: str) -> None:
    """Facilities come with ordinal 0, or with nobody in its place, and in no other range."""
    batch, context = sample(PRESET)
    name = {"csv-synthea": "organizations", "omop": "care_site"}[layout]
    assert len(table(layout, name)) == len(context.scenario.facilities)
    assert FORMATS[layout].encode(batch.slice(1), context, name) == b""
    nobody = FORMATS[layout].encode(pa.RecordBatch.from_pylist([], batch.schema), context, name)
    assert nobody == FORMATS[layout].encode(batch.slice(0, 1), context, name)
