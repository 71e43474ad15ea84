"""Places in all and of one holder."""

import pytest

from services.gateway.limits.slots import Slots
from shared.errors import TooManyRequests, Unavailable


def test_a_holder_has_its_share_and_all_have_the_total() -> None:
    """The refusal says whose fault it is, and never what others do."""
    slots = Slots("exports", 3, 2)
    with slots.one("a"), slots.one("a"):
        with pytest.raises(TooManyRequests, match="you have 2 exports"):
            slots.take("a")
        with slots.one("b"):
            assert slots.is_full
            with pytest.raises(Unavailable, match=r"^too many exports are under way$") as refused:
                slots.take("c")
            assert not isinstance(refused.value, TooManyRequests)
    assert slots.taken == 0


def test_a_share_is_at_most_the_total() -> None:
    """Whoever is alone is told of its own share, not of others."""
    slots = Slots("exports", 1, 5)
    with slots.one("a"), pytest.raises(TooManyRequests):
        slots.take("a")
