from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest

from services.generator.child_process import Limits
from services.generator.children import Children
from shared.clock import SystemClock

STAND_IN = (sys.executable, "-m", "tests.integration.generator.stand_in_child")
LIMITS = Limits(
    soft_time_s=20,
    hard_time_s=30,
    recycle_rss_mib=200,
    kill_rss_mib=300,
    recycle_patients=10**9,
    recycle_age_s=3600,
)


@pytest.fixture
def limits() -> Limits:
    """Generous ones; parametrize them."""
    return LIMITS


@pytest.fixture
async def children(limits: Limits) -> AsyncIterator[Children]:
    """Two stand-ins."""
    opened = await Children.open(2, limits, SystemClock(), STAND_IN)
    yield opened
    await opened.close()
