"""Stored bodies outlive the code: a schema may not change under its version, and every old version
stays readable.
"""

from pathlib import Path

import pyarrow as pa
import pytest

from shared.records.accepted_versions import ACCEPTED, StoredSchema, fingerprint, stored_schema
from shared.records.body import read_body
from shared.records.patient import PATIENT_SCHEMA, PATIENT_SCHEMA_VERSION
from shared.records.sector_result import SECTOR_RESULT_SCHEMA, SECTOR_RESULT_SCHEMA_VERSION
from tests.contract.golden.records.values import VALUES

GOLDEN = Path(__file__).parent / "golden" / "records"


@pytest.mark.parametrize(
    ("schema", "record", "version"),
    [
        (PATIENT_SCHEMA, "patient", PATIENT_SCHEMA_VERSION),
        (SECTOR_RESULT_SCHEMA, "sector_result", SECTOR_RESULT_SCHEMA_VERSION),
    ],
)
def test_a_schema_is_what_its_version_says(schema: pa.Schema, record: str, version: int) -> None:
    """A changed field needs a new version and a new row in the table of accepted ones."""
    assert stored_schema(schema) == StoredSchema(record, version)
    assert fingerprint(schema) == ACCEPTED[StoredSchema(record, version)]


@pytest.mark.parametrize("stored", ACCEPTED, ids=lambda stored: f"{stored.record}.{stored.version}")
def test_every_accepted_version_is_still_read(stored: StoredSchema) -> None:
    """The body of each version, as it was once written, gives the values that it was written
    with.
    """
    batch = read_body((GOLDEN / f"{stored.record}.{stored.version}.arrow").read_bytes())
    assert fingerprint(batch.schema) == ACCEPTED[stored]
    assert batch.to_pylist() == VALUES[stored.record, stored.version]


def test_a_changed_schema_would_be_noticed() -> None:
    """The fingerprint sees a renamed field, another width and another nullability, inside lists
    too.
    """
    changes = [
        PATIENT_SCHEMA.set(0, field)
        for field in (
            pa.field("number", pa.int64(), nullable=False),
            pa.field("ordinal", pa.int64()),
        )
    ]
    narrow = pa.field("events", pa.list_(pa.struct([pa.field("at_s", pa.int16())])), nullable=False)
    changes.append(PATIENT_SCHEMA.set(PATIENT_SCHEMA.get_field_index("events"), narrow))
    assert len({fingerprint(schema) for schema in [PATIENT_SCHEMA, *changes]}) == len(changes) + 1
