"""Simulated patients to encode, and the context they are encoded in."""

from datetime import UTC, datetime
from functools import cache
from uuid import UUID

import numpy as np
import pyarrow as pa

from shared.encoders.interface.context import EncodingContext
from shared.records.body import to_record_batch
from shared.records.columns import Columns
from shared.records.patient import PATIENT_SCHEMA
from shared.scenarios import load_preset
from shared.simulation import simulate

JOB_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
PATIENTS = 300


@cache
def sample(preset: str) -> tuple[pa.RecordBatch, EncodingContext]:
    """One sector of 300 patients with ordinals from 0."""
    scenario = load_preset(preset)
    patients = simulate(scenario, 11, 0, PATIENTS).patients
    places = {
        "ordinal": np.arange(PATIENTS, dtype=np.int64),
        "sector": np.zeros(PATIENTS, np.int32),
    }
    batch = to_record_batch(
        PATIENT_SCHEMA, [Columns(PATIENTS, {**patients.flat, **places}, patients.nested)]
    )
    return batch, EncodingContext(scenario, JOB_ID, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
