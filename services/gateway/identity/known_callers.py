"""Callers that were identified a moment ago: asked again, the database is spared, and a revocation
is noticed within seconds.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from services.gateway.identity.caller import Caller

CALLERS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, from where it may come (from everywhere when empty), and until when, on the
    monotonic clock, that is believed.
    """

    caller: Caller
    networks: Sequence[IPv4Network | IPv6Network]
    until_s: float


class KnownCallers:
    """By the SHA-256 of what was presented; the oldest go first."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def find(self, presented: str, now_s: float) -> Known | None:
        """Return who this is known to be, if it is still believed."""
        known = self._known.get(_digest(presented))
        return known if known is not None and known.until_s > now_s else None

    def keep(self, presented: str, known: Known) -> None:
        self._known[_digest(presented)] = known
        if len(self._known) > CALLERS_MAX:
            self._known.popitem(last=False)

    def forget(self) -> None:
        """Believe nothing any more: something about keys was changed through this process."""
        self._known.clear()


def is_within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether an address lies in one of the networks; an IPv4 address inside IPv6 counts as what it
    is.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(plain in network for network in networks)


def _digest(presented: str) -> bytes:
    return hashlib.sha256(presented.encode("utf-8", "surrogateescape")).digest()
