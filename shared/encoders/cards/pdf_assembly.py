"""One PDF from many: objects are copied with new numbers, and one tree of pages is written over all
of them at the end.

Relies on what the PDF library writes: plain objects, a classic cross-reference table, streams with
their length in their dictionary.
"""

import re
from array import array
from collections.abc import Iterator

_CATALOG, _PAGES = 1, 2  # numbers of the new file's own objects
_HEADER = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_PARENT = re.compile(rb"/Parent \d+ 0 R")
_OWN_TYPES = re.compile(rb"/Type /(Catalog|Pages|Outlines)\b")
_PAGE = re.compile(rb"/Type /Page\b")


class PdfAssembly:
    """Keeps the places of the objects, 16 bytes each, until the end."""

    def __init__(self) -> None:
        self._size = 0
        # by object number; 0 is no object, the two own ones come last
        self._offsets = array("Q", [0, 0, 0])
        self._pages = array("Q")

    def add(self, piece: bytes) -> bytes:
        """Take the pages of a complete file; an empty piece has none."""
        return b"".join(self._written(piece)) if piece else b""

    def end(self) -> bytes:
        """The tree of pages, the catalogue, the places of all objects."""
        start = b"" if self._size else self._take(_HEADER)
        tree = self._own_object(
            _PAGES,
            b"/Type /Pages /Count %d /Kids [%s]"
            % (len(self._pages), b" ".join(map(_refer, self._pages))),
        )
        catalog = self._own_object(_CATALOG, b"/Type /Catalog /Pages %s" % _refer(_PAGES))
        places = b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets[1:])
        count = len(self._offsets)
        table = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root %s >>\n" % (
            count,
            places,
            count,
            _refer(_CATALOG),
        )
        return start + tree + catalog + table + b"startxref\n%d\n%%%%EOF\n" % self._size

    def _written(self, piece: bytes) -> Iterator[bytes]:
        if not self._size:
            yield self._take(_HEADER)
        # A reference to an object that is left out would point to nothing; only pages refer to
        # their tree, and they get a new one.
        shift = len(self._offsets) - 1
        for body in _objects(piece):
            number = len(self._offsets)
            self._offsets.append(self._size)
            yield self._take(b"%d 0 obj%s" % (number, self._renumbered(body, shift, number)))

    def _renumbered(self, body: bytes, shift: int, number: int) -> bytes:
        """An object of the piece, or an empty one in place of the piece's own tree and
        catalogue.
        """
        dictionary, stream, data = body.partition(b"stream\n")
        if _OWN_TYPES.search(dictionary):
            return b"\nnull\nendobj\n"
        moved = _REFERENCE.sub(lambda found: _refer(int(found[1]) + shift), dictionary)
        if _PAGE.search(dictionary):
            self._pages.append(number)
            moved = _PARENT.sub(b"/Parent " + _refer(_PAGES), moved)
        return moved + stream + data

    def _own_object(self, number: int, content: bytes) -> bytes:
        self._offsets[number] = self._size
        return self._take(b"%d 0 obj\n<< %s >>\nendobj\n" % (number, content))

    def _take(self, data: bytes) -> bytes:
        self._size += len(data)
        return data


def _objects(piece: bytes) -> Iterator[bytes]:
    """What follows `obj` of each object, in the order of their numbers, by the file's own table of
    places.
    """
    table = piece.rindex(b"xref\n0 ", 0, piece.rindex(b"startxref"))
    lines = piece[table:].split(b"\n")
    offsets = [int(line[:10]) for line in lines[3 : 2 + int(lines[1].split()[1])]]
    for start, end in zip(offsets, [*offsets[1:], table], strict=True):
        yield piece[piece.index(b"obj", start) + 3 : end]


def _refer(number: int) -> bytes:
    return b"%d 0 R" % number
