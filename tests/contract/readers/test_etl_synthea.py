"""Synthea's layout as OHDSI's ETL-Synthea takes it: deaths and inpatient visits arrive."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson
import pytest

from shared.encoders.formats import FORMATS
from shared.encoders.json import ndjson
from tests.unit.encoders.sample import sample

PRESET = "joint-operation"
DEAD = ("kia", "dow", "died_non_battle")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the tables of all casualties."""
    folder = tmp_path_factory.mktemp("synthea")
    batch, context = sample(PRESET)
    with duckdb.connect() as connection:
        for name in FORMATS["csv-synthea"].tables:
            path = folder / f"{name}.csv"
            path.write_bytes(FORMATS["csv-synthea"].encode(batch, context, name))
            connection.execute(
                f"CREATE TABLE {name} AS FROM read_csv('{path}', header = true, all_varchar = true)"
            )
        connection.execute(
            "CREATE OR REPLACE TABLE encounters AS SELECT * REPLACE (start::TIMESTAMP AS start, "
            "stop::TIMESTAMP AS stop) FROM encounters"
        )
        yield connection


def query(name: str) -> str:
    """A statement of the ported rules."""
    text = Path(__file__).with_name("etl_synthea.sql").read_text(encoding="utf-8")
    return text.split(f"-- name: {name}\n")[1].split(";")[0]


def test_every_death_arrives(loaded: duckdb.DuckDBPyConnection) -> None:
    """With its moment and a cause that is a condition with a code."""
    found = {row[0] for row in loaded.execute(query("deaths")).fetchall()}
    patients = map(orjson.loads, ndjson.encode(*sample(PRESET)).splitlines())
    dead = [patient for patient in patients if patient["outcome"] in DEAD]
    coded = {
        patient["id"]
        for patient in dead
        if any(item["condition"]["codes"] for item in patient["conditions"])
    }
    assert found == coded
    assert len(found) >= 0.9 * len(dead)


def test_every_inpatient_stay_arrives(loaded: duckdb.DuckDBPyConnection) -> None:
    """Stays that go on end where their records end, so none of them is lost."""
    visits = loaded.execute(query("inpatient_visits")).fetchall()
    stays = loaded.execute("SELECT count(*) FROM encounters WHERE encounterclass = 'inpatient'")
    assert sum(row[4] for row in visits) == stays.fetchall()[0][0]
    assert all(began <= ended for _, _, began, ended, _ in visits)
