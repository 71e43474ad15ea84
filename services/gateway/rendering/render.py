"""What a rendering process does: encode a slice of a stored part. Parts are decoded once and kept
for the slices to come.
"""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from multiprocessing import parent_process
from uuid import UUID

import pyarrow as pa

from services.gateway.rendering.kept_parts import KeptParts
from shared.encoders.formats import FORMATS, compile_kernels
from shared.encoders.interface.context import EncodingContext
from shared.encoders.interface.options import USUAL, Options
from shared.records.body import read_body
from shared.scenarios import Scenario

SCENARIOS_KEPT_MAX = 16
# in place of a first ordinal: nobody's part is kept apart from the one that may yet be stored
NO_PART = -1

_parts = KeptParts(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Rows `start` to before `stop` of the part that begins at `first_ordinal` (`NO_PART`: of
    nobody); `scenario` is its canonical JSON.

    `keep` leaves of what was encoded only what is wanted; it is a function that a process can be
    sent.
    """

    format: str
    table: str
    scenario: bytes
    job_id: UUID
    written_at: datetime
    first_ordinal: int
    start: int
    stop: int
    options: Options = USUAL
    keep: Callable[[bytes], bytes] | None = None


def prepare(niceness: int, kept_bytes_max: int) -> None:
    """Load the compiled encoders, and end when the gateway does. An interrupt from the keyboard is
    the gateway's to act on.
    """
    threading.Thread(target=_end_with_gateway, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(niceness)
    _parts.bytes_max = kept_bytes_max
    compile_kernels()


def _end_with_gateway() -> None:
    """A killed gateway cannot tell its processes to end, and their own queues stay open among
    them.
    """
    if (gateway := parent_process()) is not None:
        gateway.join()
        os._exit(1)


def priority() -> int:
    """Answer with the niceness that this process has: it is up."""
    return os.nice(0)


def render(wanted: Slice, body: bytes | None) -> bytes | None:
    """Encode a slice; None when its part is not kept here and `body` is needed."""
    batch = _part(wanted, body)
    if batch is None:
        return None
    context = EncodingContext(
        _scenario(wanted.scenario), wanted.job_id, wanted.written_at, wanted.options
    )
    encoded = FORMATS[wanted.format].encode(
        batch.slice(wanted.start, wanted.stop - wanted.start), context, wanted.table
    )
    return encoded if wanted.keep is None else wanted.keep(encoded)


def _part(wanted: Slice, body: bytes | None) -> pa.RecordBatch | None:
    key = (wanted.job_id, wanted.first_ordinal)
    kept = _parts.get(key)
    if kept is None and body is not None:
        kept = read_body(body)
        _parts.keep(key, kept)
    return kept


@lru_cache(maxsize=SCENARIOS_KEPT_MAX)
def _scenario(text: bytes) -> Scenario:
    return Scenario.read(text)
