"""Stores a part: body, thin rows, sector results and progress, all in one transaction, once."""

from enum import IntEnum, StrEnum
from pathlib import Path

import structlog

from services.writer.copy import copy_patients
from services.writer.failures import Failures
from services.writer.part import PartRows, read_part
from shared.clock import Clock
from shared.db.named_queries import load_queries
from shared.db.pool import Connection, Database
from shared.errors import RejectedForGood
from shared.jobs.job_id import job_id_time
from shared.jobs.leases import Lease, LeaseLost
from shared.jobs.progress import holds, record_part
from shared.jobs.read import Job
from shared.messages.batch_generated import BatchGenerated
from shared.records.vocabulary import Category, Outcome
from shared.telemetry import names
from shared.telemetry.instruments import counter, histogram, tracer
from shared.telemetry.names import Attribute, SpanName

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))

_patients_stored = counter(names.PATIENTS_STORED)
_stored_bytes = counter(names.STORED_BYTES)
_parts = counter(names.PARTS)
_store_duration = histogram(names.STORE_DURATION)
_part_age = histogram(names.PART_AGE)
_outcomes = counter(names.PATIENT_OUTCOMES)
_categories = counter(names.PATIENT_CATEGORIES)

log = structlog.get_logger(__name__)


class Ending(StrEnum):
    """What became of a part. STALE: its lease is not the batch's any more, or the job is over."""

    STORED = "stored"
    REPEATED = "repeated"
    STALE = "stale"


class _AlreadyStored(Exception):
    """The guard row was there."""


class BatchGeneratedHandler:
    """A repeated or stale part is acknowledged: it is not wanted again. One that cannot be stored
    is a failure of its batch, and parked.
    """

    def __init__(self, database: Database, clock: Clock, failures: Failures) -> None:
        self._database = database
        self._clock = clock
        self._failures = failures

    async def handle(self, message: BatchGenerated) -> None:
        """Store the part.

        Raises:
            RejectedForGood: it cannot be read.
            Unavailable: the database is unavailable.
        """
        try:
            part = read_part(message)
        except RejectedForGood as error:
            await self._failures.count(message, str(error))
            raise
        began = self._clock.monotonic()
        with tracer.start_as_current_span(SpanName.STORE_PART, attributes=_attributes(message)):
            ending = await self._store(message, part)
        _store_duration.record(self._clock.monotonic() - began, {Attribute.ENDING: ending})
        _parts.add(1, {Attribute.ENDING: ending})
        if ending is Ending.STORED:
            _patients_stored.add(part.thin.rows)
            _stored_bytes.add(len(message.body))
            accepted = job_id_time(message.job_id)
            _part_age.record((self._clock.now() - accepted).total_seconds())
            _count_mix(part)

    async def give_up(self, message: BatchGenerated) -> None:
        """Count a failure of the batch whose part could never be stored. Raises RejectedForGood, or
        Unavailable without the database.
        """
        reason = f"part {message.part_no}: could not be stored, however often it came"
        await self._failures.count(message, reason)
        raise RejectedForGood(reason)

    async def _store(self, message: BatchGenerated, part: PartRows) -> Ending:
        try:
            async with self._database.transaction() as connection:
                ended = await store_part(connection, message, part)
        except _AlreadyStored:
            return Ending.REPEATED
        except LeaseLost as lost:
            log.info("part dropped", reason=str(lost), **_attributes(message))
            return Ending.STALE
        if ended is not None:
            log.info("job ended", state=ended.state, **{Attribute.JOB_ID: str(ended.job_id)})
        return Ending.STORED


async def store_part(connection: Connection, message: BatchGenerated, part: PartRows) -> Job | None:
    """Write everything of a part; returns the job if this part ended it. The job's row is locked
    last, and shortly.
    """
    lease = Lease(message.job_id, message.batch_no, message.lease_id)
    if not await holds(connection, lease):
        await _refuse(connection, message, lease)
    summary, body = part.summary, message.body
    ordinals = (message.first_ordinal, message.last_ordinal)
    guard = await connection.fetchval(
        QUERIES["insert_part"],
        message.job_id,
        *ordinals,
        message.batch_no,
        message.schema_version,
        summary,
        body,
    )
    if guard is None:
        raise _AlreadyStored
    await copy_patients(connection, message.job_id, part.thin)
    if part.sectors:
        sectors, digests, bodies = zip(
            *((row.sector, row.digest, row.body) for row in part.sectors), strict=True
        )
        await connection.execute(
            QUERIES["insert_sectors"], message.job_id, sectors, digests, bodies
        )
    return await record_part(connection, lease, part.thin.rows)


async def _refuse(connection: Connection, message: BatchGenerated, lease: Lease) -> None:
    """Nothing of a part without a live lease is written; whether it is stored already is told
    apart.
    """
    if await connection.fetchval(QUERIES["has_part"], message.job_id, message.first_ordinal):
        raise _AlreadyStored
    raise LeaseLost(
        f"batch {lease.batch_no} of job {lease.job_id} is not under lease {lease.lease_id}"
    )


def _attributes(message: BatchGenerated) -> dict[str, str | int]:
    return {
        Attribute.JOB_ID: str(message.job_id),
        Attribute.BATCH_NO: message.batch_no,
        Attribute.DISPATCH_NO: message.dispatch_no,
        Attribute.PART_NO: message.part_no,
    }


def _count_mix(part: PartRows) -> None:
    counted = part.summary["counts"]
    for number, patients in counted["outcome"].items():
        _outcomes.add(patients, {Attribute.OUTCOME: _word(Outcome, number)})
    for number, patients in counted["category"].items():
        _categories.add(patients, {Attribute.CATEGORY: _word(Category, number)})


def _word(vocabulary: type[IntEnum], number: str) -> str:
    """The code's word. The part is stored already, so a code that a newer generator has and this
    writer does not know yet is no error.
    """
    words = {member.value: member.name.lower() for member in vocabulary}
    return words.get(int(number), "unknown")
