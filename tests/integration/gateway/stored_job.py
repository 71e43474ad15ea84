"""A job whose patients are stored by the writer's own code, from a simulation made here."""

from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np

from services.writer.failures import Failures
from services.writer.handle_batch_generated import BatchGeneratedHandler
from shared.clock import SystemClock
from shared.db.pool import Database
from shared.jobs.failures import RetryPolicy
from shared.messages.batch_generated import BatchGenerated
from shared.records.body import slice_columns, to_record_batch, write_body
from shared.records.columns import Columns
from shared.records.digest import sector_digest
from shared.records.patient import PATIENT_SCHEMA, PATIENT_SCHEMA_VERSION
from shared.records.sector_result import SECTOR_RESULT_SCHEMA
from shared.scenarios import load_preset
from shared.simulation import simulate

PRESET = "teaching-20"
PATIENTS = 40
PART_PATIENTS = 10
SEED = 7


async def submit(http: httpx.AsyncClient) -> dict[str, Any]:
    """Submit a job of one sector with 40 patients in four parts (`part_patients` must be 10)."""
    response = await http.post(
        "/api/v1/jobs", json={"preset": PRESET, "count": PATIENTS, "seed": SEED}
    )
    job: dict[str, Any] = response.json()
    return job


async def store(
    database: Database,
    job: dict[str, Any],
    parts: int = PATIENTS // PART_PATIENTS,
    *,
    first_part: int = 0,
) -> Columns:
    """Store parts of the job from `first_part` to before `parts`; returns what was simulated. All
    four end the job.
    """
    lease_id = await _begin(database, job)
    simulated = simulate(load_preset(PRESET), SEED, 0, PATIENTS)
    patients = _placed(
        simulated.patients, ordinal=np.arange(PATIENTS), sector=np.zeros(PATIENTS, np.int32)
    )
    digest = np.frombuffer(sector_digest(simulated.patients, simulated.result), dtype="V32")
    result = _placed(
        simulated.result,
        sector=np.zeros(1, np.int32),
        first_ordinal=np.zeros(1, np.int64),
        digest=digest,
    )
    handler = BatchGeneratedHandler(
        database, SystemClock(), Failures(database, RetryPolicy(), Random())
    )
    for part_no in range(first_part, parts):
        first = part_no * PART_PATIENTS
        last = first + PART_PATIENTS
        ends = last == PATIENTS
        message = BatchGenerated(
            job_id=UUID(job["id"]),
            batch_no=0,
            lease_id=lease_id,
            dispatch_no=1,
            part_no=part_no,
            parts_total=PATIENTS // PART_PATIENTS,
            first_ordinal=first,
            last_ordinal=last - 1,
            schema_version=PATIENT_SCHEMA_VERSION,
            body=write_body(
                to_record_batch(PATIENT_SCHEMA, [slice_columns(patients, first, last)])
            ),
            sector_results=write_body(to_record_batch(SECTOR_RESULT_SCHEMA, [result]))
            if ends
            else b"",
        )
        await handler.handle(message)
    return patients


async def fail(database: Database, job: dict[str, Any]) -> None:
    """Let the job fail, as if its batches had died."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE batches SET state = 'dead', error = 'boom' WHERE job_id = $1", UUID(job["id"])
        )
        await connection.execute(
            "UPDATE jobs SET state = 'failed', error = 'boom', batches_dead = "
            "batches_total, started_at = now(), finished_at = now() "
            "WHERE job_id = $1",
            UUID(job["id"]),
        )


async def _begin(database: Database, job: dict[str, Any]) -> UUID:
    lease_id = uuid4()
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE jobs SET state = 'running', started_at = now(), sector_patients = $2 "
            "WHERE job_id = $1",
            UUID(job["id"]),
            PATIENTS,  # all in one sector: a job succeeds only with every sector's result
        )
        await connection.execute(
            "UPDATE batches SET state = 'generating', lease_id = $2, lease_expires_at = "
            "now() + interval '1 minute' WHERE job_id = $1",
            UUID(job["id"]),
            lease_id,
        )
    return lease_id


def _placed(columns: Columns, **places: np.ndarray) -> Columns:
    return replace(columns, flat={**columns.flat, **places})
