"""Callers who are refused: logged, counted, and slowed by their address, so that guessing costs the
guesser and not the database.
"""

from collections import OrderedDict
from math import ceil

import structlog

from services.gateway.http.problems import Unauthenticated
from shared.clock import Clock
from shared.errors import TooManyRequests
from shared.telemetry import names
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

ADDRESSES_MAX = 10_000
MINUTE_S = 60.0

_refused = counter(names.CALLERS_REFUSED)
log = structlog.get_logger(__name__)


class RefusedCallers:
    """An address may be refused `per_minute_max` times a minute; then it waits for each further
    attempt, whatever that carries.

    Callers that this process knows already are never held up: they are not looked up here.

    """

    def __init__(self, clock: Clock, per_minute_max: int) -> None:
        self._clock = clock
        self._refill_s = MINUTE_S / per_minute_max
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def check(self, address: str) -> None:
        """Raise TooManyRequests when the address has been refused too often."""
        wait_s = self._empty_at.get(address, 0.0) - self._clock.monotonic() - MINUTE_S
        if wait_s > 0:
            _refused.add(1, {Attribute.REASON.value: "slowed"})
            raise TooManyRequests(
                "too many keys or tokens from this address were refused", ceil(wait_s)
            )

    def refuse(self, address: str, reason: str, subject: str, message: str) -> Unauthenticated:
        """Note a refusal and return what to raise. `subject` is the key's or client's id, as far as
        it could be read.
        """
        now = self._clock.monotonic()
        self._empty_at[address] = max(now, self._empty_at.pop(address, now)) + self._refill_s
        if len(self._empty_at) > ADDRESSES_MAX:
            self._empty_at.popitem(last=False)
        _refused.add(1, {Attribute.REASON.value: reason})
        log.warning("caller refused", reason=reason, subject=subject, address=address)
        return Unauthenticated(message)
