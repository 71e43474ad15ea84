"""OMOP's tables in a real PostgreSQL, under the constraints of the common data model."""

import io
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.encoders.formats import FORMATS
from tests.integration.formats.omop_tables import COLUMNS, columns_of, definitions
from tests.unit.encoders.plain_documents import documents
from tests.unit.encoders.sample import sample

PRESET = "brigade-conventional"
OMOP = FORMATS["omop"]


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(empty_database_url)
    for statement in definitions():
        await connection.execute(statement)
    yield connection
    await connection.close()


async def load(database: asyncpg.Connection, table: str, data: bytes) -> None:
    await database.copy_to_table(table, source=io.BytesIO(data), format="csv", header=True)


async def test_all_tables_load_with_their_keys_and_references(database: asyncpg.Connection) -> None:
    """Every row satisfies types, lengths, not-null, unique keys and references; the counts are the
    records'.
    """
    batch, context = sample(PRESET)
    for table in OMOP.tables:
        data = OMOP.encode(batch, context, table)
        assert data.split(b"\r\n")[0].decode() == ",".join(columns_of(table))
        await load(database, table, data)
    patients = documents(batch, context)
    deaths = sum(patient["outcome"] in ("kia", "dow", "died_non_battle") for patient in patients)
    assert await database.fetchval("SELECT count(*) FROM person") == len(patients)
    assert await database.fetchval("SELECT count(*) FROM death") == deaths
    outcomes = await database.fetch(
        "SELECT person_source_value AS id, value_as_string AS outcome, "
        "observation_datetime AS at FROM observation "
        "JOIN person USING (person_id) WHERE observation_source_value = 'outcome'"
    )
    found = {row["id"]: (row["outcome"], f"{row['at'].isoformat()}Z") for row in outcomes}
    assert found == {
        patient["id"]: (patient["outcome"], patient["ended_at"]) for patient in patients
    }
    assert set(OMOP.tables) == set(COLUMNS)


async def test_the_constraints_catch_faults(database: asyncpg.Connection) -> None:
    """A row about nobody and a missing date are refused, so that passing them means something."""
    batch, context = sample(PRESET)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await load(database, "visit_occurrence", OMOP.encode(batch, context, "visit_occurrence"))
    person = OMOP.encode(batch, context, "person").replace(b"\r\n1,", b"\r\n,", 1)
    with pytest.raises(asyncpg.NotNullViolationError):
        await load(database, "person", person)
