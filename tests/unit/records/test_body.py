import numpy as np
import pyarrow as pa
import pytest

from shared.errors import RejectedForGood
from shared.records.body import (
    from_record_batch,
    read_body,
    slice_columns,
    to_record_batch,
    write_body,
)
from shared.records.columns import Columns
from shared.records.digest import sector_digest
from shared.records.patient import PATIENT_SCHEMA, THIN_COLUMNS
from shared.records.sector_result import SECTOR_RESULT_SCHEMA
from tests.unit.records.invented_columns import invent

# what a compressed frame begins with
MAGIC = {"lz4": bytes.fromhex("04224d18"), "zstd": bytes.fromhex("28b52ffd")}


def test_several_columns_become_one_batch_and_come_back() -> None:
    """Rows keep their order and their lists, wherever the cuts were."""
    parts = [invent(PATIENT_SCHEMA, rows, seed=rows) for rows in (3, 1, 5)]
    batch = to_record_batch(PATIENT_SCHEMA, parts)
    batch.validate(full=True)
    read = read_body(write_body(batch))
    assert read.equals(batch)
    for part, (start, stop) in zip(parts, ((0, 3), (3, 4), (4, 9)), strict=True):
        assert_same(slice_columns(from_record_batch(read), start, stop), part)
        assert_same(from_record_batch(read.slice(start, stop - start)), part)


def assert_same(found: Columns, expected: Columns) -> None:
    assert found.rows == expected.rows
    for name, values in expected.flat.items():
        np.testing.assert_array_equal(found.flat[name], values)
    for name, lists in expected.nested.items():
        np.testing.assert_array_equal(found.nested[name].offsets, lists.offsets)
        for field, values in lists.values.items():
            np.testing.assert_array_equal(found.nested[name].values[field], values)


def test_a_batch_is_looked_at_under_the_names_of_its_schema() -> None:
    """Flat columns and lists stand apart, in the schema's order; an unknown name is refused as a
    mapping does it.
    """
    found = from_record_batch(to_record_batch(PATIENT_SCHEMA, [invent(PATIENT_SCHEMA, 2, seed=1)]))
    assert [name for name in PATIENT_SCHEMA.names if name in found.flat] == list(found.flat)
    assert [*found.flat, *found.nested] == sorted(
        PATIENT_SCHEMA.names, key=lambda name: name in found.nested
    )
    assert len(found.flat) + len(found.nested) == len(PATIENT_SCHEMA.names)
    vitals = found.nested["vitals"].values
    assert list(vitals) == [field.name for field in PATIENT_SCHEMA.field("vitals").type.value_type]
    assert vitals["at_s"] is vitals["at_s"]
    assert "events" not in found.flat
    assert "ordinal" not in found.nested
    assert "height" not in vitals


def test_a_sector_result_with_its_digest_comes_back() -> None:
    """Fixed-size binary columns keep every byte, trailing zeros too."""
    columns = invent(SECTOR_RESULT_SCHEMA, 2, seed=1)
    digests = np.array([b"\x01" + b"\x00" * 31, b"\x02" * 32], dtype="V32")
    result = Columns(2, {**columns.flat, "digest": digests}, columns.nested)
    batch = read_body(write_body(to_record_batch(SECTOR_RESULT_SCHEMA, [result])))
    assert batch.column("digest").to_pylist() == [b"\x01" + b"\x00" * 31, b"\x02" * 32]
    assert from_record_batch(batch).flat["digest"].tobytes() == digests.tobytes()


def test_named_columns_alone_are_returned_in_the_order_asked() -> None:
    """A reader of thin rows gets these columns and no other."""
    columns = invent(PATIENT_SCHEMA, 4, seed=1)
    batch = read_body(write_body(to_record_batch(PATIENT_SCHEMA, [columns])), THIN_COLUMNS)
    assert tuple(batch.schema.names) == THIN_COLUMNS
    np.testing.assert_array_equal(batch.column("iss").to_numpy(), columns.flat["iss"])


@pytest.mark.parametrize(("rows", "codec", "other"), [(2, "lz4", "zstd"), (2_000, "zstd", "lz4")])
def test_small_and_large_batches_come_back_alike(rows: int, codec: str, other: str) -> None:
    """The codec follows the size, and readers need not know it."""
    batch = to_record_batch(PATIENT_SCHEMA, [invent(PATIENT_SCHEMA, rows, seed=1)])
    body = write_body(batch)
    assert MAGIC[codec] in body
    assert MAGIC[other] not in body
    assert read_body(body).equals(batch)


def test_an_unknown_column_is_a_defect() -> None:
    """A name that the schema does not have is not silently left out."""
    body = write_body(to_record_batch(PATIENT_SCHEMA, [invent(PATIENT_SCHEMA, 1, seed=1)]))
    with pytest.raises(KeyError, match="shoe_size"):
        read_body(body, ["shoe_size"])


