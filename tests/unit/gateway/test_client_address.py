"""Whom a request comes from, behind proxies that are trusted and beside those that are not."""

from ipaddress import ip_address

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.gateway.http.client_address import NOWHERE, client_address
from shared.networks import Address, is_in, read_networks

TRUSTED = read_networks("10.0.0.0/8, fd00::/8")


class _Transport:
    def __init__(self, peer: str) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, _default: object = None) -> object:
        return (self._peer, 1) if name == "peername" else None


def address(peer: str, *headers: tuple[str, str]) -> Address:
    request = make_mocked_request("GET", "/", headers=CIMultiDict(headers))
    request._transport_sslcontext = None
    request._protocol.transport = _Transport(peer)  # type: ignore[assignment]
    return client_address(request, TRUSTED)


CASES = {
    "no proxy": ("1.2.3.4", (), "1.2.3.4"),
    "a stranger's header": ("1.2.3.4", (("X-Forwarded-For", "9.9.9.9"),), "1.2.3.4"),
    "a proxy's header": ("10.0.0.1", (("X-Forwarded-For", "9.9.9.9"),), "9.9.9.9"),
    "what the client said first": (
        "10.0.0.1",
        (("X-Forwarded-For", "6.6.6.6, 9.9.9.9, 10.1.1.1"),),
        "9.9.9.9",
    ),
    "two headers": (
        "10.0.0.1",
        (("X-Forwarded-For", "9.9.9.9"), ("X-Forwarded-For", "10.1.1.1")),
        "9.9.9.9",
    ),
    "mapped": ("::ffff:10.0.0.1", (("X-Forwarded-For", "::ffff:9.9.9.9"),), "9.9.9.9"),
    "forwarded": ("10.0.0.1", (("Forwarded", 'for="[2001:db8::1]:80";proto=http'),), "2001:db8::1"),
    "a port": ("10.0.0.1", (("X-Forwarded-For", "9.9.9.9:1234"),), "9.9.9.9"),
    "nonsense": ("10.0.0.1", (("X-Forwarded-For", "9.9.9.9, unknown"),), str(NOWHERE)),
    "only proxies": ("10.0.0.1", (("X-Forwarded-For", "10.2.2.2"),), "10.2.2.2"),
    "nothing said": ("10.0.0.1", (), "10.0.0.1"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_nearest_stranger_counts(case: str) -> None:
    """Headers are believed from the right, as far as trusted proxies wrote them."""
    peer, headers, expected = CASES[case]
    assert address(peer, *headers) == ip_address(expected)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_header_makes_a_client_trusted_or_an_error(forwarded: str, forwarded_for: str) -> None:
    """Whatever a client writes left of a proxy's entry changes nothing."""
    given_headers = (
        ("X-Forwarded-For", forwarded_for.replace(",", "") + ", 9.9.9.9"),
        ("X-Other", forwarded),
    )
    assert address("10.0.0.1", *given_headers) == ip_address("9.9.9.9")
    found = address("10.0.0.1", ("Forwarded", forwarded), ("X-Forwarded-For", forwarded_for))
    assert found == NOWHERE or not is_in(found, ()) or found.version in {4, 6}
