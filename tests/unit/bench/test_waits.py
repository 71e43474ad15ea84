import httpx
import pytest

from lazaret.bench.waits import PHASE_S, REQUESTS_MIN, request_times
from tests.unit.generator.hand_clock import HandClock


@pytest.mark.parametrize(
    ("request_s", "asked"), [(0.0, 40), (PHASE_S, REQUESTS_MIN), (PHASE_S / 40, 21)]
)
def test_slow_requests_are_asked_less_often(request_s: float, asked: int) -> None:
    """A phase ends after its time, with as many requests of each kind, but not before there are a
    few.
    """
    clock, served = HandClock(), list[str]()

    def serve(request: httpx.Request) -> httpx.Response:
        clock.advance(request_s)
        served.append(request.url.path)
        return httpx.Response(200)

    kinds = {"job": ["/job"] * 40, "page": ["/page"] * 40}
    with httpx.Client(base_url="http://server", transport=httpx.MockTransport(serve)) as http:
        times = request_times(http, kinds, clock)
    assert {kind: len(each) for kind, each in times.items()} == {"job": asked, "page": asked}
    assert len(served) == 2 * asked