def test_no_rows_at_all_is_a_body_too() -> None:
    """An empty batch survives the way there and back."""
    batch = to_record_batch(PATIENT_SCHEMA, [invent(PATIENT_SCHEMA, 0, seed=1)])
    assert read_body(write_body(batch)).num_rows == 0


@pytest.mark.parametrize(
    "values",
    [np.zeros(2, np.int64), np.zeros(3, np.int8), np.zeros(2, np.float16)],
    ids=["width", "length", "kind"],
)
def test_a_column_of_another_type_is_a_defect(values: np.ndarray) -> None:
    """Numpy memory is only handed over under a type of the same width, kind and length."""
    columns = invent(PATIENT_SCHEMA, 2, seed=1)
    with pytest.raises(ValueError, match=r"iss: .* cannot be 2 values of int8"):
        to_record_batch(
            PATIENT_SCHEMA, [Columns(2, {**columns.flat, "iss": values}, columns.nested)]
        )


def stream(batch: pa.RecordBatch, times: int = 1) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        for _ in range(times):
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def patients(metadata: dict[str, str]) -> pa.RecordBatch:
    return to_record_batch(
        PATIENT_SCHEMA, [invent(PATIENT_SCHEMA, 2, seed=1)]
    ).replace_schema_metadata(metadata)


KNOWN = {"record": "patient", "schema_version": "1"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not a readable Arrow stream"),
        (b"\x00" * 64, "not a readable Arrow stream"),
        (stream(patients(KNOWN))[:-200], "not a readable Arrow stream"),
        (
            stream(patients({"record": "patient", "schema_version": "999"})),
            "schema patient 999 is not one of patient 1",
        ),
        (
            stream(patients({"record": "patient", "schema_version": "one"})),
            "schema patient 0 is not",
        ),
        (stream(patients({})), "schema without a name 0 is not"),
        (stream(patients(KNOWN), times=0), "0 record batches, must be 1"),
        (stream(patients(KNOWN), times=2), "2 record batches, must be 1"),
    ],
)
def test_what_is_no_body_is_rejected_for_good(body: bytes, problem: str) -> None:
    """A damaged or foreign body is named as such; it never reaches the reader."""
    with pytest.raises(RejectedForGood, match=problem):
        read_body(body)


def test_offsets_that_leave_their_values_are_rejected() -> None:
    """A body whose lists point outside their values would be read from foreign memory."""
    columns = invent(PATIENT_SCHEMA, 2, seed=1)
    events = columns.nested["events"]
    broken = type(events)(np.array([0, 50_000, events.offsets[-1]], np.int32), events.values)
    batch = to_record_batch(
        PATIENT_SCHEMA, [Columns(2, columns.flat, {**columns.nested, "events": broken})]
    )
    with pytest.raises(RejectedForGood, match="body: "):
        read_body(write_body(batch))


def test_a_digest_ignores_batching_and_place() -> None:
    """Cut out of a body of several sectors and renumbered, a sector keeps its digest."""
    sectors = [invent(PATIENT_SCHEMA, 20, seed=seed) for seed in (1, 2)]
    result = invent(SECTOR_RESULT_SCHEMA, 1, seed=1)
    read = from_record_batch(read_body(write_body(to_record_batch(PATIENT_SCHEMA, sectors))))
    cut = slice_columns(read, 20, 40)
    moved = Columns(
        20,
        {**cut.flat, "ordinal": cut.flat["ordinal"] + 7, "sector": cut.flat["sector"] + 1},
        cut.nested,
    )
    elsewhere = Columns(1, {**result.flat, "first_ordinal": np.array([9])}, result.nested)
    assert (
        sector_digest(moved, elsewhere)
        == sector_digest(sectors[1], result)
        != sector_digest(sectors[0], result)
    )


@pytest.mark.parametrize(
    "name", [field.name for field in PATIENT_SCHEMA if field.name not in {"ordinal", "sector"}]
)
def test_a_digest_sees_every_patient_column(name: str) -> None:
    """One changed value in any column is another sector."""
    patients_, result = invent(PATIENT_SCHEMA, 20, seed=3), invent(SECTOR_RESULT_SCHEMA, 1, seed=3)
    before = sector_digest(patients_, result)
    array = (
        patients_.flat[name]
        if name in patients_.flat
        else next(iter(patients_.nested[name].values.values()))
    )
    array[0] += 1
    assert sector_digest(patients_, result) != before


def test_a_digest_sees_the_sector_result() -> None:
    """What planners look at is part of the sector."""
    patients_, result = invent(PATIENT_SCHEMA, 2, seed=3), invent(SECTOR_RESULT_SCHEMA, 1, seed=3)
    before = sector_digest(patients_, result)
    result.flat["ended_at_s"][0] += 1
    assert sector_digest(patients_, result) != before
