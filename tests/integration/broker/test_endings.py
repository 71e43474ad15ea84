from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import aio_pika
import pytest

from shared.broker.consume import OVERDUE_MAX, Consumer
from shared.broker.depth import Depth, read_depth
from shared.broker.publish import Publisher
from shared.broker.topology import DELIVERIES_MAX, FAILED, PARKED, Route, event
from shared.clock import SystemClock
from shared.config import BrokerSettings
from shared.errors import NotFound, Overdue, RejectedForGood, Unavailable
from shared.messages.batch_failed import BatchFailed

Handler = Callable[[BatchFailed], Awaitable[None]]


def message(batch_no: int = 0) -> BatchFailed:
    return BatchFailed(
        job_id=UUID(int=1), batch_no=batch_no, lease_id=uuid4(), dispatch_no=1, reason="why"
    )


@pytest.fixture(autouse=True)
def _no_pause_after_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.broker.consume.FAILURE_PAUSE_S", 0.001)


@asynccontextmanager
async def consuming(
    settings: BrokerSettings,
    handler: Handler,
    prefetch: int = 4,
    last_resort: Handler | None = None,
) -> AsyncIterator[Consumer[BatchFailed]]:
    consumer = Consumer(
        settings,
        FAILED,
        handler,
        prefetch=prefetch,
        name="test",
        clock=SystemClock(),
        last_resort=last_resort,
    )
    await consumer.until_subscribed()
    yield consumer
    await consumer.close(5.0)


async def until_depth(publisher: Publisher, queue: str, messages: int) -> None:
    while (await read_depth(publisher.session, queue)).messages != messages:
        await asyncio.sleep(0.02)


