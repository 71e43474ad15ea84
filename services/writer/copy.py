"""A part's thin rows as PostgreSQL's binary COPY stream, made in one go from its columns: no row is
ever a Python object.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import numpy as np

from shared.db.pool import Connection
from shared.records.columns import Columns

COPY_TIMEOUT_S = 30.0

# The table's columns after job_id, with their width on the wire; the record's own may be narrower.
WIRE_TYPES = {
    "ordinal": ">i8",
    "sector": ">i4",
    "family_id": ">i4",
    "given_id": ">i4",
    "birth_date": ">i4",
    "sex": ">i2",
    "nation": ">i2",
    "branch": ">i2",
    "category": ">i2",
    "mechanism": ">i2",
    "triage_first": ">i2",
    "iss": ">i2",
    "outcome": ">i2",
    "role_last": ">i2",
    "injured_at_s": ">i4",
    "ended_at_s": ">i4",
}

_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEADER = _SIGNATURE + bytes(8)  # no flags, no header extension
_TRAILER = b"\xff\xff"
_EPOCH_DAYS = 10_957  # Arrow counts days from 1970, PostgreSQL from 2000
_UUID_BYTES = 16


def _row_type() -> np.dtype[np.void]:
    """Field count, then each field's length and value, packed and big-endian."""
    fields: list[tuple[str, str]] = [
        ("fields", ">i2"),
        ("job_id_bytes", ">i4"),
        ("job_id", f"V{_UUID_BYTES}"),
    ]
    for name, wire_type in WIRE_TYPES.items():
        fields += [(f"{name}_bytes", ">i4"), (name, wire_type)]
    return np.dtype(fields)


def _empty_row() -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """A row whose counts and lengths are already there, for every row has the same."""
    row = np.zeros(1, dtype=_row_type())
    row["fields"] = len(WIRE_TYPES) + 1
    row["job_id_bytes"] = _UUID_BYTES
    for name, wire_type in WIRE_TYPES.items():
        row[f"{name}_bytes"] = np.dtype(wire_type).itemsize
    return row


_EMPTY_ROW = _empty_row()


def copy_stream(job_id: UUID, thin: Columns) -> bytes:
    """Return the whole stream for these rows; `thin` has the columns of `THIN_COLUMNS`."""
    rows = np.repeat(_EMPTY_ROW, thin.rows)
    rows["job_id"] = np.void(job_id.bytes)
    for name in WIRE_TYPES:
        rows[name] = thin.flat[name]
    rows["birth_date"] -= _EPOCH_DAYS
    return b"".join((_HEADER, rows.data, _TRAILER))


async def copy_patients(connection: Connection, job_id: UUID, thin: Columns) -> None:
    """Copy the rows into `patients`, in the caller's transaction."""
    stream = copy_stream(job_id, thin)

    async def whole() -> AsyncIterator[bytes]:
        yield stream

    await connection.copy_to_table(
        "patients",
        source=whole(),
        columns=["job_id", *WIRE_TYPES],
        format="binary",
        timeout=COPY_TIMEOUT_S,
    )
