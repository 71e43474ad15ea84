from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from shared.errors import RejectedForGood
from shared.messages import codec
from shared.messages.batch_failed import BatchFailed
from shared.messages.batch_generated import BatchGenerated
from shared.messages.generate_batch import GenerateBatch
from shared.messages.job_state_changed import JobStateChanged

JOB, LEASE = UUID(int=1), UUID(int=2)
MESSAGES: list[codec.Message] = [
    GenerateBatch(job_id=JOB, batch_no=3, lease_id=LEASE, dispatch_no=1),
    BatchFailed(job_id=JOB, batch_no=3, lease_id=LEASE, dispatch_no=1, reason="out of memory"),
    JobStateChanged(
        job_id=JOB,
        state="running",
        patients_persisted=7,
        at=datetime(2030, 1, 1, tzinfo=UTC),
        error=None,
    ),
    BatchGenerated(
        job_id=JOB,
        batch_no=3,
        lease_id=LEASE,
        dispatch_no=1,
        part_no=0,
        parts_total=2,
        first_ordinal=0,
        last_ordinal=9,
        schema_version=1,
        body=b"\x00\xff",
        sector_results=b"",
    ),
]


@pytest.mark.parametrize("message", MESSAGES, ids=codec.type_name)
def test_a_message_is_read_back_as_it_was(message: codec.Message) -> None:
    """Every kind of message survives the way."""
    assert codec.decode(codec.type_name(message), codec.encode(message)) == message


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("unheard_of", b"\x80"),
        ("generate_batch", b"\xc1"),
        ("generate_batch", b"\x80"),
        (
            "generate_batch",
            msgspec.msgpack.encode({**msgspec.to_builtins(MESSAGES[0]), "extra": 1}),
        ),
        (
            "generate_batch",
            msgspec.msgpack.encode({**msgspec.to_builtins(MESSAGES[0]), "batch_no": "three"}),
        ),
        ("generate_batch", codec.encode(MESSAGES[0]) + b"\x00"),
    ],
)
def test_what_is_no_message_is_rejected_for_good(name: str, body: bytes) -> None:
    """Unknown names, broken bytes, missing, unknown and wrong fields never succeed later."""
    with pytest.raises(RejectedForGood, match=name):
        codec.decode(name, body)


def test_every_message_has_one_name() -> None:
    """The table is complete and its names are the modules' names."""
    assert all(kind.__module__ == f"shared.messages.{name}" for name, kind in codec.TYPES.items())
    assert {type(message) for message in MESSAGES} == set(codec.TYPES.values())
