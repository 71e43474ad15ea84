"""The audit log's chain notices every change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.gateway.identity.audit_chain import GENESIS, Entry, Verification, seal

KEY = b"k" * 32
FIRST = Entry(
    entry_no=1,
    at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    tenant_id=UUID(int=7),
    way="api_key",
    subject="0a0a0a0a0a0a",
    address="127.0.0.1",
    action="POST /api/v1/jobs",
    details={"job_id": "x"},
    trace_id=None,
)
Chain = list[tuple[Entry, bytes]]


def chain(entries: int, key: bytes = KEY) -> Chain:
    sealed: Chain = []
    for number in range(1, entries + 1):
        entry = replace(FIRST, entry_no=number)
        sealed.append((entry, seal(entry, sealed[-1][1] if sealed else GENESIS, key)))
    return sealed


def verified(
    sealed: Sequence[tuple[Entry, bytes]], anchors: Mapping[int, bytes] | None = None
) -> Verification:
    verification = Verification(KEY, anchors or {})
    for entry in sealed:
        verification.follow([entry])
    verification.finish()
    return verification


def test_a_whole_chain_is_whole() -> None:
    """Also an empty one, and one whose anchors fit."""
    whole = chain(5)
    anchors = {entry.entry_no: stored for entry, stored in whole}
    assert [verified([]).fault, verified(whole).fault, verified(whole, anchors).fault] == [None] * 3


@pytest.mark.parametrize(
    "changed",
    [
        {"at": datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)},
        {"tenant_id": None},
        {"subject": "another"},
        {"address": "127.0.0.2"},
        {"action": "DELETE /api/v1/jobs"},
        {"details": {"job_id": "y"}},
        {"trace_id": "ab"},
        {"way": "cli"},
    ],
)
def test_each_field_is_sealed(changed: dict[str, object]) -> None:
    """Changing any of them is noticed, and where."""
    broken = chain(3)
    broken[1] = (replace(broken[1][0], **changed), broken[1][1])
    assert "entry 2" in (verified(broken).fault or "")


def test_removing_and_reordering_is_noticed() -> None:
    """At the first place where it shows."""
    whole = chain(4)
    assert "entry 2 is missing" in (verified([whole[0], *whole[2:]]).fault or "")
    assert "entry 2 is missing" in (verified([whole[0], whole[2], whole[1]]).fault or "")
    renumbered = [whole[0], (replace(whole[2][0], entry_no=2), whole[2][1])]
    assert "entry 2 does not fit" in (verified(renumbered).fault or "")


def test_cutting_off_and_sealing_anew_is_noticed_with_an_anchor() -> None:
    """Without one a shorter chain is as good as the whole."""
    whole = chain(4)
    anchors = {4: whole[3][1]}
    assert verified(whole[:3]).fault is None
    assert "entry 4 is missing at the end" in (verified(whole[:3], anchors).fault or "")
    altered = replace(whole[3][0], subject="another")
    resealed = [*whole[:3], (altered, seal(altered, whole[2][1], KEY))]
    assert "another seal than its anchor" in (verified(resealed, anchors).fault or "")


def test_another_key_seals_nothing() -> None:
    """Who has the database and no key cannot make a chain."""
    assert "entry 1" in (verified(chain(1, b"x" * 32)).fault or "")
