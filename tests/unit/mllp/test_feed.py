"""The feed against receivers that behave and that do not."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lazaret.mllp.blocks import ANSWER_BYTES_MAX, END_BLOCK, START_BLOCK
from lazaret.mllp.feed import Feed, Rejected
from lazaret.mllp.link import Link, NoAnswer, Receiver
from lazaret.mllp.message import Message
from lazaret.mllp.mode import Mode
from lazaret.mllp.pace import Pace
from lazaret.mllp.position import OtherFeed, Position, Progress
from shared.clock import SystemClock
from tests.unit.mllp.certificate import self_signed
from tests.unit.mllp.receiver import MllpReceiver, Reaction, accept, answered

MESSAGES = [
    Message.read(
        f"MSH|^~\\&|LAZARET|facility0|||20270510{second:06d}+0000||ADT^A04^ADT_A01|"
        f"abcdef.{second}.1|T|2.5.1||||||UNICODE UTF-8\r".encode()
    )
    for second in range(5)
]
IDS = [message.control_id for message in MESSAGES]
FEED = Progress("job", "engine", '"tag"')


@pytest.fixture
async def engine() -> AsyncIterator[MllpReceiver]:
    """A receiver that accepts everything."""
    async with MllpReceiver().listening() as receiver:
        yield receiver


async def send(
    port: int, position: Path, *, stop: bool = True, pace: Pace | None = None, **receiver: object
) -> tuple[Progress, list[str]]:
    """Send all messages; what had been answered, and the rejections that the feed went on after."""
    rejections: list[str] = []
    to = Receiver(
        host="127.0.0.1",
        port=port,
        wait_first_s=0.001,
        wait_max_s=0.002,
        **{"answer_timeout_s": 10.0, **receiver},
    )  # type: ignore[arg-type]
    with Position(position, FEED) as kept:
        feed = Feed(
            pace=pace or Pace(),
            clock=SystemClock(),
            stop_when_rejected=stop,
            on_progress=lambda _progress: None,
            on_rejected=rejections.append,
        )
        await feed.send(MESSAGES, Link(to), kept)
    return kept.progress, rejections


async def test_messages_arrive_in_order_over_one_connection(
    engine: MllpReceiver, tmp_path: Path
) -> None:
    """Every message arrives once and whole."""
    progress, _ = await send(engine.port, tmp_path / "position")
    assert engine.received == [message.data.decode() for message in MESSAGES]
    assert (progress.answered, progress.rejected, engine.connections) == (5, 0, 1)


async def test_a_receiver_may_close_after_every_answer(
    engine: MllpReceiver, tmp_path: Path
) -> None:
    """Each message then goes over a connection of its own, and none arrives twice."""
    engine.closes_after_answer = True
    await send(engine.port, tmp_path / "position", attempts_max=2)
    assert engine.control_ids == IDS
    assert engine.connections == len(IDS)


def close(_receiver: MllpReceiver, _control_id: str) -> bytes | None:
    """Take a message, and close without an answer."""
    return None


def be_silent(_receiver: MllpReceiver, _control_id: str) -> bytes | None:
    return b""


def answer_something_else(_receiver: MllpReceiver, _control_id: str) -> bytes | None:
    return START_BLOCK + b"good morning" + END_BLOCK


def answer_too_long(_receiver: MllpReceiver, _control_id: str) -> bytes | None:
    return START_BLOCK + b"x" * (2 * ANSWER_BYTES_MAX) + END_BLOCK


@pytest.mark.parametrize("trouble", [close, be_silent, answer_something_else, answer_too_long])
async def test_what_was_not_answered_is_sent_again(
    engine: MllpReceiver, tmp_path: Path, trouble: Reaction
) -> None:
    """The same message with the same control id comes again over a new connection, before the next
    one.
    """
    engine.reactions = [accept, trouble, trouble]
    progress, _ = await send(
        engine.port, tmp_path / "position", answer_timeout_s=0.2 if trouble is be_silent else 10
    )
    assert engine.control_ids == [IDS[0], IDS[1], IDS[1], *IDS[1:]]
    assert engine.received[1] == engine.received[2] == engine.received[3]
    assert progress.answered == len(IDS)


async def test_answers_to_other_messages_are_passed_over(
    engine: MllpReceiver, tmp_path: Path
) -> None:
    """A late answer to an earlier message is none to this one."""
    engine.reactions = [
        lambda _receiver, control_id: answered("AE", "earlier") + answered("AA", control_id)
    ]
    progress, _ = await send(engine.port, tmp_path / "position")
    assert (progress.answered, progress.rejected) == (5, 0)


async def test_gives_up_after_so_many_attempts(engine: MllpReceiver, tmp_path: Path) -> None:
    """The error names receiver, message and reason; the position stays before the message."""
    engine.reactions = [accept, *[close] * 3]
    with pytest.raises(
        NoAnswer,
        match=rf"127.0.0.1:\d+: message {IDS[1]} sent 3 times: the connection was closed before "
        r"the answer",
    ):
        await send(engine.port, tmp_path / "position", attempts_max=3)
    with Position(tmp_path / "position", FEED) as kept:
        assert kept.progress.answered == 1


async def test_nobody_listens(engine: MllpReceiver, tmp_path: Path) -> None:
    """A refused connection is an attempt like any other."""
    async with MllpReceiver().listening() as gone:
        port = gone.port
    with pytest.raises(NoAnswer, match="sent 2 times"):
        await send(port, tmp_path / "position", attempts_max=2)


async def test_stops_at_a_rejection_and_goes_on_there(engine: MllpReceiver, tmp_path: Path) -> None:
    """The rejected message is the first of the next run; nothing before it is sent again."""
    engine.reactions = [
        accept,
        accept,
        lambda _receiver, control_id: answered("AE", control_id, "unknown patient"),
    ]
    with pytest.raises(
        Rejected, match=rf"ADT\^A04\^ADT_A01 {IDS[2]} was rejected with AE: unknown patient"
    ):
        await send(engine.port, tmp_path / "position")
    progress, _ = await send(engine.port, tmp_path / "position")
    assert engine.control_ids == [*IDS[:3], *IDS[2:]]
    assert (progress.answered, progress.rejected) == (5, 0)


async def test_goes_on_after_rejections_when_told(engine: MllpReceiver, tmp_path: Path) -> None:
    """AE, AR and their kin are counted and reported; each message is sent once."""
    codes = ["AE", "AR", "CE", "CR"]
    engine.reactions = [
        lambda _receiver, control_id, code=code: answered(code, control_id) for code in codes
    ]  # type: ignore[misc]
    progress, rejections = await send(engine.port, tmp_path / "position", stop=False)
    assert engine.control_ids == IDS
    assert (progress.answered, progress.rejected) == (5, 4)
    assert [reason.split("rejected with ")[1][:2] for reason in rejections] == codes


async def test_a_receiver_that_is_started_again_gets_the_rest(tmp_path: Path) -> None:
    """The sender waits for it, and no message is lost or changes place."""
    async with MllpReceiver([accept, accept, close]).listening() as first:
        sending = asyncio.create_task(send(first.port, tmp_path / "position", attempts_max=1_000))
        while len(first.received) < 3:
            await asyncio.sleep(0)
    async with MllpReceiver().listening(port=first.port) as second:
        progress, _ = await sending
    ids = first.control_ids + second.control_ids
    assert list(dict.fromkeys(ids)) == IDS
    assert progress.answered == len(IDS)


async def test_speaks_tls(tmp_path: Path) -> None:
    """With a trusted certificate messages arrive, with an unknown one nothing does."""
    context, certificate = self_signed(tmp_path)
    trusting, stranger = (
        ssl.create_default_context(cafile=certificate),
        ssl.create_default_context(),
    )
    async with MllpReceiver().listening(context) as receiver:
        with pytest.raises(NoAnswer, match="CERTIFICATE_VERIFY_FAILED"):
            await send(receiver.port, tmp_path / "position", tls=stranger, attempts_max=1)
        assert receiver.received == []
        await send(receiver.port, tmp_path / "position", tls=trusting)
        assert receiver.control_ids == IDS


def test_the_position_belongs_to_one_feed(tmp_path: Path) -> None:
    """Another job, receiver or state of the data, and a file of something else, are refused."""
    path = tmp_path / "position"
    with Position(path, FEED) as kept:
        kept.advance(rejected=False)
    for other in (
        Progress("other", "engine", '"tag"'),
        Progress("job", "other", '"tag"'),
        Progress("job", "engine", '"new"'),
    ):
        with pytest.raises(OtherFeed, match="delete it to start again"):
            Position(path, other)
    path.write_text('{"something": "else"}')
    with pytest.raises(OtherFeed, match="is no position"):
        Position(path, FEED)


def test_the_position_is_true_after_every_answer(tmp_path: Path) -> None:
    """What a killed process leaves says how many messages were answered and rejected."""
    path = tmp_path / "position"
    with Position(path, FEED) as kept:
        for number in range(12):
            kept.advance(rejected=number % 3 == 0)
            with Position(path, FEED) as after_a_kill:
                assert (after_a_kill.progress.answered, after_a_kill.progress.rejected) == (
                    number + 1,
                    number // 3 + 1,
                )
        kept.finish()
    assert not path.exists()


def test_pace() -> None:
    """Without a pace everything is due at once; a rate spaces messages evenly, a speed by their own
    times.
    """

    def due(pace: Pace) -> list[float]:
        return [round(second, 6) for second in map(pace.start(100.0), MESSAGES)]

    assert due(Pace()) == [100] * 5
    assert due(Pace(rate_per_s=10)) == [100, 100.1, 100.2, 100.3, 100.4]
    assert due(Pace(speed=2)) == [100, 100.5, 101, 101.5, 102]


async def test_waits_until_a_message_is_due(engine: MllpReceiver, tmp_path: Path) -> None:
    """Five messages, one a fiftieth of a second, take four of these."""
    clock = SystemClock()
    began = clock.monotonic()
    await send(engine.port, tmp_path / "position", pace=Pace(rate_per_s=50))
    assert clock.monotonic() - began >= 4 / 50


def without_frame(_receiver: MllpReceiver, control_id: str) -> bytes | None:
    return answered("AA", control_id)[1:-2]


def with_half_an_end(_receiver: MllpReceiver, control_id: str) -> bytes | None:
    return answered("AA", control_id)[:-1]


def about_nothing(_receiver: MllpReceiver, _control_id: str) -> bytes | None:
    return answered("AA", "")


def in_lines(_receiver: MllpReceiver, control_id: str) -> bytes | None:
    inner = answered("AA", control_id)[1:-2].replace(b"\r", b"\n")
    return START_BLOCK + inner + END_BLOCK


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (without_frame, "0x0B is missing before MSH"),
        (with_half_an_end, "ends with 0x1C alone"),
        (about_nothing, "MSA-2 is empty"),
        (in_lines, "its segments end with LF"),
    ],
)
async def test_a_malformed_acknowledgement_is_named(
    engine: MllpReceiver, tmp_path: Path, fault: Reaction, named: str
) -> None:
    """The feed ends at once, because the receiver's next acknowledgement is no better."""
    engine.reactions = [accept, *[fault] * 20]
    timeout_s = 0.5 if fault is with_half_an_end else 10
    with pytest.raises(NoAnswer, match=f"message {IDS[1]} cannot be read: .*{named}"):
        await send(engine.port, tmp_path / "position", answer_timeout_s=timeout_s)
    assert engine.control_ids == IDS[:2]


