"""Parquet files, alone and joined."""

import csv as plain_csv
import io
from datetime import datetime
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.encoders.casualty.flat_tables import TABLES
from shared.encoders.csv import encode as csv
from shared.encoders.parquet import encode as parquet
from shared.encoders.parquet.assembly import ParquetAssembly
from tests.unit.encoders.sample import PATIENTS, sample

PRESET = "joint-operation"


def read(file: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(file))


@pytest.mark.parametrize("table", TABLES)
def test_parquet_agrees_with_csv(table: str) -> None:
    """The same rows, columns and values, typed: times are moments in UTC, dates are dates, what is
    missing is null.
    """
    batch, context = sample(PRESET)
    typed = read(parquet.encode(batch, context, table))
    rows = list(
        plain_csv.DictReader(io.StringIO(csv.encode(batch, context, table).decode(), newline=""))
    )
    assert typed.column_names == list(rows[0])
    for row, values in zip(rows, typed.to_pylist(), strict=True):
        for name, value in values.items():
            assert shown(value) == row[name] or float(value) == float(row[name]), name


def shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "cuts", [(0, 300), (0, 1, 300), (0, 100, 200, 300), tuple(range(0, 301, 10))]
)
def test_joined_files_are_one(table: str, cuts: tuple[int, ...]) -> None:
    """However many row groups there are, the joined file reads as the file of all patients."""
    batch, context = sample(PRESET)
    assembly = ParquetAssembly()
    pieces = [
        parquet.encode(batch.slice(start, stop - start), context, table)
        for start, stop in pairwise(cuts)
    ]
    joined = b"".join([*map(assembly.add, pieces), assembly.end()])
    assert read(joined).equals(read(parquet.encode(batch, context, table)))
    description = pq.ParquetFile(io.BytesIO(joined)).metadata
    assert description.num_row_groups == len(cuts) - 1
    assert cuts[-1] == PATIENTS


def test_row_groups_say_the_bounds_of_their_numbers_and_times() -> None:
    """A reader passes over row groups by ordinals and times without reading them; bounds of texts
    are left out.
    """
    batch, context = sample(PRESET)
    file = pq.ParquetFile(io.BytesIO(parquet.encode(batch, context, "patients")))
    group = file.metadata.row_group(0)
    columns = {
        group.column(index).path_in_schema: group.column(index)
        for index in range(group.num_columns)
    }
    moments = file.read(["injured_at"]).column("injured_at").to_pylist()
    assert (columns["ordinal"].statistics.min, columns["ordinal"].statistics.max) == (
        0,
        PATIENTS - 1,
    )
    assert (columns["injured_at"].statistics.min, columns["injured_at"].statistics.max) == (
        min(moments),
        max(moments),
    )
    assert not columns["patient_id"].statistics.has_min_max


@pytest.mark.parametrize("table", TABLES)
def test_the_same_patients_are_the_same_bytes(table: str) -> None:
    """A client that fetches a file in pieces, from whichever process, puts together one file."""
    batch, context = sample(PRESET)
    file = parquet.encode(batch, context, table)
    for other in TABLES:
        parquet.encode(batch.slice(5, 90), context, other)
    assert parquet.encode(batch, context, table) == file


def test_a_file_without_patients_has_its_columns() -> None:
    """An export of nothing is still a file that reads."""
    batch, context = sample(PRESET)
    assembly = ParquetAssembly()
    empty = read(
        assembly.add(parquet.encode(batch.slice(0, 0), context, "vitals")) + assembly.end()
    )
    assert empty.num_rows == 0
    assert empty.column_names == read(parquet.encode(batch, context, "vitals")).column_names


def test_nothing_at_all_is_no_file() -> None:
    """Without a single piece there is no schema to write."""
    with pytest.raises(ValueError, match="schema"):
        ParquetAssembly().end()
