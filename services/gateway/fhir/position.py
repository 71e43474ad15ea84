"""Where a page ends and the next begins: a place in the one order of all resources of a type."""

import base64
import binascii
import re
from typing import NamedTuple
from uuid import UUID

_TEXT = re.compile(r"([0-9a-f-]{36})\.(\d{1,15})\.(\d{1,9})", re.ASCII)


class Position(NamedTuple):
    """Resources are ordered by their job (the older first), by patient, and as the encoder writes a
    patient's. `line` counts from 0.
    """

    job_id: UUID
    ordinal: int
    line: int

    def to_text(self) -> str:
        """As a link carries it. It says all that the next page needs, so a link works on every
        gateway and for as long as the data.
        """
        return (
            base64.urlsafe_b64encode(f"{self.job_id}.{self.ordinal}.{self.line}".encode())
            .decode()
            .rstrip("=")
        )


START = Position(UUID(int=0), 0, 0)


def read_position(text: str) -> Position:
    """Read it back. Raises ValueError."""
    try:
        found = _TEXT.fullmatch(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except (binascii.Error, UnicodeError, ValueError):
        found = None
    if found is None:
        raise ValueError("is no link of this server's; take it from a page's next link")
    return Position(UUID(found[1]), int(found[2]), int(found[3]))
