"""An export as encoded slices in order, some rendered ahead while earlier ones are sent."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

import orjson
import pyarrow as pa

from services.gateway.exports.wanted import Wanted
from services.gateway.rendering.parts import EVER, Written, stored_parts
from services.gateway.rendering.render import NO_PART, Slice
from services.gateway.rendering.render_pool import Load, RenderPool
from shared.db.pool import Database
from shared.jobs.read import Job
from shared.records.body import write_body
from shared.records.patient import PATIENT_SCHEMA

SLICES_AHEAD_MAX = 2
EMPTY_BODY = write_body(pa.RecordBatch.from_pylist([], PATIENT_SCHEMA))


@dataclass(frozen=True, slots=True)
class RenderedSlice:
    """The encoded bytes of so many patients."""

    patients: int
    data: bytes


async def rendered_slices(
    pool: RenderPool, database: Database, job: Job, wanted: Wanted, written: Written = EVER
) -> AsyncGenerator[RenderedSlice]:
    """Every slice in order.

    One without patients comes first where a file begins with the job, and the job's first patients
    are not stored: its header and what belongs to the whole job stand before all patients. A file
    whose ranges cannot be joined has a form even with nobody in it.
    """
    under_way: deque[asyncio.Task[RenderedSlice]] = deque()
    try:
        async with aclosing(_slices(database, job, wanted, written)) as slices:
            async for slice_, load in slices:
                under_way.append(asyncio.create_task(_render(pool, slice_, load)))
                if len(under_way) >= SLICES_AHEAD_MAX:
                    yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()


async def _slices(
    database: Database, job: Job, wanted: Wanted, written: Written
) -> AsyncGenerator[tuple[Slice, Load]]:
    scenario = orjson.dumps(job.scenario)
    whole = Slice(
        format=wanted.name,
        table=wanted.table,
        scenario=scenario,
        job_id=job.job_id,
        written_at=job.created_at,
        first_ordinal=NO_PART,
        start=0,
        stop=0,
        options=wanted.options,
        keep=wanted.keep,
    )
    begun = False
    async with aclosing(
        stored_parts(database, job.job_id, wanted.first, wanted.last, written)
    ) as parts:
        async for part in parts:
            if not begun and wanted.first == 0 < part.wanted_first and wanted.format.joinable:
                yield whole, _no_patients
            begun = True
            for start, stop in part.cut(wanted.format.slice_patients):
                slice_ = replace(
                    whole,
                    written_at=part.written_at,
                    first_ordinal=part.first_ordinal,
                    start=start,
                    stop=stop,
                )
                yield slice_, part.body.load
    if not begun and (wanted.first == 0 or not wanted.format.joinable):
        yield whole, _no_patients


async def _render(pool: RenderPool, slice_: Slice, load: Load) -> RenderedSlice:
    return RenderedSlice(slice_.stop - slice_.start, await pool.render(slice_, load))


async def _no_patients() -> bytes:
    return EMPTY_BODY