async def test_a_handled_message_is_gone(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """The handler gets the message that was sent, once."""
    seen: asyncio.Queue[BatchFailed] = asyncio.Queue()
    sent = message()
    async with consuming(broker_settings, seen.put):
        await publisher.publish(sent, message_id="1", routing=FAILED.route)
        assert await seen.get() == sent
    await until_depth(publisher, FAILED.name, 0)
    assert seen.empty()


async def test_a_rejected_message_is_parked(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """A verdict for good is not tried twice."""
    deliveries = Counter[int]()

    async def refuse(got: BatchFailed) -> None:
        deliveries[got.batch_no] += 1
        raise RejectedForGood("no")

    async with consuming(broker_settings, refuse):
        await publisher.publish(message(3), message_id="1", routing=FAILED.route)
        await until_depth(publisher, PARKED, 1)
    assert deliveries == {3: 1}
    assert await read_depth(publisher.session, FAILED.name) == Depth(messages=0, consumers=0)


async def test_a_failing_message_is_parked_at_the_delivery_limit(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """The broker counts the failures."""
    deliveries = Counter[int]()

    async def fail(got: BatchFailed) -> None:
        deliveries[got.batch_no] += 1
        raise ZeroDivisionError

    async with consuming(broker_settings, fail):
        await publisher.publish(message(3), message_id="1", routing=FAILED.route)
        await until_depth(publisher, PARKED, 1)
    assert deliveries == {3: DELIVERIES_MAX + 1}


async def test_the_last_delivery_goes_to_the_last_resort(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """What is about to be parked is written down first, held while that is impossible, and parked
    by the consumer.
    """
    deliveries, given_up = Counter[int](), Counter[int]()

    async def fail(got: BatchFailed) -> None:
        deliveries[got.batch_no] += 1
        raise ZeroDivisionError

    async def give_up(got: BatchFailed) -> None:
        given_up[got.batch_no] += 1
        if given_up[got.batch_no] == 1:
            raise Unavailable("database unavailable")
        raise RejectedForGood("given up")

    async with consuming(broker_settings, fail, last_resort=give_up):
        await publisher.publish(message(3), message_id="1", routing=FAILED.route)
        await until_depth(publisher, PARKED, 1)
    assert deliveries == {3: DELIVERIES_MAX}
    assert given_up == {3: 2}


async def test_a_message_is_held_while_a_dependency_is_away(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """It is tried again in place, without a redelivery, and others do not come meanwhile."""
    tries = Counter[int]()
    away = asyncio.Event()
    done = asyncio.Event()

    async def wait_for_it(got: BatchFailed) -> None:
        tries[got.batch_no] += 1
        if tries[0] < 3:
            away.set()
            raise Unavailable("database unavailable")
        if got.batch_no == 1:
            done.set()

    async with consuming(broker_settings, wait_for_it, prefetch=1):
        await publisher.publish(message(0), message_id="0", routing=FAILED.route)
        await publisher.publish(message(1), message_id="1", routing=FAILED.route)
        await away.wait()
        assert tries[1] == 0
        await done.wait()
    assert tries == {0: 3, 1: 1}


async def test_a_held_message_is_handed_back_by_a_drain(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """The drain does not wait for the dependency."""
    held = asyncio.Event()

    async def away(_got: BatchFailed) -> None:
        held.set()
        raise Unavailable("database unavailable")

    async with consuming(broker_settings, away):
        await publisher.publish(message(), message_id="1", routing=FAILED.route)
        await held.wait()
    await until_depth(publisher, FAILED.name, 1)
    assert (await read_depth(publisher.session, PARKED)).messages == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [("batch_failed", b"\xc1 not msgpack"), ("generate_batch", b"\x80"), (None, b"")],
)
async def test_poison_is_parked(
    broker_settings: BrokerSettings, publisher: Publisher, kind: str | None, body: bytes
) -> None:
    """Bytes that are no message of this queue never reach the handler."""

    async def never(_got: BatchFailed) -> None:
        raise AssertionError

    async with consuming(broker_settings, never):
        exchange = publisher.session.channel.default_exchange
        await exchange.publish(aio_pika.Message(body, type=kind), FAILED.name)
        await until_depth(publisher, PARKED, 1)


async def test_a_drain_lets_work_end_and_takes_nothing_new(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """What is in work is acked, what is not stays with the broker."""
    began, may_end = asyncio.Event(), asyncio.Event()
    done: list[int] = []

    async def slow(got: BatchFailed) -> None:
        began.set()
        await may_end.wait()
        done.append(got.batch_no)

    async with consuming(broker_settings, slow, prefetch=1) as consumer:
        for number in range(3):
            await publisher.publish(message(number), message_id=str(number), routing=FAILED.route)
        await began.wait()
        closing = asyncio.create_task(consumer.close(10.0))
        while consumer._consumer_tag is not None:
            await asyncio.sleep(0.02)
        may_end.set()
        await closing
    assert done == [0]
    await until_depth(publisher, FAILED.name, 2)


async def test_work_that_outlasts_the_drain_comes_again(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """A cancelled handler settles nothing: the message is neither lost nor parked."""
    began = asyncio.Event()

    async def endless(_got: BatchFailed) -> None:
        began.set()
        await asyncio.Event().wait()

    async with consuming(broker_settings, endless) as consumer:
        await publisher.publish(message(), message_id="1", routing=FAILED.route)
        await began.wait()
        await consumer.close(0.01)
    await until_depth(publisher, FAILED.name, 1)
    assert (await read_depth(publisher.session, PARKED)).messages == 0


async def test_a_message_without_a_queue_is_unavailable(publisher: Publisher) -> None:
    """An unroutable message is not confirmed silently; an event without listeners is."""
    with pytest.raises(Unavailable, match="did not take"):
        await publisher.publish(message(), message_id="1", routing=Route("", "nowhere"))
    await publisher.session.until_open()
    await publisher.publish(message(), message_id="2", routing=event("job.running"))


async def test_the_depth_of_an_unknown_queue_is_not_found(publisher: Publisher) -> None:
    """The question does not harm the session."""
    with pytest.raises(NotFound):
        await read_depth(publisher.session, "nowhere")
    await publisher.publish(message(), message_id="1", routing=FAILED.route)


async def test_a_consumer_that_holds_its_messages_is_not_ready(
    broker_settings: BrokerSettings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what it waits for; once the message is handled it is ready again."""
    monkeypatch.setattr("shared.broker.consume.HELD_READY_MAX_S", 0.0)
    away = asyncio.Event()
    away.set()
    handled = asyncio.Event()

    async def handle(_got: BatchFailed) -> None:
        if away.is_set():
            raise Unavailable("database away: disk full")
        handled.set()

    async with consuming(broker_settings, handle) as consumer:
        await consumer.check()
        await publisher.publish(message(), message_id="1", routing=FAILED.route)
        with pytest.raises(Unavailable, match=r"1 messages of failed held .* disk full"):  # noqa: PT012 -- it becomes so
            while True:
                await consumer.check()
                await asyncio.sleep(0.01)
        away.clear()
        await handled.wait()
        await until_depth(publisher, FAILED.name, 0)
        await consumer.check()


async def test_what_always_takes_too_long_is_not_held_for_ever(
    broker_settings: BrokerSettings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that answers, and never in time for this one message, does not keep its slot."""
    monkeypatch.setattr("shared.broker.consume.HOLD_FIRST_S", 0.001)
    monkeypatch.setattr("shared.broker.consume.HOLD_MAX_S", 0.002)
    attempts = Counter[int]()

    async def handle(got: BatchFailed) -> None:
        attempts[got.batch_no] += 1
        raise Overdue("database: canceling statement due to statement timeout")

    async with consuming(broker_settings, handle):
        await publisher.publish(message(3), message_id="3", routing=FAILED.route)
        await until_depth(publisher, PARKED, 1)
    assert attempts == {3: OVERDUE_MAX * (DELIVERIES_MAX + 1)}
