"""Which hosts the gateway may be sent to by what a client was registered with: public ones only.

Names are looked up by the connection itself, and each address is judged when its socket is made,
so a name that changes its address between two look-ups gains nothing.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

# Ways to write an IPv4 address as one of IPv6, besides the mapped one: NAT64 and 6to4.
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".localdomain")


class PrivateAddress(OSError):
    """The address is no public one."""


def is_public(text: str) -> bool:
    """Whether an address is one of the internet's: not loopback, private, link-local, reserved."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    address = _embedded(address)
    return address.is_global and not address.is_multicast


def may_be_public(host: str) -> bool:
    """Whether a host of a URL may be a public one: judged by its name, which is not looked up."""
    name = host.lower().rstrip(".")
    if any(name == each.lstrip(".") or name.endswith(each) for each in _LOCAL_NAMES):
        return False
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        # A public name has a dot, and no last label of digits: `2130706433` is 127.0.0.1 to some.
        return "." in name and not name.rpartition(".")[2][:1].isdigit()
    return is_public(name)


def public_socket(address_info: tuple[Any, ...]) -> socket.socket:
    """Make the socket for an address (`aiohttp`'s socket factory). Raises PrivateAddress."""
    family, kind, protocol, _name, address = address_info
    if not is_public(address[0]):
        raise PrivateAddress("the URL's host has an address that is not public")
    return socket.socket(family, kind, protocol)


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
