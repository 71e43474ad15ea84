"""How encoded pieces become one file while it is sent: in order, with only what the file's end
needs kept.
"""

from typing import Protocol


class Assembly(Protocol):
    """One file being put together."""

    def add(self, piece: bytes) -> bytes:
        """What the file gets for the next encoded piece."""
        ...

    def end(self) -> bytes:
        """What comes last."""
        ...


class Concatenation:
    """Pieces one behind the other."""

    def add(self, piece: bytes) -> bytes:
        return piece

    def end(self) -> bytes:
        return b""
