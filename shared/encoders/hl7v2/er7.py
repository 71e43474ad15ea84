"""Text and coded elements in HL7's ER7 encoding, delimiters escaped."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from shared.encoders.casualty.codings import SYSTEMS, CodedRow, codings
from shared.encoders.rows.texts import Texts

# Name of coding system, table 0396.
CODING_SYSTEMS = {
    "SNOMED CT": "SCT",
    "ICD-10": "I10",
    "RxNorm": "RXNORM",
    "ATC": "ATC",
    "LOINC": "LN",
}
LOCAL = "L"
Number = TypeVar("Number", bound=int)
_ABBREVIATIONS = {SYSTEMS[name]: abbreviation for name, abbreviation in CODING_SYSTEMS.items()}
# An element has room for a code and one alternate. The first of these is the code.
_PREFERRED = ("I10", "SCT", "RXNORM", "ATC", "LN")
_CODES_MAX = 2
_ESCAPES = str.maketrans(
    {
        "\\": "\\E\\",
        "|": "\\F\\",
        "^": "\\S\\",
        "&": "\\T\\",
        "~": "\\R\\",
        "\r": "\\X0D\\",
        "\n": "\\X0A\\",
    },
)


def escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def components(*parts: str) -> bytes:
    """A field of components; empty ones at the end are left out."""
    return "^".join(escaped(part) for part in parts).rstrip("^").encode()


def coded_element(row: CodedRow) -> bytes:
    """CE: code, text and system, then the alternate; the text alone where no code is known."""
    coded = sorted(
        ((_ABBREVIATIONS[each.system], each) for each in codings(row)),
        key=lambda pair: _PREFERRED.index(pair[0]),
    )
    parts = [
        part for system, each in coded[:_CODES_MAX] for part in (each.code, each.display, system)
    ]
    return components(*(parts or ("", row.display)))


def coded_elements(rows: Sequence[CodedRow]) -> Texts:
    """Coded elements by id."""
    return Texts.of((b"", *map(coded_element, rows)))


def table_of(values: Mapping[Number, bytes], *, first: int = 0) -> Texts:
    """Fields by number from `first`, empty for numbers without one."""
    by_number = {int(number): field for number, field in values.items()}
    return Texts.of(
        by_number.get(number, b"") for number in range(first, max(by_number, default=first) + 1)
    )


def local_codes(words: Mapping[int, str]) -> Texts:
    """CE of this project's own words by number."""
    return table_of({number: components(word, word, LOCAL) for number, word in words.items()})


def names_by_id(names: Iterable[tuple[int, str]]) -> Texts:
    return table_of({number: escaped(name).encode() for number, name in names})
