"""Submissions, dispatches, claims, parts, failures, expiries and people's actions in any order."""

from __future__ import annotations

import asyncio
import hashlib
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from shared.config import DatabaseSettings
from shared.db.pool import Database
from shared.errors import Conflict, NotFound
from shared.jobs.actions import cancel, pause, purge, redrive, resume
from shared.jobs.claim import ClaimedBatch
from shared.jobs.dispatch import Dispatched, DispatchLimits
from shared.jobs.expiry import Expiry, expire_job, find_expired_jobs
from shared.jobs.failures import RetryPolicy, record_failure
from shared.jobs.leases import LeaseLost, LeaseStatus, release, renew
from shared.jobs.states import JOB_MOVES, STORING, BatchState, JobState
from tests.integration.jobs.world import World, sector_digest

Answer = TypeVar("Answer")

POLICY = RetryPolicy(failures_max=2, pause_s=0.0)
COUNTS = """
SELECT j.job_id, j.state, j.patients_persisted, j.batches_done, j.batches_dead, j.digest, j.sector_patients, j.patients_requested,
    (SELECT coalesce(sum(last_ordinal - first_ordinal + 1), 0) FROM patient_parts AS p WHERE p.job_id = j.job_id) AS stored,
    (SELECT count(*) FROM batches AS b WHERE b.job_id = j.job_id AND b.state = 'done') AS done,
    (SELECT count(*) FROM batches AS b WHERE b.job_id = j.job_id AND b.state = 'dead') AS dead,
    (SELECT count(*) FROM batches AS b WHERE b.job_id = j.job_id AND b.parts_done <> (
        SELECT count(*) FROM patient_parts AS p WHERE p.job_id = b.job_id AND p.batch_no = b.batch_no)) AS miscounted
FROM jobs AS j
"""
OVERLAPS = """
SELECT count(*) FROM patient_parts AS a JOIN patient_parts AS b USING (job_id)
WHERE a.first_ordinal < b.first_ordinal AND a.last_ordinal >= b.first_ordinal
"""
TABLES = (
    "jobs",
    "batches",
    "patient_parts",
    "sector_results",
    "outbox",
    "purges",
    "idempotency_keys",
)


