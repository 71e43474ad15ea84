"""Messages, found in a stream of bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_START = b"MSH|"
_BOUNDARY = b"\rMSH|"
_TIME_CHARS = 14
_HEADER_FIELDS = 10
# MSH-7, MSH-9 and MSH-10, counted without MSH-1, the delimiter itself
_TIME, _TYPE, _CONTROL_ID = 6, 8, 9


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is sent. `place` is where it stands among a job's: by time, then casualty
    by casualty.
    """

    data: bytes
    place: tuple[bytes, int, int]
    control_id: str
    type: str

    @classmethod
    def read(cls, data: bytes) -> "Message":
        """Read the header. Raises ValueError when this is none of Lazaret's messages."""
        header = data.split(b"|", _HEADER_FIELDS)
        if not data.startswith(_START) or len(header) <= _CONTROL_ID:
            raise ValueError(f"a message must begin with MSH and its fields, not {data[:20]!r}")
        _, ordinal, number = header[_CONTROL_ID].split(b".")
        return cls(
            data,
            (header[_TIME], int(ordinal), int(number)),
            header[_CONTROL_ID].decode(),
            header[_TYPE].decode(),
        )

    @property
    def at(self) -> datetime:
        """When it was sent in the simulation."""
        time = self.place[0][:_TIME_CHARS].decode()
        return datetime.fromisoformat(f"{time[:8]}T{time[8:]}").replace(tzinfo=UTC)


def split_messages(chunks: Iterable[bytes]) -> Iterator[Message]:
    """The messages of a file that comes in chunks, cut anywhere. Raises ValueError when something
    else is in it.
    """
    kept = b""
    for chunk in chunks:
        kept += chunk
        begin = 0
        while (end := kept.find(_BOUNDARY, begin)) >= 0:
            yield Message.read(kept[begin : end + 1])
            begin = end + 1
        kept = kept[begin:]
    if kept:
        yield Message.read(kept)
