"""A publisher and consumers on a virtual host of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.broker.publish import Publisher
from shared.config import BrokerSettings


@pytest.fixture
def broker_settings(amqp_url: str) -> BrokerSettings:
    return BrokerSettings(
        broker_url=amqp_url, broker_reconnect_delay_max_s=0.5, broker_publish_timeout_s=5.0
    )


@pytest.fixture
async def publisher(broker_settings: BrokerSettings) -> AsyncIterator[Publisher]:
    """Connected."""
    opened = await Publisher.open(broker_settings, "test")
    await opened.session.until_open()
    yield opened
    await opened.close()
