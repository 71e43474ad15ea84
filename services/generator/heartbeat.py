"""Keeps the leases of a generator process alive, all with one query, and learns from the same query
which are gone.

It has a connection of its own and the simulation runs in other processes, so nothing can hold it
up.
"""

import asyncio
from asyncio import Event
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from shared.clock import Clock
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.jobs.generators import beat, leave
from shared.jobs.leases import Lease, LeaseStatus, renew
from shared.telemetry import names
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

BEAT_INTERVAL_S = 2.0

_leases_lost = counter(names.LEASES_LOST)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Generator:
    """What a process says of itself: only what it can run is dispatched. `slots` is what it can do
    at once now; with none it takes no part.
    """

    instance_id: UUID
    engine_version: str
    slots: Callable[[], int]


@dataclass(slots=True)
class HeldLease:
    """A lease in use. `gone` is set when it is lost or the job is cancelled; a settled one may end,
    for the writer may be done with it.
    """

    lease: Lease
    gone: Event = field(default_factory=Event)
    status: LeaseStatus = LeaseStatus.LIVE
    settled: bool = False


class Heartbeat:
    """Renews every `renew_s` for `lease_s`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        generator: Generator,
        *,
        renew_s: float,
        lease_s: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._generator = generator
        self._renew_s = renew_s
        self._lease_s = lease_s
        self._held: dict[UUID, HeldLease] = {}
        self._leaving = False
        self._said = 0

    async def check(self) -> None:
        """Raise Unavailable while nothing is dispatched for this process: the scheduler does not
        know of it yet, or it has no slot.
        """
        if not self._said:
            raise Unavailable("no heartbeat with a free slot is stored yet")

    @contextmanager
    def hold(self, lease: Lease) -> Iterator[HeldLease]:
        """Renew a lease while inside."""
        held = self._held[lease.lease_id] = HeldLease(lease)
        try:
            yield held
        finally:
            del self._held[lease.lease_id]

    async def run(self) -> None:
        """Beat for ever, and at once when the slots are others: what can work shall not wait. A
        database that is away is waited for: the leases may expire meanwhile, the next renewal will
        tell.
        """
        beat_at = self._clock.monotonic()
        while True:
            try:
                if self._held:
                    await self._renew()
                due = self._clock.monotonic() >= beat_at or self._generator.slots() != self._said
                if due and not self._leaving:
                    await self._beat()
                    beat_at = self._clock.monotonic() + BEAT_INTERVAL_S
            except Unavailable as error:
                log.warning("heartbeat missed", reason=error)
            await asyncio.sleep(self._renew_s)

    async def leave(self) -> None:
        """Have nothing more dispatched for this process; its leases are still renewed."""
        self._leaving = True
        try:
            async with self._database.connection() as connection:
                await leave(connection, self._generator.instance_id)
        except Unavailable as error:
            log.warning("left without notice", reason=error)

    async def _renew(self) -> None:
        async with self._database.connection() as connection:
            leases = [held.lease for held in self._held.values()]
            statuses = await renew(connection, leases, lease_s=self._lease_s)
        for lease_id, status in statuses.items():
            held = self._held.get(lease_id)
            if (
                held is not None
                and status is not LeaseStatus.LIVE
                and not (held.settled or held.gone.is_set())
            ):
                _leases_lost.add(1, {Attribute.REASON: status})
                held.status = status
                held.gone.set()

    async def _beat(self) -> None:
        generator, slots = self._generator, self._generator.slots()
        async with self._database.connection() as connection:
            if slots:
                await beat(connection, generator.instance_id, generator.engine_version, slots)
            else:
                await leave(connection, generator.instance_id)
        self._said = slots
