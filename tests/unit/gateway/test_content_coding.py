"""Which content-coding a client gets."""

import pytest
from aiohttp import web

from services.gateway.http.content_coding import choose_coding


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("identity", "identity"),
        ("br", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=0.9, zstd;q=0.8", "gzip"),
        ("gzip; q=0.5, identity", "identity"),
        ("zstd;q=0, *", "gzip"),
        ("*", "zstd"),
        ("*;q=0.1, gzip;q=0.2", "gzip"),
        ("gzip;q=nonsense", "identity"),
        ("gzip;q=0", "identity"),
        ("gzip;q=7, zstd;q=0.5", "gzip"),
        ("gzip;q=7, zstd", "zstd"),
        ("gzip;q=-1", "identity"),
    ],
)
def test_the_highest_weight_wins(header: str | None, coding: str) -> None:
    """Weights decide, then the server's own order; a coding that was not named is not sent, but for
    identity.
    """
    assert choose_coding(header, compressible=True) == coding


@pytest.mark.parametrize("header", ["identity;q=0", "*;q=0", "br, *;q=0"])
def test_nothing_acceptable_is_refused(header: str) -> None:
    """When identity is refused and nothing else can be sent, the answer is 406."""
    with pytest.raises(web.HTTPNotAcceptable):
        choose_coding(header, compressible=True)


def test_what_is_compressed_is_not_compressed_again() -> None:
    """A compressed format goes as it is, whatever the client would take."""
    assert choose_coding("gzip, zstd", compressible=False) == "identity"
