"""Decoded parts that a rendering process keeps, the last used ones, as far as its memory may go."""

from collections import OrderedDict
from uuid import UUID

import pyarrow as pa

Key = tuple[UUID, int]  # job and first ordinal


class KeptParts:
    """At most `bytes_max` bytes of decoded parts, but always the last one: it is being rendered."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self._bytes = 0
        self._parts: OrderedDict[Key, pa.RecordBatch] = OrderedDict()

    def get(self, key: Key) -> pa.RecordBatch | None:
        """Return a part that is kept, and use it."""
        if key in self._parts:
            self._parts.move_to_end(key)
        return self._parts.get(key)

    def keep(self, key: Key, part: pa.RecordBatch) -> None:
        """Keep one that is not kept yet; those that were not used for longest go."""
        self._parts[key] = part
        self._bytes += part.nbytes
        while self._bytes > self.bytes_max and len(self._parts) > 1:
            self._bytes -= self._parts.popitem(last=False)[1].nbytes
