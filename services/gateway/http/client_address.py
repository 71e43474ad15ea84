"""Who is at the other end: the socket's peer, or whom trusted proxies say they speak for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv6Address

from aiohttp import web

from services.gateway.context import GATEWAY
from shared.networks import Address, Network, is_in, read_address

NOWHERE: Address = IPv6Address("::")
HOPS_MAX = 20
_FOR = re.compile(r'(?:^|[;,])\s*for\s*=\s*("[^"]*"|[^;,\s]*)', re.IGNORECASE)
_V4_WITH_PORT = re.compile(r"([0-9.]+)(?::\d+)?", re.ASCII)
_V6_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?", re.ASCII)


def client_address(request: web.BaseRequest, trusted: Sequence[Network]) -> Address:
    """Return the nearest address that is no trusted proxy's; `::` for what cannot be read.

    Only a trusted peer is believed, and only from the right: what stands further left was said by
    somebody else. `Forwarded` is read where it is given, else `X-Forwarded-For`.
    """
    peer = _peer(request)
    if peer is None or not is_in(peer, trusted):
        return peer or NOWHERE
    return _nearest_stranger(peer, _forwarded_for(request), trusted)


def _peer(request: web.BaseRequest) -> Address | None:
    if request.transport is None:
        return None
    name = request.transport.get_extra_info("peername")
    return read_address(name[0]) if name else None


def address_of(request: web.Request) -> Address:
    """Return the address of this request's client under the gateway's settings."""
    return client_address(request, request.app[GATEWAY].config.trusted_networks)


def _nearest_stranger(peer: Address, hops: Iterable[str], trusted: Sequence[Network]) -> Address:
    nearest = peer
    for text in hops:
        hop = _read_hop(text)
        if hop is None:
            return NOWHERE
        nearest = hop
        if not is_in(hop, trusted):
            break
    return nearest


def _forwarded_for(request: web.BaseRequest) -> Iterator[str]:
    """The hops that are named, the last one first, so many of them at most."""
    if forwarded := request.headers.getall("Forwarded", []):
        named = [found[1].strip('"') for found in _FOR.finditer(",".join(forwarded))]
    else:
        named = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        named = [each for each in map(str.strip, named) if each]
    yield from reversed(named[-HOPS_MAX:])


def _read_hop(text: str) -> Address | None:
    found = _V6_WITH_PORT.fullmatch(text) or _V4_WITH_PORT.fullmatch(text)
    return read_address(found[1] if found else text)
