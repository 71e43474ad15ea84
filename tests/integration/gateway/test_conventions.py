"""What all operations have in common: ids, times, representations, origins."""

import gzip

import httpx
import pytest
import zstandard
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

JOBS = "/api/v1/jobs"
ORIGIN = "https://planner.example"


async def test_a_request_has_an_id(http: httpx.AsyncClient) -> None:
    """The client's own comes back; one that is none is replaced; refusals have one, too."""
    own = await http.get(JOBS, headers={"X-Request-ID": "exercise-7:1"})
    assert own.headers["X-Request-ID"] == "exercise-7:1"
    for unusable in ("a" * 200, "<script>", "a b"):
        answer = await http.get("/nowhere", headers={"X-Request-ID": unusable})
        assert len(answer.headers["X-Request-ID"]) == 32
    two = [(await http.get(JOBS)).headers["X-Request-ID"] for _ in range(2)]
    assert two[0] != two[1]


async def test_the_id_stands_in_the_logs(http: httpx.AsyncClient) -> None:
    """Whoever has an answer finds its lines."""
    with capture_logs(processors=[merge_contextvars]) as logs:
        await http.get(JOBS, headers={"X-Request-ID": "exercise-7:2"})
    lines = [each for each in logs if each["event"] == "request"]
    assert [each["request_id"] for each in lines] == ["exercise-7:2"]


async def test_an_answer_says_how_long_it_took(http: httpx.AsyncClient) -> None:
    """In milliseconds, for refusals too."""
    for path in (JOBS, "/nowhere", "/health/live"):
        elapsed = (await http.get(path)).headers["X-Response-Time"]
        assert elapsed.endswith("ms")
        assert float(elapsed.removesuffix("ms")) >= 0


async def test_texts_are_compressed_for_who_can_read_them(http: httpx.AsyncClient) -> None:
    """By what the client likes best; small answers and clients without a coding get them plain."""
    path = "/api/v1/presets"
    plain = await http.get(path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    for coding, unpack in (("gzip", gzip.decompress), ("zstd", _unpack_zstd)):
        async with http.stream("GET", path, headers={"Accept-Encoding": coding}) as answer:
            packed = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert answer.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert unpack(packed) == plain.content
        assert len(packed) < len(plain.content)
    small = await http.get("/health/live", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def _unpack_zstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "image/*, text/html"])
async def test_a_representation_that_is_not_offered_is_refused(
    http: httpx.AsyncClient, accept: str
) -> None:
    """406 says what can be had."""
    answer = await http.get(JOBS, headers={"Accept": accept})
    assert (answer.status_code, "application/json" in answer.json()["detail"]) == (406, True)


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "application/*", "text/html, */*;q=0.1", ""]
)
async def test_a_representation_that_is_offered_is_given(
    http: httpx.AsyncClient, accept: str
) -> None:
    """Ranges count, and so does saying nothing in particular."""
    headers = {"Accept": accept} if accept else {}
    assert (await http.get(JOBS, headers=headers)).status_code == 200


async def test_other_origins_are_not_let_in(http: httpx.AsyncClient) -> None:
    """Without a list there is no word of origins in any answer, and preflights are refused."""
    for answer in (
        await http.get(JOBS, headers={"Origin": ORIGIN}),
        await http.options(
            JOBS, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        ),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.status_code == 405


@pytest.mark.parametrize("settings", [{"cors_origins": f"{ORIGIN}, https://other.example"}])
@pytest.mark.parametrize("path", [JOBS, "/fhir/R4/Patient"])
async def test_listed_origins_are_let_in(http: httpx.AsyncClient, path: str) -> None:
    """Their preflights say what may be sent, their pages read answers and refusals; others not."""
    ask = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    preflight = await http.options(path, headers=ask)
    assert preflight.status_code == 204
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    for asked in (path, "/nowhere"):
        answer = await http.get(asked, headers={"Origin": ORIGIN})
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Origin" in answer.headers["Vary"]
    stranger = await http.get(path, headers={"Origin": "https://planner.example.evil"})
    assert "Access-Control-Allow-Origin" not in stranger.headers


@pytest.mark.parametrize("settings", [{"rate_key_per_minute": 2, "rate_address_per_minute": 1}])
async def test_rates_are_told_and_kept(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient
) -> None:
    """A key has its rate, and whatever needs no key has one for each address; probes have none."""
    first = await http.get(JOBS)
    assert first.headers["RateLimit-Policy"] == '"key";q=2;w=60, "tenant";q=120000;w=60'
    assert first.headers["RateLimit"].startswith('"key";r=1;t=30')
    await http.get(JOBS)
    refused = await http.get(JOBS)
    assert (refused.status_code, "this key" in refused.json()["detail"]) == (429, True)
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert (await other_http.get(JOBS)).status_code == 200
    strangers = [(await http.get("/api/v1/openapi.json")).status_code for _ in range(2)]
    assert strangers == [200, 429]
    assert (await http.get("/health/live")).status_code == 200