def receive_then(code: str, asks: str = "") -> Reaction:
    """A receipt, then what came of the message."""
    return lambda _receiver, control_id: (
        answered("CA", control_id) + answered(code, control_id, "no such ward", asks)
    )


@pytest.mark.parametrize("mode", [Mode.ORIGINAL, Mode.BOTH])
async def test_a_receipt_is_not_the_last_word(
    engine: MllpReceiver, tmp_path: Path, mode: Mode
) -> None:
    """CA followed by AE is a rejection, with the reason that the second one gives."""
    engine.reactions = [receive_then("AA"), receive_then("AE"), receive_then("AR")]
    progress, rejections = await send(engine.port, tmp_path / "position", stop=False, mode=mode)
    assert (progress.answered, progress.rejected) == (5, 2)
    assert all("no such ward" in reason for reason in rejections)


async def test_a_receipt_may_be_enough(engine: MllpReceiver, tmp_path: Path) -> None:
    """Asked for receipts alone, the receiver's CA ends each message; CE and CR reject it."""
    codes = ["CA", "CE", "CA", "CR", "CA"]
    engine.reactions = [
        lambda _receiver, control_id, code=code: answered(code, control_id)  # type: ignore[misc]
        for code in codes
    ]
    progress, _ = await send(engine.port, tmp_path / "position", stop=False, mode=Mode.ACCEPT)
    assert (progress.answered, progress.rejected) == (5, 2)


