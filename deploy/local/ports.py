"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import contextlib
import secrets
import socket

LOOPBACK = "127.0.0.1"
# Below the ports that the system gives to outgoing connections, which would take a free one before
# its server does.
FIRST, BEYOND = 20_000, 32_000


def free_ports(count: int) -> list[int]:
    """Distinct ports nobody listens on; all are held open until the last is chosen, so that none
    comes twice.
    """
    with contextlib.ExitStack() as held:
        return [_hold_any(held) for _ in range(count)]


def _hold_any(held: contextlib.ExitStack) -> int:
    while True:
        port = FIRST + secrets.randbelow(BEYOND - FIRST)
        with contextlib.suppress(OSError):
            held.enter_context(socket.socket()).bind((LOOPBACK, port))
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
