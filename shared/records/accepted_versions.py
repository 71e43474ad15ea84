"""Which stored schemas can be read: stored bodies outlive the code that wrote them."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa

from shared.errors import RejectedForGood


class StoredSchema(NamedTuple):
    """How a body says what it is, in its schema's metadata."""

    record: str
    version: int


# Each with the fingerprint of its fields. A row is added when a version is, and never changed.
ACCEPTED: Mapping[StoredSchema, str] = {
    StoredSchema("patient", 1): "ec5d684ac8b50edd3e755cb303ee57d5e0e5cdc2617748043cf8d1bd379b3e17",
    StoredSchema(
        "sector_result", 1
    ): "64546ae033eda97fdb2552a940e26dca7a42f6d90bc9c37b1fa66f74a1614025",
}


def fingerprint(schema: pa.Schema) -> str:
    """Return the SHA-256 of names, types and nullability, in order."""
    return hashlib.sha256(schema.remove_metadata().to_string().encode()).hexdigest()


def stored_schema(schema: pa.Schema) -> StoredSchema:
    """Read a body's own statement of what it is.

    Raises:
        RejectedForGood: the body says nothing, or names a version that this code does not know.
    """
    metadata = schema.metadata or {}
    record, version = metadata.get(b"record", b""), metadata.get(b"schema_version", b"")
    stored = StoredSchema(
        record.decode("ascii", "replace"), int(version) if version.isdigit() else 0
    )
    if stored not in ACCEPTED:
        known = ", ".join(f"{record} {version}" for record, version in ACCEPTED)
        raise RejectedForGood(
            f"body: schema {stored.record or 'without a name'} {stored.version} is not "
            f"one of {known}"
        )
    return stored
