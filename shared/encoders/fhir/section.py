"""Sections of a Composition: what stands in them for people, and references to the resources that
say it for programs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import TERMINOLOGY, concept, constant
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.narrative import XHTML
from shared.encoders.rows.json_pieces import json_object
from shared.encoders.rows.pieces import List, Only, Piece, Unless
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array

_UNAVAILABLE = {
    **concept(f"{TERMINOLOGY}list-empty-reason", "unavailable", "Unavailable"),
    "text": "No information available",
}
_DIV = f'<div xmlns="{XHTML}">'
_NOTHING = {"status": "generated", "div": f"{_DIV}<p>No information available</p></div>"}


@dataclass(frozen=True, slots=True)
class Section:
    """A section by its LOINC code; a mandatory one stands even when it is empty, and says so."""

    name: str
    title: str
    code: str
    display: str
    mandatory: bool = False

    def pieces(self, before: bytes) -> list[Piece]:
        """The section with what stands before it, from the lists `{name}_lines` and
        `{name}_entries` and the column `{name}_count`.
        """
        count = f"{self.name}_count"
        head: Mapping[str, bytes] = {
            "title": constant(self.title),
            "code": constant(concept("http://loinc.org", self.code, self.display)),
        }
        # the string goes on
        opening = b'{"status":"generated","div":' + constant(f"{_DIV}<ul>")[:-1]
        text: list[Piece] = [opening, List(f"{self.name}_lines", skip=0), b'</ul></div>"}']
        full = json_object(
            {**head, "text": text, "entry": [b"[", List(f"{self.name}_entries"), b"]"]}
        )
        pieces: list[Piece] = [Unless(count, 0, [before, *full])]
        if self.mandatory:
            empty = json_object(
                {**head, "text": constant(_NOTHING), "emptyReason": constant(_UNAVAILABLE)}
            )
            pieces.append(Only(count, 0, [before, *empty]))
        return pieces


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a section: references and lines of narrative, one text a document, and how
    many items they are about.
    """

    entries: Texts
    lines: Texts
    counts: Array


@dataclass(frozen=True, slots=True)
class Items:
    """Resources of one kind for a section: the columns of one row each, and where each document's
    begin.

    `line` is made of pieces of text that is escaped for XHTML and for JSON.
    """

    columns: Mapping[str, Array]
    offsets: NDArray[np.int32]
    addresses: Sequence[Address]
    line: Sequence[Piece]
    more: Sequence[Piece] = ()  # further references, each with a comma before it

    def content(self, context: FhirContext) -> Content:
        count = int(self.offsets[-1])
        entries = [piece for address in self.addresses for piece in reference(address, context)]
        return Content(
            Template([*entries, *self.more]).render(count, self.columns).joined(self.offsets),
            Template([b"<li>", *self.line, b"</li>"])
            .render(count, self.columns, context.epoch_s)
            .joined(self.offsets),
            np.diff(self.offsets),
        )


def reference(address: Address, context: FhirContext) -> list[Piece]:
    """A reference with a comma before it."""
    return [b",", *address.reference(context)]


def joined(contents: Sequence[Content]) -> Content:
    """The contents of several kinds of resources as those of one section."""
    rows = len(contents[0].counts)
    counts = np.sum([each.counts for each in contents], axis=0)
    return Content(
        _side_by_side([each.entries for each in contents], rows),
        _side_by_side([each.lines for each in contents], rows),
        counts,
    )


def _side_by_side(texts: Sequence[Texts], rows: int) -> Texts:
    lists = {str(place): each for place, each in enumerate(texts)}
    return Template([List(name, skip=0) for name in lists]).render(rows, {}, lists=lists)
