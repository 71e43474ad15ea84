"""Messages as bytes: msgpack, one type name each. Unknown types, fields and values are refused for
good.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from shared.errors import RejectedForGood
from shared.messages.batch_failed import BatchFailed
from shared.messages.batch_generated import BatchGenerated
from shared.messages.generate_batch import GenerateBatch
from shared.messages.job_state_changed import JobStateChanged

Message: TypeAlias = GenerateBatch | BatchGenerated | BatchFailed | JobStateChanged

# The name travels with the bytes (AMQP property `type`, outbox column `message_type`).
TYPES: Mapping[str, type[Message]] = MappingProxyType(
    {
        "generate_batch": GenerateBatch,
        "batch_generated": BatchGenerated,
        "batch_failed": BatchFailed,
        "job_state_changed": JobStateChanged,
    }
)
_NAMES = {kind: name for name, kind in TYPES.items()}
_DECODERS: Mapping[str, msgspec.msgpack.Decoder[Message]] = {
    name: msgspec.msgpack.Decoder(kind) for name, kind in TYPES.items()
}
_encoder = msgspec.msgpack.Encoder()


def type_name(message: Message) -> str:
    """Return the name under which this kind of message travels."""
    return _NAMES[type(message)]


def encode(message: Message) -> bytes:
    return _encoder.encode(message)


def decode(name: str, body: bytes) -> Message:
    """Read a message back.

    Raises:
        RejectedForGood: no message has this name, or these bytes are not one of it.
    """
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise RejectedForGood(f"type: no message is called {name!r}")
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RejectedForGood(f"{name}: {error}") from error
