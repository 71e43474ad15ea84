"""Parts of a claimed batch with invented patients, as a generator would send them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from shared.jobs.claim import ClaimedBatch
from shared.messages.batch_generated import BatchGenerated
from shared.records.body import to_record_batch, write_body
from shared.records.columns import Columns
from shared.records.cut import BatchSpec, PartCut, cut_parts
from shared.records.patient import PATIENT_SCHEMA
from shared.records.sector_result import SECTOR_RESULT_SCHEMA
from tests.unit.records.invented_columns import invent


def invent_part(batch: ClaimedBatch, part_no: int = 0) -> BatchGenerated:
    """The same batch and part give the same bytes."""
    spec = batch.spec
    cut = list(cut_parts(spec.first_ordinal, spec.patients, spec.part_patients))[part_no]
    return BatchGenerated(
        job_id=batch.job_id,
        batch_no=batch.batch_no,
        lease_id=batch.lease_id,
        dispatch_no=batch.dispatch_no,
        part_no=part_no,
        parts_total=batch.parts_total,
        first_ordinal=cut.first_ordinal,
        last_ordinal=cut.last_ordinal,
        schema_version=1,
        body=write_body(
            to_record_batch(PATIENT_SCHEMA, [invent_patients(cut, spec.sector_patients)])
        ),
        sector_results=_sector_results(spec, cut),
    )


def invent_patients(cut: PartCut, sector_patients: int) -> Columns:
    rows = cut.last_ordinal - cut.first_ordinal + 1
    invented = invent(PATIENT_SCHEMA, rows, seed=cut.first_ordinal)
    ordinals = np.arange(cut.first_ordinal, cut.last_ordinal + 1)
    placed = {"ordinal": ordinals, "sector": (ordinals // sector_patients).astype(np.int32)}
    return replace(invented, flat={**invented.flat, **placed})


def _sector_results(spec: BatchSpec, cut: PartCut) -> bytes:
    """One row for each sector that ends in the part."""
    stop = spec.first_ordinal + spec.patients
    ends = {
        spec.first_sector + n: min(spec.first_ordinal + (n + 1) * spec.sector_patients, stop) - 1
        for n in range(spec.sectors)
    }
    rows = [
        _sector_result(sector)
        for sector, end in ends.items()
        if cut.first_ordinal <= end <= cut.last_ordinal
    ]
    return write_body(to_record_batch(SECTOR_RESULT_SCHEMA, rows)) if rows else b""


def _sector_result(sector: int) -> Columns:
    invented = invent(SECTOR_RESULT_SCHEMA, 1, seed=sector)
    named = {
        "sector": np.array([sector], np.int32),
        "digest": np.frombuffer(sector_digest(sector), dtype="V32"),
    }
    return replace(invented, flat={**invented.flat, **named})


def sector_digest(sector: int) -> bytes:
    """A digest that says its sector."""
    return hashlib.sha256(str(sector).encode()).digest()
