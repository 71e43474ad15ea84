from __future__ import annotations

import asyncio
import signal
from collections import Counter
from uuid import UUID, uuid4

import pytest
from aio_pika.queue import Queue

from deploy.local.process_record import stop
from deploy.local.servers import Servers
from shared.broker.consume import Consumer
from shared.broker.depth import read_depth
from shared.broker.publish import Publisher
from shared.broker.session import Session
from shared.broker.topology import FAILED, declare
from shared.broker.watchdog import Watchdog
from shared.clock import SystemClock
from shared.config import BrokerSettings
from shared.errors import Unavailable
from shared.messages.batch_failed import BatchFailed


def message(batch_no: int) -> BatchFailed:
    return BatchFailed(
        job_id=UUID(int=1), batch_no=batch_no, lease_id=uuid4(), dispatch_no=1, reason="why"
    )


async def publish_until_taken(publisher: Publisher, sent: BatchFailed) -> None:
    """What every publisher of the project does: the same message under the same id."""
    while True:
        try:
            return await publisher.publish(
                sent, message_id=str(sent.batch_no), routing=FAILED.route
            )
        except Unavailable:
            await asyncio.sleep(0.05)


async def test_a_publisher_may_start_before_the_broker() -> None:
    """It says that the broker is unavailable, at once."""
    settings = BrokerSettings(broker_url="amqp://127.0.0.1:9/")
    publisher = await Publisher.open(settings, "test")
    with pytest.raises(Unavailable):
        await publisher.publish(message(0), message_id="0", routing=FAILED.route)
    with pytest.raises(Unavailable):
        await publisher.check()
    with pytest.raises(Unavailable):
        await read_depth(publisher.session, FAILED.name)
    await publisher.close()


async def test_a_consumer_survives_the_deletion_of_its_queue(
    broker_settings: BrokerSettings, publisher: Publisher
) -> None:
    """The broker cancels the consumer; it declares the queue again and goes on."""
    seen: asyncio.Queue[BatchFailed] = asyncio.Queue()
    consumer = await Consumer.open(broker_settings, FAILED, seen.put, prefetch=1, name="test")
    await consumer.until_subscribed()
    await publisher.session.channel.queue_delete(FAILED.name)
    await publish_until_taken(publisher, message(7))
    assert (await seen.get()).batch_no == 7
    await consumer.close(5.0)


@pytest.mark.timeout(300)
async def test_a_killed_broker_costs_no_message(own_servers: Servers) -> None:
    """A kill -9 with confirmed messages in the queue and in work: all are handled after the
    restart, those in work again.
    """
    rabbitmq = own_servers.rabbitmq
    settings = BrokerSettings(broker_url=rabbitmq.url(), broker_reconnect_delay_max_s=0.5)
    handled = Counter[int]()
    struck, all_handled = asyncio.Event(), asyncio.Event()

    async def handle(got: BatchFailed) -> None:
        handled[got.batch_no] += 1
        if got.batch_no == 0:
            struck.set()
        if len(handled) == 20:
            all_handled.set()
        if handled[0] < 2 and got.batch_no < 2:
            await asyncio.Event().wait()  # in work when the broker dies, and never settled

    publisher = await Publisher.open(settings, "test")
    consumer = await Consumer.open(settings, FAILED, handle, prefetch=2, name="test")
    await consumer.until_subscribed()
    await publisher.session.until_open()
    # A queue that was declared just now would not survive (see `consume`); an orderly restart
    # writes it down.
    await asyncio.to_thread(rabbitmq.stop)
    await asyncio.to_thread(rabbitmq.start)
    for number in range(19):
        await publish_until_taken(publisher, message(number))
    await struck.wait()
    await asyncio.to_thread(stop, rabbitmq.pid_file, signal.SIGKILL, 10)
    with pytest.raises(Unavailable):
        await publisher.publish(message(19), message_id="19", routing=FAILED.route)
    await asyncio.to_thread(rabbitmq.start)
    await publish_until_taken(publisher, message(19))
    await all_handled.wait()
    assert handled[0] == 2
    await consumer.close(0.1)
    await publisher.close()