@pytest.mark.parametrize(
    ("mode", "asked"),
    [(Mode.ORIGINAL, ["", ""]), (Mode.ACCEPT, ["AL", "NE"]), (Mode.BOTH, ["AL", "AL"])],
)
async def test_a_message_asks_for_its_acknowledgements(
    engine: MllpReceiver, tmp_path: Path, mode: Mode, asked: list[str]
) -> None:
    """MSH-15 and MSH-16 say it; all other fields stay as they are."""
    code = "CA" if mode is Mode.ACCEPT else "AA"
    engine.reactions = [lambda _receiver, control_id: answered(code, control_id)] * len(MESSAGES)
    link = Link(Receiver(host="127.0.0.1", port=engine.port, mode=mode))
    for message in MESSAGES:
        await link.deliver(message.data, message.control_id)
    link.close()
    fields = engine.received[0].split("|")
    assert fields[14:16] == asked
    assert [*fields[:14], "", "", *fields[16:]] == MESSAGES[0].data.decode().split("|")


async def test_an_acknowledgement_is_acknowledged(engine: MllpReceiver, tmp_path: Path) -> None:
    """Where the second one asks for a receipt in turn, it gets one, and the feed goes on."""
    engine.reactions = [receive_then("AA", asks="AL")]
    await send(engine.port, tmp_path / "position", mode=Mode.BOTH)
    assert "MSA|CA|1" in engine.received[1]
    assert [each.split("|")[9] for each in engine.received if "MSA|" not in each] == IDS


async def test_only_received_is_told_apart(engine: MllpReceiver, tmp_path: Path) -> None:
    """A message that was received is not sent again; the error says which option takes receipts."""
    engine.reactions = [lambda _receiver, control_id: answered("CA", control_id)] * 5
    with pytest.raises(NoAnswer, match=r"was received \(CA\).*--acknowledgements accept"):
        await send(engine.port, tmp_path / "position", answer_timeout_s=0.5)
    assert engine.control_ids == IDS[:1]
