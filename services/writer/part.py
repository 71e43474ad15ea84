"""A received part, read and checked before the database hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.writer.summary import summarise
from shared.errors import RejectedForGood
from shared.messages.batch_generated import BatchGenerated
from shared.records.body import from_record_batch, read_body, write_body
from shared.records.columns import Columns
from shared.records.patient import THIN_COLUMNS


@dataclass(frozen=True, slots=True)
class SectorRow:
    """One row of `sector_results`; its body is the sector's result alone."""

    sector: int
    digest: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class PartRows:
    """What is stored of a part beside its body."""

    thin: Columns
    summary: dict[str, Any]
    sectors: Sequence[SectorRow]


def read_part(message: BatchGenerated) -> PartRows:
    """Read the columns that the thin rows need, and the sector results.

    Raises:
        RejectedForGood: a body is unreadable, or does not hold the ordinals that the message names.
    """
    thin = from_record_batch(read_body(message.body, THIN_COLUMNS))
    expected = np.arange(message.first_ordinal, message.last_ordinal + 1)
    if not np.array_equal(thin.flat["ordinal"], expected):
        raise RejectedForGood(
            f"body: its ordinals are not {message.first_ordinal} to {message.last_ordinal}"
        )
    return PartRows(
        thin,
        summarise(thin),
        _sector_rows(message.sector_results) if message.sector_results else (),
    )


def _sector_rows(body: bytes) -> Sequence[SectorRow]:
    results = read_body(body)
    columns = results.select(["sector", "digest"]).to_pydict()
    return [
        SectorRow(sector, digest, write_body(results.slice(row, 1)))
        for row, (sector, digest) in enumerate(
            zip(columns["sector"], columns["digest"], strict=True)
        )
    ]
