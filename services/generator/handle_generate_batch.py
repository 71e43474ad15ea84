"""Generates a batch: claim it, have a child simulate it, send each part with a confirm as it comes,
say that it is generated.

Whatever the reason for an early end, the message is done with: a failure is reported, a drained
batch is given back, a lost lease or a cancelled job is dropped. Only the database being away at the
claim leaves the message in the consumer's hold.
"""

import asyncio
from asyncio import Event, Task
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any
from uuid import UUID

import structlog

from services.generator import frames
from services.generator.child_process import ChildFailed
from services.generator.children import Children
from services.generator.heartbeat import Heartbeat, HeldLease
from services.generator.turns import Closed
from shared.broker.backoff import Backoff
from shared.broker.publish import Publisher
from shared.broker.topology import FAILED, WRITE, Route
from shared.clock import Clock
from shared.db.pool import Database
from shared.errors import RejectedForGood, Unavailable
from shared.jobs.claim import ClaimedBatch, claim
from shared.jobs.leases import Lease, generated, release
from shared.jobs.states import Priority
from shared.messages.batch_failed import BatchFailed
from shared.messages.batch_generated import BatchGenerated
from shared.messages.generate_batch import GenerateBatch
from shared.records.engine_version import ENGINE_VERSION
from shared.records.part import Part
from shared.telemetry import names
from shared.telemetry.instruments import counter, histogram, tracer
from shared.telemetry.names import Attribute, SpanName

RETRY_FIRST_S = 0.1
RETRY_MAX_S = 2.0

_patients_generated = counter(names.PATIENTS_GENERATED)
_batch_duration = histogram(names.GENERATION_DURATION)
_batch_failures = counter(names.BATCH_FAILURES)

log = structlog.get_logger(__name__)


