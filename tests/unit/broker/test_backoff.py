from __future__ import annotations

from itertools import islice
from random import Random

from shared.broker.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    """Every pause is between half and all of its bound."""
    pauses = list(islice(Backoff(0.1, 1.0, Random(7)).pauses(), 8))
    bounds = [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0]
    assert all(bound / 2 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))


def test_two_processes_do_not_pause_alike() -> None:
    """A fleet does not come back in one instant."""
    assert list(islice(Backoff(1.0, 8.0, Random(1)).pauses(), 4)) != list(
        islice(Backoff(1.0, 8.0, Random(2)).pauses(), 4)
    )
