from __future__ import annotations

import pytest

from services.generator.config import GeneratorConfig
from services.writer.config import WriterConfig
from shared.errors import Invalid

NEEDED = {"LAZARET_DATABASE_URL": "postgresql://x", "LAZARET_BROKER_URL": "amqp://x"}


@pytest.mark.parametrize(
    ("config", "variables", "limit"),
    [
        (GeneratorConfig, {"LAZARET_LEASE_S": "1", "LAZARET_RENEW_S": "0.5"}, "a third of lease_s"),
        (GeneratorConfig, {"LAZARET_SOFT_TIME_LIMIT_S": "300"}, "below hard_time_limit_s"),
        (GeneratorConfig, {"LAZARET_CHILD_RECYCLE_RSS_MIB": "500"}, "below child_kill_rss_mib"),
        (WriterConfig, {"LAZARET_DATABASE_POOL_MAX": "4"}, "below database_pool_max"),
    ],
)
def test_limits_that_contradict_each_other_are_refused(
    config: type[GeneratorConfig | WriterConfig], variables: dict[str, str], limit: str
) -> None:
    """The message names both."""
    with pytest.raises(Invalid, match=limit):
        config.load({**NEEDED, **variables})
    assert config.load(NEEDED)


def test_a_drain_keeps_time_for_giving_back() -> None:
    """Work stops before the drain's deadline."""
    config = GeneratorConfig.load({**NEEDED, "LAZARET_DRAIN_TIMEOUT_S": "25"})
    assert 0 < config.work_time_s < 25
    assert GeneratorConfig.load({**NEEDED, "LAZARET_DRAIN_TIMEOUT_S": "1"}).work_time_s == 0
