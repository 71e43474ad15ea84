"""Messages found in streams, and put into order."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lazaret.mllp import spool as spool_module
from lazaret.mllp.message import Message, split_messages
from lazaret.mllp.spool import Spool
from shared.encoders.hl7v2.encode import encode
from tests.unit.encoders.sample import sample

PATIENTS = 12


def patients_file(first: int = 0, patients: int = PATIENTS) -> bytes:
    batch, context = sample("joint-operation")
    return encode(batch.slice(first, patients), context)


@settings(max_examples=30)
@given(st.sets(st.integers(1, len(patients_file()) - 1), max_size=40))
def test_messages_are_found_however_the_file_is_cut(cuts: set[int]) -> None:
    """Their bytes, one behind the other, are the file; each begins with its header."""
    file = patients_file()
    places = [0, *sorted(cuts), len(file)]
    messages = list(split_messages(file[start:stop] for start, stop in pairwise(places)))
    assert b"".join(message.data for message in messages) == file
    assert len(messages) == file.count(b"MSH|")


def test_an_empty_file_has_no_messages() -> None:
    """Neither has one whose chunks are empty."""
    assert list(split_messages([])) == list(split_messages([b"", b""])) == []


@pytest.mark.parametrize("file", [b"<html>", b"MSH|^~\\&|X", b"MSH|^~\\&|X|||||||17|T|2.5.1\r"])
def test_what_is_none_of_the_project_s_messages_is_refused(file: bytes) -> None:
    """ValueError, whatever comes."""
    with pytest.raises(ValueError, match=r"MSH|unpack"):
        list(split_messages([file]))


def runs() -> Iterator[list[Message]]:
    for first in range(0, 60, 12):
        yield list(split_messages([patients_file(first)]))


@pytest.mark.parametrize("read_bytes", [7, 1_000, 1_000_000])
def test_runs_are_merged_by_time(read_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All messages of all runs come in the order of their times; a casualty's keep their own
    order.
    """
    monkeypatch.setattr(spool_module, "READ_BYTES", read_bytes)
    everything = [message for run in runs() for message in run]
    with Spool() as spool:
        for run in runs():
            spool.add(run)
        spool.add([])
        merged = list(spool.in_time())
        assert spool.messages == len(everything)
    assert [message.place for message in merged] == sorted(message.place for message in everything)
    assert [message.at for message in merged] == sorted(message.at for message in everything)
    assert sorted(message.data for message in merged) == sorted(
        message.data for message in everything
    )


def test_the_order_does_not_depend_on_the_runs() -> None:
    """However the messages were fetched, the feed is the same, so that it can go on after an
    interruption.
    """
    everything = [message for run in runs() for message in run]
    orders = set()
    for size in (50, 333, len(everything)):
        with Spool() as spool:
            for first in range(0, len(everything), size):
                spool.add(everything[first : first + size])
            orders.add(tuple(message.control_id for message in spool.in_time()))
    assert len(orders) == 1
