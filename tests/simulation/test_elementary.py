import math
from typing import Any

import numpy as np
import pytest

from shared.simulation.elementary import exp_each, exponential_table, log, normal_table
from shared.simulation.geography import cosine_of_degrees, distance_km
from shared.simulation.kernel import entry
from shared.simulation.lottery import tickets
from shared.simulation.streams import Concern, stream


@entry
def _log_each(values: Any) -> None:
    for place in range(len(values)):
        values[place] = log(values[place])


def test_exp_and_log_agree_with_libm() -> None:
    """Exp and log are within a few units in the last place of libm's over their range."""
    powers = np.random.default_rng(1).uniform(-700, 700, 2000)
    expected = [math.exp(x) for x in powers]
    exp_each(powers)
    assert powers.tolist() == pytest.approx(expected, rel=1e-15)
    logs = 10 ** np.random.default_rng(2).uniform(-300, 300, 2000)
    expected = [math.log(x) for x in logs]
    _log_each(logs)
    assert logs.tolist() == pytest.approx(expected, rel=1e-15, abs=1e-15)


def test_exp_is_held_at_its_ends() -> None:
    """Exp is 0 far below and finite far above."""
    ends = np.array([-1000.0, 1000.0])
    exp_each(ends)
    assert ends[0] == 0.0
    assert math.isfinite(ends[1])


def test_quantile_tables_have_the_moments_of_their_distributions() -> None:
    """The normal table has mean 0 and deviation 1, the exponential table mean 1."""
    normal, exponential = np.empty(4096), np.empty(4096)
    normal_table(normal)
    exponential_table(exponential)
    assert normal.mean() == pytest.approx(0, abs=1e-3)
    assert normal.std() == pytest.approx(1, abs=2e-3)
    assert exponential.mean() == pytest.approx(1, abs=1e-3)


def test_distances() -> None:
    """The cosine is exact to 1e-12, and a degree of latitude is 111 km."""
    for angle in range(-85, 86, 5):
        assert cosine_of_degrees(angle) == pytest.approx(math.cos(math.radians(angle)), abs=1e-12)
    assert distance_km((50, 10), (51, 10)) == pytest.approx(111.2, abs=0.1)
    assert distance_km((0, 179.5), (0, -179.5)) == pytest.approx(111.2, abs=0.1)


def test_streams_are_independent_and_bounded() -> None:
    """Seed, sector and concern each give another stream; what is out of bounds is refused."""
    draws = {
        tuple(stream(*key).integers(0, 2**62, 2))
        for key in (
            (1, 1, Concern.ARRIVALS),
            (2, 1, Concern.ARRIVALS),
            (1, 2, Concern.ARRIVALS),
            (1, 1, Concern.WOUNDS),
        )
    }
    assert len(draws) == 4
    for seed, sector in ((-1, 0), (2**53, 0), (0, -1), (0, 2**31)):
        with pytest.raises(ValueError, match="must be in"):
            stream(seed, sector, Concern.ARRIVALS)


def test_tickets_are_shared_out_by_weight() -> None:
    """A lottery has its tickets in proportion to the weights, and none for weight 0."""
    drawn = tickets([1, 0, 3], [7, 8, 9])
    assert np.count_nonzero(drawn == 7) * 3 == np.count_nonzero(drawn == 9)
    assert 8 not in drawn
