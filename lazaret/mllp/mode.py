"""Which acknowledgements end a message, and how the message asks for them (MSH-15 and MSH-16)."""

from enum import StrEnum

_ACCEPT, _APPLICATION = 14, 15  # MSH-15 and MSH-16, counted without MSH-1


class Mode(StrEnum):
    """ORIGINAL asks for nothing, ACCEPT for a receipt (CA), BOTH for the outcome as well."""

    ORIGINAL = "original"
    ACCEPT = "accept"
    BOTH = "both"

    @property
    def ends_with_receipt(self) -> bool:
        """Whether CA is the last word. In the other modes AA, AE or AR follows it."""
        return self is Mode.ACCEPT

    def ask(self, message: bytes) -> bytes:
        """The message with what it asks for in its header."""
        if self is Mode.ORIGINAL:
            return message
        fields = message.split(b"|", _APPLICATION + 1)
        fields[_ACCEPT] = b"AL"
        fields[_APPLICATION] = b"AL" if self is Mode.BOTH else b"NE"
        return b"|".join(fields)
