"""Single columns of Parquet: whatever is packed, a foreign reader finds the numbers and texts that
went in.
"""

import io
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from shared.encoders.formats import compile_kernels
from shared.encoders.parquet import page_kernel
from shared.encoders.parquet.column import Column, ColumnEncoder, Texts, plain_text
from shared.encoders.parquet.encode import encode
from shared.encoders.parquet.footer import MAGIC, file_metadata, write_footer
from shared.encoders.parquet.page_memory import page_memory
from shared.encoders.parquet.row_group import row_group
from shared.encoders.parquet.schema import ColumnType, Physical
from shared.records.columns import Nested
from tests.unit.encoders.sample import sample

TEXT = ColumnType(Physical.BYTE_ARRAY, 0, {1: (12, {})})
ROWS = (1, 7, 8, 9, 32, 33, 128, 129, 130, 1000)


def encoder(rows: int) -> ColumnEncoder:
    with page_memory(rows) as memory:
        return ColumnEncoder(rows, memory)


def read(column: Column, kind: ColumnType) -> Any:
    """The values that Arrow finds in a file of this column."""
    types = {"it": kind}
    pages, group = row_group({"it": column}, types, len(MAGIC))
    file = b"".join([MAGIC, *pages, write_footer(file_metadata(types, column.data.count, [group]))])
    return pq.read_table(io.BytesIO(file)).column("it").to_pylist()


@pytest.mark.parametrize("bits", [0, 1, 5, 8, 31, 32, 33, 40, 62])
@pytest.mark.parametrize("rows", ROWS)
def test_whole_numbers_come_back(rows: int, bits: int) -> None:
    """Differences of any width, negative ones too, and a last block of any length."""
    numbers = np.random.default_rng(rows).integers(-(1 << bits), 1 << bits, rows)
    assert read(encoder(rows).differences(numbers), ColumnType(Physical.INT64)) == numbers.tolist()


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_what_is_missing_is_null(rows: int, missing: int) -> None:
    """Whole numbers and scaled ones, of which some, all or none are missing."""
    numbers = np.random.default_rng(rows).integers(0, 2, rows)
    whole = [None if number == missing else number for number in numbers.tolist()]
    assert read(encoder(rows).differences(numbers, missing), ColumnType(Physical.INT64)) == whole
    tenths = [None if number is None else number / 10 for number in whole]
    assert read(encoder(rows).scaled(numbers, 10, missing), ColumnType(Physical.DOUBLE)) == tenths


@pytest.mark.parametrize("missing", [None, 5_000_000])
def test_scaled_numbers_far_apart_are_written_as_they_are(missing: int | None) -> None:
    """No dictionary is looked for in a span that is much wider than there are rows."""
    numbers = np.array([5_000_000, -3, 5_000_000, 7])
    column = encoder(4).scaled(numbers, 100, missing)
    assert column.dictionary is None
    assert read(column, ColumnType(Physical.DOUBLE)) == [
        None if number == missing else number / 100 for number in numbers.tolist()
    ]


@pytest.mark.parametrize("run", [1, 3, 8, 20])
@pytest.mark.parametrize("different", [1, 2, 5, 200, 300, 20_000, 70_000])
def test_texts_come_back(different: int, run: int) -> None:
    """Places of any width, in runs and without."""
    drawn = np.random.default_rng(run).permutation(np.arange(different + 40) % different)
    numbers = np.repeat(drawn, run).astype(np.int32)[: 70_050 if run == 1 else 4_000]
    texts = Texts(
        [plain_text(str(number)) for number in range(different)],
        np.arange(different, dtype=np.int32),
        0,
    )
    assert read(encoder(len(numbers)).named(numbers, texts), TEXT) == [
        str(number) for number in numbers.tolist()
    ]


def test_numbers_without_a_text_are_null() -> None:
    """A number may have no text, two may have the same, and the first need not be 0; what does not
    occur is not written.
    """
    texts = Texts(
        [plain_text(text) for text in ("a", "b", "c")], np.array([-1, 0, 1, 0, 2], np.int32), -1
    )
    column = encoder(5).named(np.array([-1, 0, 2, 1, 1], np.int16), texts)
    assert column.dictionary is not None
    assert (column.dictionary.count, column.nulls) == (2, 1)
    assert read(column, TEXT) == [None, "a", "a", "b", "b"]
    nothing = encoder(2).named(np.array([-1, -1], np.int16), texts)
    assert read(nothing, TEXT) == [None, None]


def test_items_are_counted_and_named_by_their_patient() -> None:
    """Patients without items have no rows."""
    lists = Nested(np.array([0, 2, 2, 5], np.int32), {})
    rows = encoder(5)
    assert read(rows.indices(lists), ColumnType(Physical.INT64)) == [0, 1, 0, 1, 2]
    assert (
        read(rows.ids_of_items("job-", np.array([8, 9, 1234]), lists), TEXT)
        == ["job-8"] * 2 + ["job-1234"] * 3
    )
    assert read(encoder(3).ids("job-", np.array([0, 10, 2**62])), TEXT) == [
        "job-0",
        "job-10",
        f"job-{2**62}",
    ]


def test_memory_is_lent_to_one_at_a_time() -> None:
    """Two that encode at once never share it; one that comes later gets it again."""
    with page_memory(10) as first, page_memory(10) as second:
        assert first is not second
    with page_memory(10) as third:
        assert third in {first, second}


def test_set_up_compiles_every_loop_for_all_that_comes() -> None:
    """An image's file system is read-only: what set-up has not compiled, each process would compile
    again.
    """
    compile_kernels()
    batch, context = sample("joint-operation")
    for table in ("patients", "treatments"):
        encode(batch, context, table)
        encode(batch.slice(7, 50), context, table)
    compiled: dict[str, Any] = {
        name: value for name, value in vars(page_kernel).items() if hasattr(value, "overloads")
    }
    kept = {
        name: len(value.overloads) for name, value in compiled.items() if value.stats.cache_path
    }
    assert set(kept.values()) == {1}
