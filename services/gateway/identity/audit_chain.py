"""The audit log's chain: each entry is sealed with an HMAC over itself and the seal before it,
under a key that the database does not know.

Whoever changes, removes or reorders entries breaks the chain. Cutting off its end or sealing it
anew from some point does not: for that, each entry's number and seal is also written to the
process's log, and whoever keeps those lines elsewhere has an anchor a line.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who did what, as it is sealed. `details` holds texts and whole numbers only, so that its JSON
    is the same everywhere.
    """

    entry_no: int
    at: datetime
    tenant_id: UUID | None
    way: str
    subject: str
    address: str
    action: str
    details: Mapping[str, Any]
    trace_id: str | None


def seal(entry: Entry, before: bytes, key: bytes) -> bytes:
    """Return the entry's seal, 32 bytes, given the one before it (`GENESIS` for the first)."""
    text = orjson.dumps(
        {
            "entry_no": entry.entry_no,
            "at": entry.at.isoformat(timespec="microseconds"),
            "tenant_id": None if entry.tenant_id is None else str(entry.tenant_id),
            "way": entry.way,
            "subject": entry.subject,
            "address": entry.address,
            "action": entry.action,
            "details": dict(entry.details),
            "trace_id": entry.trace_id,
        },
        option=orjson.OPT_SORT_KEYS,
    )
    return hmac.new(key, before + text, hashlib.sha256).digest()


class Verification:
    """Follows the chain from its first entry. `fault` says what was found wrong first."""

    def __init__(self, key: bytes, anchors: Mapping[int, bytes]) -> None:
        self._key = key
        self._anchors = dict(anchors)
        self.entries = 0
        self.last_seal = GENESIS
        self.fault: str | None = None

    def follow(self, sealed: Iterable[tuple[Entry, bytes]]) -> None:
        """Check further entries, which must come by number."""
        for entry, stored in sealed:
            self.fault = self.fault or self._problem(entry, stored)
            self.entries += 1
            self.last_seal = stored

    def finish(self) -> None:
        """Call it after the last entry: what the anchors name must have been there."""
        missing = sorted(number for number in self._anchors if number > self.entries)
        if missing and self.fault is None:
            self.fault = f"entry {missing[0]} is missing at the end, though an anchor names it"

    def _problem(self, entry: Entry, stored: bytes) -> str | None:
        if entry.entry_no != self.entries + 1:
            return f"entry {self.entries + 1} is missing: entry {entry.entry_no} follows"
        if not hmac.compare_digest(seal(entry, self.last_seal, self._key), stored):
            return (
                f"entry {entry.entry_no} does not fit its seal: it or what came before was changed"
            )
        anchor = self._anchors.get(entry.entry_no)
        if anchor is not None and not hmac.compare_digest(anchor, stored):
            return (
                f"entry {entry.entry_no} has another seal than its anchor: the log was sealed again"
            )
        return None
