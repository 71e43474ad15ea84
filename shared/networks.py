"""Addresses and networks as settings and headers write them."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def read_networks(text: str) -> tuple[Network, ...]:
    """Read networks or single addresses between commas. Raises ValueError."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def read_address(text: str) -> Address | None:
    """Read an address; one of IPv4 in IPv6's clothes is IPv4's. None for what is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of the networks has the address."""
    return any(address.version == each.version and address in each for each in networks)
