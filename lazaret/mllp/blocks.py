"""MLLP's blocks, found in what a receiver sends; what is wrong with a block that never ends."""

import asyncio

from lazaret.mllp.answer import Malformed, NotAnAnswer

START_BLOCK = b"\x0b"
END = b"\x1c"
END_BLOCK = END + b"\r"
ANSWER_BYTES_MAX = 64 * 1024
_READ_BYTES = 4096
_HEADER = b"MSH|"


class Blocks:
    """The blocks of one connection, in order."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._held = b""

    async def next(self) -> bytes:
        """The next block's content. Raises EOFError, Malformed, NotAnAnswer."""
        while (content := self._cut()) is None:
            self._refuse_unframed()
            if len(self._held) > ANSWER_BYTES_MAX:
                raise NotAnAnswer(f"no answer in {ANSWER_BYTES_MAX:,} bytes")
            more = await self._reader.read(_READ_BYTES)
            if not more:
                if fault := self.fault():
                    raise Malformed(fault)
                raise EOFError
            self._held += more
        return content

    def fault(self) -> str | None:
        """Why what has come so far may never become a block; None where nothing points to it."""
        if START_BLOCK in self._held and END in self._held:
            return "its block ends with 0x1C alone, where MLLP wants 0x1C 0x0D"
        if self._held:
            return f"its block has no end (0x1C 0x0D), only {self._held[:60]!r}"
        return None

    def _cut(self) -> bytes | None:
        """What stands before a block's start is no part of it."""
        before, end, behind = self._held.partition(END_BLOCK)
        if not end or START_BLOCK not in before:
            return None
        self._held = behind
        return before.rpartition(START_BLOCK)[2]

    def _refuse_unframed(self) -> None:
        before, found, _ = self._held.partition(_HEADER)
        if found and START_BLOCK not in before:
            raise Malformed("it has no MLLP frame: 0x0B is missing before MSH")
        if END_BLOCK in self._held:
            raise NotAnAnswer(f"no block, but {self._held[:60]!r}")
