from __future__ import annotations

import io
from datetime import date, timedelta
from uuid import UUID

from services.writer.copy import WIRE_TYPES, copy_stream
from shared.db.pool import Database
from shared.records.columns import Columns
from shared.records.cut import PartCut
from shared.records.patient import THIN_COLUMNS
from tests.integration.writer.parts import invent_patients

JOB = UUID("01890000-0000-7000-8000-000000000007")


async def test_the_stream_is_what_the_driver_would_send(database: Database) -> None:
    """Rows that the driver encoded one by one come back from the server as the very bytes that are
    made here in one go.
    """
    patients = invent_patients(PartCut(0, 5, 304), 100)
    thin = Columns(patients.rows, {name: patients.flat[name] for name in THIN_COLUMNS}, {})
    async with database.connection() as connection:
        await connection.execute("CREATE TEMPORARY TABLE encoded (LIKE patients)")
        await connection.copy_records_to_table(
            "encoded", records=_records(thin), columns=["job_id", *THIN_COLUMNS]
        )
        sent_back = io.BytesIO()
        await connection.copy_from_table(
            "encoded", output=sent_back, columns=["job_id", *THIN_COLUMNS], format="binary"
        )
    assert copy_stream(JOB, thin) == sent_back.getvalue()


def test_the_wire_has_the_thin_columns_in_order() -> None:
    """Record, stream and table agree."""
    assert tuple(WIRE_TYPES) == THIN_COLUMNS


def _records(thin: Columns) -> list[tuple[object, ...]]:
    columns = {name: thin.flat[name].tolist() for name in THIN_COLUMNS}
    columns["birth_date"] = [
        date(1970, 1, 1) + timedelta(days=days) for days in columns["birth_date"]
    ]
    return [(JOB, *row) for row in zip(*columns.values(), strict=True)]