@pytest.mark.timeout(300)
async def test_a_broker_short_of_memory_holds_publishers_back(own_servers: Servers) -> None:
    """A publisher learns that it is blocked, keeps its connection, and goes on when there is memory
    again.
    """
    rabbitmq = own_servers.rabbitmq
    settings = BrokerSettings(broker_url=rabbitmq.url(), broker_publish_timeout_s=0.5)
    publisher = await Publisher.open(settings, "test")
    await publisher.session.until_open()
    channel = publisher.session.channel
    await publisher.check()
    await asyncio.to_thread(rabbitmq.limit_memory, "1MB")
    with pytest.raises(Unavailable, match="did not confirm"):
        await publisher.publish(message(1), message_id="1", routing=FAILED.route)
    with pytest.raises(Unavailable, match="short of memory"):
        await publisher.check()
    with pytest.raises(Unavailable, match="short of memory"):
        await publisher.publish(message(2), message_id="2", routing=FAILED.route)
    await asyncio.to_thread(rabbitmq.limit_memory, "0.4")
    await publish_until_taken(publisher, message(2))
    assert publisher.session.channel is channel
    assert (await read_depth(publisher.session, FAILED.name)).messages == 2
    await publisher.close()


async def test_the_watchdog_resets_a_session_without_a_consumer(
    broker_settings: BrokerSettings,
) -> None:
    """A session that looks well but does not consume is opened again."""
    opened: asyncio.Queue[None] = asyncio.Queue()

    async def prepare(channel: object) -> None:
        await declare(channel)  # type: ignore[arg-type]
        await opened.put(None)

    session = Session(broker_settings, "test", prepare)
    watchdog = Watchdog(session, FAILED.name, SystemClock(), lambda: True, interval_s=0.05)
    await opened.get()
    await opened.get()
    await watchdog.close()
    await session.close()


@pytest.mark.timeout(300)
async def test_a_queue_that_answers_no_consumer_is_made_anew(own_servers: Servers) -> None:
    """A broker that was killed right after the declaration has half a queue; it is consumed in the
    end.
    """
    rabbitmq = own_servers.rabbitmq
    settings = BrokerSettings(
        broker_url=rabbitmq.url(), broker_reconnect_delay_max_s=0.2, broker_publish_timeout_s=5
    )
    seen: asyncio.Queue[BatchFailed] = asyncio.Queue()
    publisher = await Publisher.open(settings, "test")
    consumer = await Consumer.open(settings, FAILED, seen.put, prefetch=2, name="test")
    await consumer.until_subscribed()
    await asyncio.to_thread(stop, rabbitmq.pid_file, signal.SIGKILL, 10)
    await asyncio.to_thread(rabbitmq.start)
    await asyncio.to_thread(rabbitmq.wait_ready)
    await consumer.until_subscribed()
    await publish_until_taken(publisher, message(7))
    assert (await seen.get()).batch_no == 7
    await consumer.close(1.0)
    await publisher.close()


async def test_a_queue_that_is_slow_to_answer_keeps_its_messages(
    broker_settings: BrokerSettings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was confirmed is delivered, however often the subscription was not answered in time."""
    for number in range(20):
        await publisher.publish(message(number), message_id=str(number), routing=FAILED.route)
    seen = Counter[int]()
    all_seen = asyncio.Event()
    slow = asyncio.Event()

    async def handle(got: BatchFailed) -> None:
        seen[got.batch_no] += 1
        if len(seen) == 20:
            all_seen.set()

    real = Queue.consume

    async def consume(self: Queue, *arguments: object, **options: object) -> str:
        if unanswered:
            unanswered.pop()
            raise TimeoutError
        slow.set()
        return str(await real(self, *arguments, **options))  # type: ignore[arg-type]

    unanswered = [None] * 5
    monkeypatch.setattr(Queue, "consume", consume)
    consumer = await Consumer.open(broker_settings, FAILED, handle, prefetch=5, name="test")
    await slow.wait()
    await all_seen.wait()
    await consumer.close(5.0)
