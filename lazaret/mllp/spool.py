"""Messages put into the order of time in constant memory: sorted runs in one temporary file, merged
while they are read.
"""

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from lazaret.mllp.message import Message

READ_BYTES = 32 * 1024  # kept of each run while they are merged
_LENGTH_BYTES = 4


class Spool:
    """Takes runs, then gives all their messages by time. `folder` None: where the system keeps
    temporary files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 -- __exit__ closes it
        self._runs: list[tuple[int, int]] = []
        self.messages = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: object, _value: object, _traceback: TracebackType | None) -> None:
        self._file.close()

    def add(self, messages: Iterable[Message]) -> None:
        """Add a run, which must fit into memory. Raises OSError."""
        ordered = sorted(messages, key=lambda message: message.place)
        start = self._file.tell()
        for message in ordered:
            self._file.write(len(message.data).to_bytes(_LENGTH_BYTES) + message.data)
        self._runs.append((start, self._file.tell()))
        self.messages += len(ordered)

    def in_time(self) -> Iterator[Message]:
        """All messages; no run may be added any more."""
        return heapq.merge(
            *(self._read(start, end) for start, end in self._runs),
            key=lambda message: message.place,
        )

    def _read(self, start: int, end: int) -> Iterator[Message]:
        kept = b""
        while start < end or kept:
            size = int.from_bytes(kept[:_LENGTH_BYTES]) + _LENGTH_BYTES
            if len(kept) >= max(size, _LENGTH_BYTES + 1):
                yield Message.read(kept[_LENGTH_BYTES:size])
                kept = kept[size:]
            else:
                self._file.seek(start)
                more = self._file.read(min(READ_BYTES, end - start))
                start += len(more)
                kept += more
