"""Runs of stored patients: what is rendered at once to read, search or collect resources."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from uuid import UUID

import orjson

from services.gateway.fhir.narrowing import Narrowing, columns_of, find_runs
from services.gateway.fhir.position import START, Position
from services.gateway.rendering.parts import EVER, StoredPart, Written, stored_parts
from services.gateway.rendering.render import Slice
from services.gateway.rendering.render_pool import RenderPool
from shared.db.named_queries import load_queries
from shared.db.pool import Database
from shared.encoders.fhir.ids import ORDINAL_OF_JOB, ResourceId
from shared.jobs.read import Job, to_job
from shared.records.body_front import front_bytes_max
from shared.records.identifiers import ordinal_of

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))

RUN_GROWTH = 4
RESOURCES_FORMAT = "fhir-ndjson"


@dataclass(frozen=True, slots=True)
class Run:
    """Rows `start` to before `stop` of a stored part; `passed_over` rows lie between them and the
    run before.
    """

    job: Job
    part: StoredPart
    start: int
    stop: int
    passed_over: int = 0

    @property
    def patients(self) -> int:
        return self.stop - self.start

    @property
    def behind(self) -> Position:
        """The place behind its last patient."""
        return Position(self.job.job_id, self.part.first_ordinal + self.stop, 0)

    async def render(
        self, pool: RenderPool, resource_type: str, format_name: str = RESOURCES_FORMAT
    ) -> list[bytes]:
        """Return the run's resources of a type, or its documents of another format, each one line
        of JSON.
        """
        if not self.patients:
            return []
        wanted = Slice(
            format=format_name,
            table=resource_type,
            scenario=orjson.dumps(self.job.scenario),
            job_id=self.job.job_id,
            written_at=self.part.written_at,
            first_ordinal=self.part.first_ordinal,
            start=self.start,
            stop=self.stop,
        )
        return (await pool.render(wanted, self.part.body.load)).splitlines()


@dataclass(frozen=True, slots=True)
class Tenant:
    """The stored patients of one tenant's jobs."""

    database: Database
    tenant_id: UUID

    async def named(self, ids: Iterable[ResourceId]) -> AsyncGenerator[Run]:
        """Each of these patients that is stored, in order."""
        ordered = sorted(set(ids), key=lambda found: (found.job_id, found.ordinal))
        for job_id, of_job in groupby(ordered, key=lambda found: found.job_id):
            job = await self.find_job(job_id)
            if job is not None:
                async with aclosing(self._rows(job, [each.ordinal for each in of_job])) as runs:
                    async for run in runs:
                        yield run

    async def job_firsts(self, start: Position) -> AsyncGenerator[Run]:
        """The first patient of each job from a place on: with it the resources of the whole job are
        written.
        """
        async with aclosing(self._jobs(start)) as jobs:
            async for job in jobs:
                async with aclosing(
                    stored_parts(self.database, job.job_id, ORDINAL_OF_JOB, ORDINAL_OF_JOB)
                ) as parts:
                    async for part in parts:
                        yield _run(job, part, ORDINAL_OF_JOB)

    async def all(
        self, start: Position, written: Written = EVER, *, first_run: int, run_max: int
    ) -> AsyncGenerator[Run]:
        """All patients from a place on. Runs begin with `first_run` patients and grow to `run_max`,
        for a search that finds little.
        """
        patients = min(first_run, run_max)
        async with aclosing(self._parts(start, written)) as parts:
            async for job, part in parts:
                row, end = part.wanted_rows
                while row < end:
                    run = Run(job, part, row, min(row + patients, end))
                    yield run
                    row, patients = run.stop, min(patients * RUN_GROWTH, run_max)

    async def fitting(
        self,
        pool: RenderPool,
        start: Position,
        written: Written,
        narrowings: Sequence[Narrowing],
        *,
        run_max: int,
    ) -> AsyncGenerator[Run]:
        """Patients from a place on whom nothing in `narrowings` rules out. Each part ends with a
        run, which may be without patients.
        """
        names = columns_of(narrowings)
        async with aclosing(self._parts(start, written)) as parts:
            async for job, part in parts:
                row, end = part.wanted_rows
                front, size = await part.body.load_front(front_bytes_max(names, part.patients))
                for first, stop in await pool.call(find_runs, front, size, narrowings, row, end):
                    for place in range(first, stop, run_max):
                        yield Run(job, part, place, min(place + run_max, stop), place - row)
                        row = min(place + run_max, stop)
                yield Run(job, part, end, end, end - row)

    async def _parts(
        self, start: Position, written: Written
    ) -> AsyncGenerator[tuple[Job, StoredPart]]:
        async with aclosing(self._jobs(start)) as jobs:
            async for job in jobs:
                first = start.ordinal if job.job_id == start.job_id else 0
                async with aclosing(
                    stored_parts(
                        self.database, job.job_id, first, job.patients_requested - 1, written
                    )
                ) as parts:
                    async for part in parts:
                        yield job, part

    async def _rows(self, job: Job, ordinals: list[int]) -> AsyncGenerator[Run]:
        """One run a patient; neighbours share the part that was fetched."""
        part: StoredPart | None = None
        for ordinal in ordinals:
            if part is None or ordinal > part.wanted_last:
                async with aclosing(
                    stored_parts(self.database, job.job_id, ordinal, ordinals[-1])
                ) as parts:
                    part = await anext(parts, None)
            if part is None:
                return
            if ordinal >= part.wanted_first:
                yield _run(job, part, ordinal)

    async def _jobs(self, start: Position) -> AsyncGenerator[Job]:
        job_id = start.job_id
        while (job := await self._job("next_job", job_id)) is not None:
            yield job
            job_id = UUID(int=job.job_id.int + 1)

    async def find_job(self, job_id: UUID) -> Job | None:
        """Return a job of the tenant that has patients stored."""
        return await self._job("find_job", job_id)

    async def numbered(self, numbers: Iterable[int]) -> AsyncGenerator[ResourceId]:
        """The patients of all jobs who have one of these numbers, stored or not."""
        async with aclosing(self._jobs(START)) as jobs:
            async for job in jobs:
                for number in numbers:
                    ordinal = ordinal_of(number, job.job_id, job.patients_requested)
                    if ordinal is not None:
                        yield ResourceId(job.job_id, ordinal)

    async def count_patients(self) -> int:
        """How many patients are stored."""
        async with self.database.connection() as connection:
            count: int = await connection.fetchval(QUERIES["count_patients"], self.tenant_id)
        return count

    async def _job(self, query: str, job_id: UUID) -> Job | None:
        async with self.database.connection() as connection:
            row = await connection.fetchrow(QUERIES[query], self.tenant_id, job_id)
        return None if row is None else to_job(row)


def _run(job: Job, part: StoredPart, ordinal: int) -> Run:
    row = ordinal - part.first_ordinal
    return Run(job, part, row, row + 1)
