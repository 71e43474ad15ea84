"""API keys as text: `lzt_<id>_<secret><checksum>`, and the longer hexadecimal secret without a
checksum of keys made before.

The id finds the row, the checksum lets a scanner or a typing error be told from a key without
asking anybody: `PATTERN` is the rule for secret scanners.
"""

import re
import secrets
import string
import zlib
from typing import NamedTuple

PREFIX = "lzt"
KEY_ID_BYTES = 6
SECRET_CHARACTERS = 43  # of 62: 256 bits
CHECKSUM_CHARACTERS = 6
PATTERN = r"\blzt_[0-9a-f]{12}_[0-9A-Za-z]{49}\b"

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_KEY = re.compile(r"(lzt_([0-9a-f]{12})_([0-9A-Za-z]{43}))([0-9A-Za-z]{6})", re.ASCII)
_EARLIER_KEY = re.compile(r"lzt_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)


class KeyText(NamedTuple):
    """A key taken apart."""

    key_id: str
    secret: str

    def __str__(self) -> str:
        text = f"{PREFIX}_{self.key_id}_{self.secret}"
        return text + checksum(text)


def draw_key() -> KeyText:
    """Return a key that nobody has yet."""
    secret = "".join(secrets.choice(_DIGITS) for _ in range(SECRET_CHARACTERS))
    return KeyText(secrets.token_hex(KEY_ID_BYTES), secret)


def read_key(text: str) -> KeyText | None:
    """Take a key apart; None when it is none, or its checksum does not fit."""
    if found := _KEY.fullmatch(text):
        return KeyText(found[2], found[3]) if checksum(found[1]) == found[4] else None
    earlier = _EARLIER_KEY.fullmatch(text)
    return KeyText(earlier[1], earlier[2]) if earlier else None


def checksum(text: str) -> str:
    """CRC-32 of what stands before it, in base 62."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