class Jobs(RuleBasedStateMachine):
    """What may happen to jobs; `url` is the database's."""

    url: str
    jobs = Bundle("jobs")
    dispatched = Bundle("dispatched")
    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.ending = False
        self.seen: dict[UUID, tuple[int, JobState]] = {}
        self.world: World = self.wait(self.open())

    def wait(self, work: object) -> Answer:  # type: ignore[type-var]
        return self.runner.run(work)  # type: ignore[arg-type]

    async def open(self) -> World:
        database = await Database.open(DatabaseSettings(database_url=self.url), "test")  # type: ignore[arg-type]
        world = World(database)
        for table in TABLES:
            await world.execute(f"DELETE FROM {table}")
        await world.begin()
        return world

    @rule(
        target=jobs,
        patients=st.integers(1, 40),
        sector=st.integers(1, 12),
        batch=st.integers(1, 15),
        part=st.integers(2, 10),
    )
    def submit(self, patients: int, sector: int, batch: int, part: int) -> UUID:
        job = self.world.submit(
            patients=patients, sector_patients=sector, batch_patients=batch, part_patients=part
        )
        return self.wait(job).job_id

    @rule(target=dispatched, window=st.integers(1, 8))
    def dispatch(self, window: int) -> object:
        return multiple(*self.wait(self.world.dispatch(DispatchLimits(0, window))))

    @rule(target=claimed, batch=dispatched)
    def claim(self, batch: Dispatched) -> object:
        answer: ClaimedBatch | None = self.wait(self.world.claim(batch))
        return multiple() if answer is None else answer

    @rule(batch=claimed, part=st.integers(0, 5))
    def store(self, batch: ClaimedBatch, part: int) -> None:
        """A part is stored under a live lease of a running or paused job, and never otherwise."""
        part_no = part % batch.parts_total
        live = self.is_live(batch)
        known = self.is_stored(batch, part_no)
        try:
            self.wait(self.world.store(batch, part_no))
        except LeaseLost:
            assert not live
            assert not self.is_stored(batch, part_no)
        else:
            assert live or known

    @rule(batch=claimed)
    def generated(self, batch: ClaimedBatch) -> None:
        self.wait(self.world.generated(batch.lease))

    @rule(batch=claimed)
    def renew(self, batch: ClaimedBatch) -> None:
        """A lease is live exactly while parts under it would be stored."""
        live = self.is_live(batch)
        assert (
            self.wait(self.in_transaction(renew, [batch.lease]))[batch.lease_id] is LeaseStatus.LIVE
        ) == live

    @rule(batch=claimed)
    def fail(self, batch: ClaimedBatch) -> None:
        """Only the holder of a live lease can fail its batch."""
        live = self.is_live(batch)
        try:
            state: BatchState = self.wait(
                self.in_transaction(record_failure, batch.lease, "worn out", POLICY, 0.0)
            )
        except LeaseLost:
            assert not live
        else:
            assert live
            assert state in {BatchState.PENDING, BatchState.DEAD}

    @rule(batch=claimed)
    def hand_back(self, batch: ClaimedBatch) -> None:
        self.wait(self.in_transaction(release, batch.lease))

    @rule()
    def expire(self) -> None:
        self.wait(self.world.let_leases_run_out())
        for job_id in self.wait(self.in_transaction(find_expired_jobs, 100)):
            self.wait(self.in_transaction(expire_job, job_id, Expiry(POLICY, lambda: 0.0)))

    @rule(
        job_id=jobs, act=st.sampled_from([cancel, pause, resume, resume, redrive, redrive, purge])
    )
    def act(self, job_id: UUID, act: object) -> None:
        try:
            self.wait(self.world.act(act, job_id))  # type: ignore[arg-type]
        except (Conflict, NotFound):
            return
        if act is purge:
            del self.seen[job_id]

    @invariant()
    def counts_are_conserved(self) -> None:
        """Job and batch rows say what is stored; no ordinal twice; progress never goes back; a
        digest is that of its sectors.
        """
        assert self.wait(self.world.value(OVERLAPS)) == 0
        for (
            job_id,
            state,
            persisted,
            done,
            dead,
            digest,
            sector_patients,
            requested,
            *counted,
        ) in self.wait(self.world.fetch(COUNTS)):
            assert counted == [persisted, done, dead, 0]
            before, state_before = self.seen.get(job_id, (0, JobState.QUEUED))
            assert persisted >= before
            assert persisted == before or self.ending or JobState(state_before) in STORING
            self.seen[job_id] = (persisted, JobState(state))
            if state == JobState.SUCCEEDED:
                sectors = b"".join(map(sector_digest, range(-(-requested // sector_patients))))
                assert (persisted, digest) == (requested, hashlib.sha256(sectors).digest())

    @invariant()
    def moves_are_legal(self) -> None:
        """What was told of each job is a path through the table of moves."""
        for job_id in self.seen:
            moves = [JobState(state) for state in self.wait(self.world.moves(job_id))]
            assert moves[0] is JobState.QUEUED
            assert all(after in JOB_MOVES[before] for before, after in pairwise(moves))
            assert moves[-1] is self.seen[job_id][1]

    def teardown(self) -> None:
        """Whatever happened, every job that is not cancelled can be brought to success."""
        self.ending = True
        try:
            self.wait(self.bring_to_an_end())
            self.counts_are_conserved()
            self.moves_are_legal()
            assert {state for _, state in self.seen.values()} <= {
                JobState.SUCCEEDED,
                JobState.CANCELLED,
            }
        finally:
            self.wait(self.world.database.close())
            self.runner.close()

    async def bring_to_an_end(self) -> None:
        for job_id, (_, state) in self.seen.items():
            if state in {JobState.PAUSED, JobState.FAILED}:
                await self.world.act(resume if state is JobState.PAUSED else redrive, job_id)
        for _ in range(2):  # the second round runs the batches that expired leases give back
            await self.world.let_leases_run_out()
            await self.world.execute("UPDATE batches SET failures = 0")
            for job_id in self.seen:
                await self.in_transaction(expire_job, job_id, Expiry(POLICY, lambda: 0.0))
            for batch in await self.world.dispatch():
                claimed = await self.world.claim(batch)
                assert claimed is not None
                for part_no in range(claimed.parts_total):
                    await self.world.store(claimed, part_no)
        for job_id, (_, state) in self.seen.items():
            if (
                state is not JobState.CANCELLED
                and (await self.world.job(job_id)).state is JobState.FAILED
            ):
                await self.world.act(redrive, job_id)
                await self.world.run(job_id)

    async def in_transaction(self, act: object, *arguments: object) -> object:
        async with self.world.database.transaction() as connection:
            return await act(connection, *arguments)  # type: ignore[operator]

    def is_live(self, batch: ClaimedBatch) -> bool:
        rows = self.wait(
            self.world.fetch(
                (
                    "SELECT 1 FROM batches JOIN jobs USING (job_id) WHERE lease_id = $1 AND "
                    "jobs.state IN ('running', 'paused')"
                ),
                batch.lease_id,
            )
        )
        return bool(rows)

    def is_stored(self, batch: ClaimedBatch, part_no: int) -> bool:
        first_ordinal = batch.spec.first_ordinal + part_no * batch.spec.part_patients
        return bool(
            self.wait(
                self.world.fetch(
                    "SELECT 1 FROM patient_parts WHERE job_id = $1 AND first_ordinal = $2",
                    batch.job_id,
                    first_ordinal,
                )
            )
        )


def test_nothing_is_lost_or_doubled_in_any_order(database_url: str) -> None:
    """Every ordinal once, no part under a stale lease, counts conserved, legal moves only; and
    every job can still succeed.
    """
    Jobs.url = database_url + "?synchronous_commit=off"
    run_state_machine_as_test(
        Jobs,
        # A failing run is short enough to read, and shrinking one against a database takes minutes.
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
