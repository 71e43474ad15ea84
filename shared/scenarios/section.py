"""What every part of a scenario shares: strictness, and the bounded numbers that several parts
use.
"""

from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

CONTROL, NO_CHARACTERS, LAYOUT = "Cc", frozenset("\ufffe\uffff"), frozenset("\n\t")


def _plain(text: str) -> str:
    """Refuse what PostgreSQL, HL7 v2 or XML cannot hold: a scenario's texts end up in all of
    them.
    """
    for character in text:
        if category(character) == CONTROL or character in NO_CHARACTERS:
            raise ValueError(f"must not contain the control character U+{ord(character):04X}")
    return text


def _plain_lines(text: str) -> str:
    _plain("".join(character for character in text if character not in LAYOUT))
    return text


ONE_LINE, LINES = AfterValidator(_plain), AfterValidator(_plain_lines)
Name = Annotated[
    str,
    Field(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$", description="free text"),
    ONE_LINE,
]
Nation = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 3166-1 alpha-3")]
Share = Annotated[float, Field(ge=0, le=1, description="a share")]
LatitudeDeg = Annotated[float, Field(ge=-85, le=85, description="degrees north, WGS 84")]
LongitudeDeg = Annotated[float, Field(ge=-180, le=180, description="degrees east, WGS 84")]
Count = Annotated[int, Field(ge=0, le=10_000)]


class Section(BaseModel):
    """A part of a scenario: immutable, no conversions, unknown fields refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)
