"""How often somebody may ask. Each gateway process counts for itself.

A policy lets `quota` requests through in any `window_s` seconds, evenly refilled (the generic cell
rate algorithm): a pause pays for a burst, and nobody gains by waiting for a window's edge.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from shared.clock import Clock
from shared.errors import TooManyRequests

HOLDERS_MAX = 50_000  # of whom it is remembered when their requests are paid back
WINDOW_S = 60
_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True)
class Policy:
    """`name` is what the headers call it: key, tenant or address."""

    name: str
    quota: int
    window_s: int = WINDOW_S

    @property
    def interval_s(self) -> float:
        """The time in which one request is paid back."""
        return self.window_s / self.quota


@dataclass(frozen=True, slots=True)
class Balance:
    """What a policy leaves: `remaining` requests now, and all of them again after `reset_s`."""

    policy: Policy
    remaining: int
    reset_s: float


class Rates:
    """The moments by which holders' requests are paid back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._paid_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def charge(self, *charges: tuple[Policy, str]) -> list[Balance]:
        """Charge a request to each policy's holder and return what is left.

        Raises TooManyRequests, with the time to wait, when one has nothing left; then none is
        charged.
        """
        now = self._clock.monotonic()
        owed = [self._owed_s(policy, holder, now) for policy, holder in charges]
        for (policy, _), owed_s in zip(charges, owed, strict=True):
            wait_s = owed_s - policy.window_s
            if wait_s > _ROUNDING_S:
                raise TooManyRequests(
                    f"this {policy.name} may send {policy.quota} requests in {policy.window_s} s",
                    wait_s,
                )
        for (policy, holder), owed_s in zip(charges, owed, strict=True):
            self._keep((policy.name, holder), now + owed_s)
        return [_balance(policy, s) for (policy, _), s in zip(charges, owed, strict=True)]

    def _owed_s(self, policy: Policy, holder: str, now: float) -> float:
        """What the holder owes with this request, in seconds."""
        return max(now, self._paid_at.get((policy.name, holder), now)) - now + policy.interval_s

    def _keep(self, key: tuple[str, str], paid_at: float) -> None:
        self._paid_at[key] = paid_at
        self._paid_at.move_to_end(key)
        if len(self._paid_at) > HOLDERS_MAX:
            self._paid_at.popitem(last=False)


def rate_limit_headers(balances: Sequence[Balance]) -> dict[str, str]:
    """Tell policies and balances (draft-ietf-httpapi-ratelimit-headers)."""
    policies = (f'"{b.policy.name}";q={b.policy.quota};w={b.policy.window_s}' for b in balances)
    left = (f'"{b.policy.name}";r={b.remaining};t={ceil(b.reset_s)}' for b in balances)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}


def _balance(policy: Policy, owed_s: float) -> Balance:
    room_s = policy.window_s - owed_s
    return Balance(policy, max(0, floor(room_s / policy.interval_s + _ROUNDING_S)), owed_s)
