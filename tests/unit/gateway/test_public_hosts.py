"""Which hosts a client may send the gateway to."""

import socket

import pytest

from services.gateway.smart.public_hosts import (
    PrivateAddress,
    is_public,
    may_be_public,
    public_socket,
)

PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1"),
    *("64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255", "ff02::1", "x"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_none(address: str) -> None:
    """However they are written, they are refused when a socket for them would be made."""
    assert not is_public(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(PrivateAddress):
        public_socket((family, socket.SOCK_STREAM, 0, "", (address, 443)))


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_public_addresses_are(address: str) -> None:
    """The internet's addresses are let through."""
    assert is_public(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public_socket((family, socket.SOCK_STREAM, 0, "", (address, 443))).close()


def test_names_of_the_own_network_are_known_by_their_look() -> None:
    """Names without a dot, those of private domains, and numbers that some take for addresses."""
    private = ("localhost", "a.localhost", "db", "db.internal", "x.local", "0", "2130706433")
    assert not any(map(may_be_public, (*private, "127.1", "0x7f.1", "localhost.", "[::1]")))
    assert all(map(may_be_public, ("client.example", "keys.client.example.", "8.8.8.8")))