class GenerateBatchHandler:
    """`hand_back`, when set, ends what is in work: the drain has no more time."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        children: Children,
        heartbeat: Heartbeat,
        clock: Clock,
        *,
        lease_s: float,
        part_bytes_max: int,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._children = children
        self._heartbeat = heartbeat
        self._clock = clock
        self._lease_s = lease_s
        self._part_bytes_max = part_bytes_max
        self._backoff = Backoff(RETRY_FIRST_S, RETRY_MAX_S)
        self._running: dict[UUID, Event] = {}
        self.hand_back = Event()

    async def handle(self, message: GenerateBatch, priority: Priority) -> None:
        """Generate the batch. Raises Unavailable while the database is unavailable, before
        anything was begun.
        """
        while (running := self._running.get(message.lease_id)) is not None:
            # the connection was lost meanwhile, and the broker sent again what is in work here
            await running.wait()
        ended = self._running[message.lease_id] = Event()
        try:
            await self._generate(message, priority)
        finally:
            del self._running[message.lease_id]
            ended.set()

    async def give_up(self, message: GenerateBatch) -> None:
        """Report a batch that could never be begun; its message came for the last time. Raises
        RejectedForGood.
        """
        error = ChildFailed(
            "never_begun", "the batch could not be begun, however often its message came"
        )
        await self._report(message, error)
        raise RejectedForGood(str(error))

    async def _generate(self, message: GenerateBatch, priority: Priority) -> None:
        lease = Lease(message.job_id, message.batch_no, message.lease_id)
        with self._heartbeat.hold(lease) as held:
            try:
                await self._unless_gone(held, self._work(message, priority, held))
            except Closed:
                await self._release(lease)
            except ChildFailed as error:
                await self._unless_gone(held, self._report(message, error))

    async def _unless_gone(self, held: HeldLease, work: Coroutine[Any, Any, None]) -> None:
        """Do the work until the lease is gone or the drain has no more time. Raises Closed in the
        latter case.
        """
        task = asyncio.ensure_future(work)
        stops = {
            asyncio.ensure_future(held.gone.wait()),
            asyncio.ensure_future(self.hand_back.wait()),
        }
        try:
            await asyncio.wait({task, *stops}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        finally:
            for each in (task, *stops):
                each.cancel()
            await asyncio.wait({task})
        if held.gone.is_set():
            log.info("batch dropped", status=held.status.value, lease_id=str(held.lease.lease_id))
            return None
        raise Closed

    async def _work(self, message: GenerateBatch, priority: Priority, held: HeldLease) -> None:
        sending: Task[None] | None = None
        try:
            async with self._children.lend(priority) as child:
                claimed = await self._claim(message)
                if claimed is None:
                    return
                began = self._clock.monotonic()
                with tracer.start_as_current_span(
                    SpanName.SIMULATE_BATCH, attributes=_attributes(claimed)
                ):
                    async with aclosing(child.run(self._work_frame(claimed))) as parts:
                        async for part in parts:
                            # One part is on its way while the next is simulated, and the last while
                            # the child has another batch.
                            if sending is not None:
                                await sending
                            sending = asyncio.create_task(self._send(claimed, part))
            if sending is not None:
                await sending
        finally:
            if sending is not None:
                sending.cancel()
        held.settled = True
        _patients_generated.add(claimed.spec.patients)
        _batch_duration.record(self._clock.monotonic() - began)
        await self._say_generated(claimed)

    async def _claim(self, message: GenerateBatch) -> ClaimedBatch | None:
        lease = Lease(message.job_id, message.batch_no, message.lease_id)
        async with self._database.connection() as connection:
            claimed = await claim(connection, lease, ENGINE_VERSION, lease_s=self._lease_s)
        if claimed is None:
            log.info("batch left alone", job_id=str(message.job_id), batch_no=message.batch_no)
        return claimed

    def _work_frame(self, claimed: ClaimedBatch) -> frames.Work:
        return frames.Work(
            scenario=claimed.scenario, spec=claimed.spec, part_bytes_max=self._part_bytes_max
        )

    async def _send(self, claimed: ClaimedBatch, part: Part) -> None:
        message = BatchGenerated(
            job_id=claimed.job_id,
            batch_no=claimed.batch_no,
            lease_id=claimed.lease_id,
            dispatch_no=claimed.dispatch_no,
            part_no=part.part_no,
            parts_total=part.parts_total,
            first_ordinal=part.first_ordinal,
            last_ordinal=part.last_ordinal,
            schema_version=claimed.schema_version,
            body=part.body,
            sector_results=part.sector_results,
        )
        await self._publish(message, f"{_message_id(message)}/{part.part_no}", WRITE.route)

    async def _report(self, message: GenerateBatch, error: ChildFailed) -> None:
        _batch_failures.add(1, {Attribute.ERROR_TYPE: error.error_type})
        log.warning(
            "batch failed", job_id=str(message.job_id), batch_no=message.batch_no, reason=error
        )
        failed = BatchFailed(
            job_id=message.job_id,
            batch_no=message.batch_no,
            lease_id=message.lease_id,
            dispatch_no=message.dispatch_no,
            reason=str(error),
        )
        await self._publish(failed, f"{_message_id(failed)}/failed", FAILED.route)

    async def _publish(
        self, message: BatchGenerated | BatchFailed, message_id: str, route: Route
    ) -> None:
        """Send it, however often that takes: what was simulated is not thrown away because the
        broker restarts.
        """
        for pause_s in self._backoff.pauses():
            try:
                await self._publisher.publish(message, message_id=message_id, routing=route)
            except Unavailable as error:
                log.warning("part waits for the broker", message_id=message_id, reason=error)
                await asyncio.sleep(pause_s)
            else:
                return

    async def _say_generated(self, claimed: ClaimedBatch) -> None:
        """The writer may have been faster; then there is nothing left to say."""
        for pause_s in self._backoff.pauses():
            try:
                async with self._database.connection() as connection:
                    await generated(connection, claimed.lease)
            except Unavailable as error:
                log.warning("generated batch waits for the database", reason=error)
                await asyncio.sleep(pause_s)
            else:
                return

    async def _release(self, lease: Lease) -> None:
        """Give the batch back. Without the database its lease runs out by itself, which counts as a
        failure, and so is waited for.
        """
        async with self._database.connection() as connection:
            released = await release(connection, lease)
        log.info(
            "batch handed back",
            job_id=str(lease.job_id),
            batch_no=lease.batch_no,
            released=released,
        )


def _message_id(message: BatchGenerated | BatchFailed) -> str:
    return f"{message.job_id}/{message.batch_no}/{message.dispatch_no}"


def _attributes(claimed: ClaimedBatch) -> dict[str, str | int]:
    return {
        Attribute.JOB_ID: str(claimed.job_id),
        Attribute.BATCH_NO: claimed.batch_no,
        Attribute.DISPATCH_NO: claimed.dispatch_no,
        Attribute.PATIENTS: claimed.spec.patients,
    }
