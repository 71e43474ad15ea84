import pytest

from services.gateway.http.problems import Unauthenticated
from services.generator.child_process import ChildFailed
from shared.errors import Invalid, NotFound, RejectedForGood, TooManyRequests, Unavailable
from shared.telemetry.error_kinds import Category, category_of, fingerprint


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (Unavailable("database away"), Category.DEPENDENCY),
        (ConnectionRefusedError(), Category.DEPENDENCY),
        (TooManyRequests("too many"), Category.CLIENT),
        (Invalid(()), Category.CLIENT),
        (NotFound("no job"), Category.CLIENT),
        (Unauthenticated("no key"), Category.CLIENT),
        (RejectedForGood("bytes"), Category.DATA),
        (ChildFailed("memory", "too much"), Category.CAPACITY),
        (ChildFailed("crash", "signal"), Category.DEFECT),
        (MemoryError(), Category.CAPACITY),
        (KeyError("x"), Category.DEFECT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_category_says_who_has_to_act(error: Exception, category: Category) -> None:
    """What nobody expected is a defect."""
    assert category_of(error) is category


def _raised(message: str) -> KeyError:
    with pytest.raises(KeyError) as raised:
        {}[message]
    return raised.value


def test_like_errors_have_one_fingerprint() -> None:
    """The message takes no part, what was done and the kind of error do."""
    known = fingerprint("part failed", _raised("a"))
    assert fingerprint("part failed", _raised("b")) == known
    assert fingerprint("batch failed", _raised("a")) != known
    assert fingerprint("part failed", ValueError("a")) != known
