"""API keys as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.identity.key_format import PATTERN, draw_key, read_key

EARLIER = f"lzt_{'0a' * 6}_{'b1' * 32}"


def test_a_key_comes_apart_as_it_was_put_together() -> None:
    """Its text holds id and secret, and scanners know it by its shape."""
    for _ in range(200):
        drawn = draw_key()
        assert read_key(str(drawn)) == drawn
        assert re.search(PATTERN, f'api_key = "{drawn}"')


@given(place=st.integers(17, 65), letter=st.sampled_from("0aZ"))
def test_a_wrong_character_is_noticed_without_asking_anybody(place: int, letter: str) -> None:
    """The checksum does not fit then."""
    text = str(draw_key())
    changed = text[:place] + letter + text[place + 1 :]
    assert (read_key(changed) is None) == (changed != text)


def test_keys_made_before_are_read() -> None:
    """They have no checksum, and a longer secret."""
    read = read_key(EARLIER)
    assert read is not None
    assert (read.key_id, read.secret) == ("0a" * 6, "b1" * 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lzt_",
        "lzt__",
        EARLIER[:-1],
        EARLIER + "0",
        EARLIER.upper(),
        "x" * 10_000,
        "lzt_é_" + "a" * 49,
        f"{EARLIER}\n",
    ],
)
def test_what_is_no_key_is_none(text: str) -> None:
    """Neither does it take long, nor does it break anything."""
    assert read_key(text) is None
