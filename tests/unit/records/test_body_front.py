"""Columns are read from a body's first bytes."""

from pathlib import Path

import pyarrow as pa
import pytest

from shared.errors import RejectedForGood
from shared.records.accepted_versions import ACCEPTED
from shared.records.body import SMALL_BYTES, read_body, write_body
from shared.records.body_front import front_bytes_max, read_front
from tests.unit.encoders.sample import sample

COLUMNS = ["family_id", "given_id", "service_number"]
GOLDEN = Path(__file__).parents[2] / "contract" / "golden" / "records"


def large() -> pa.RecordBatch:
    """So many patients that the body is compressed with zstd, as those of real jobs are."""
    batch = (
        pa.Table.from_batches([sample("joint-operation")[0]] * 20).combine_chunks().to_batches()[0]
    )
    assert batch.nbytes > SMALL_BYTES
    return batch


@pytest.mark.parametrize(
    "batch", [large(), sample("joint-operation")[0].slice(0, 40)], ids=["zstd", "LZ4"]
)
def test_a_front_says_what_the_whole_says(batch: pa.RecordBatch) -> None:
    """The named columns are the body's own, though nothing of what lies behind them is there."""
    body = write_body(batch)
    front = body[: front_bytes_max(COLUMNS, batch.num_rows)]
    assert read_front(front, len(body), COLUMNS) == read_body(body, COLUMNS)


@pytest.mark.parametrize(
    "stored",
    [each for each in ACCEPTED if each.record == "patient"],
    ids=lambda stored: f"{stored.version}",
)
def test_every_accepted_version_has_them_at_its_front(stored: object) -> None:
    """Bodies that were once written are read by their fronts, too."""
    body = (GOLDEN / f"{stored.record}.{stored.version}.arrow").read_bytes()  # type: ignore[attr-defined]
    whole = read_body(body, COLUMNS)
    assert read_front(body[: front_bytes_max(COLUMNS, whole.num_rows)], len(body), COLUMNS) == whole


def test_what_is_cut_too_short_is_refused() -> None:
    """A column that is missing in part is an error, never wrong numbers."""
    body = write_body(large())
    with pytest.raises(RejectedForGood):
        read_front(body[:4_000], len(body), COLUMNS)


def test_columns_behind_a_list_have_no_front() -> None:
    """How long the lists before them are is not known."""
    with pytest.raises(ValueError, match="outcome"):
        front_bytes_max(["outcome"], 10)
