"""What parent and child say to each other over the child's pipes: msgpack, each frame after its
length in four bytes.
"""

import signal
import struct
from typing import Any, BinaryIO, Protocol, TypeAlias

import msgspec

from shared.records.cut import BatchSpec
from shared.records.part import Part

FRAME_BYTES_MAX = 64 * 1024 * 1024
# parent -> child, beside the pipe: end the batch in work, as failed
SOFT_LIMIT_SIGNAL = signal.SIGUSR1
_LENGTH = struct.Struct(">I")


class Work(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """parent -> child: one batch; `scenario` is the document, checked already when the job was
    accepted.
    """

    scenario: dict[str, Any]
    spec: BatchSpec
    part_bytes_max: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """child -> parent: everything is loaded, work may come."""


class PartMade(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """child -> parent: one part, in order."""

    part: Part


class Finished(msgspec.Struct, frozen=True, tag=True):
    """child -> parent: that was the last part."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """child -> parent: no more parts come; the reason is one line, for people."""

    error_type: str
    reason: str


Frame: TypeAlias = Work | Ready | PartMade | Finished | Failed

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


class ByteStream(Protocol):
    """The reading end of a pipe in the parent."""

    async def readexactly(self, n: int) -> bytes: ...


def to_bytes(frame: Frame) -> bytes:
    data = _encoder.encode(frame)
    return _LENGTH.pack(len(data)) + data


def read(stream: BinaryIO) -> Frame | None:
    """Block for the next frame; nothing when the other end has closed the pipe."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    data = stream.read(_LENGTH.unpack(head)[0])
    return _decoder.decode(data)


async def receive(stream: ByteStream) -> Frame:
    """Wait for the next frame.

    Raises:
        asyncio.IncompleteReadError: the other end has closed the pipe.
        ValueError: the length is no frame's.
    """
    length = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))[0]
    if length > FRAME_BYTES_MAX:
        raise ValueError(f"frame of {length} bytes, at most {FRAME_BYTES_MAX}")
    return _decoder.decode(await stream.readexactly(length))
