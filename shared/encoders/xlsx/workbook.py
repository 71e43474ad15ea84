"""The workbook, in constant memory: the sheet of casualties as it comes, the summaries after it.

Sizes stand behind each part (ZIP's data descriptors), because nobody knows them when it begins;
every reader that is tried takes them, as long as nothing needs ZIP64. Libraries that write
workbooks make an object of each cell, and keep sheets on disk until their end.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from shared.encoders.interface.context import EncodingContext
from shared.encoders.xlsx.casualties import casualty_rows, headings
from shared.encoders.xlsx.cells import STYLES, value_row
from shared.encoders.xlsx.package import (
    content_types,
    package_relations,
    workbook,
    workbook_relations,
)
from shared.encoders.xlsx.sheet import Sheet
from shared.encoders.xlsx.summaries import SUMMARIES, Summary
from shared.encoders.xlsx.tallies import Tally, add, tallies
from shared.records.body import from_record_batch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ENCODER_VERSION = 3
CASUALTIES = "casualties"
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class _Piece(msgspec.Struct):
    """What an encoded slice says of itself before its rows.

    A tally is a list of keys and values: JSON's keys are texts.
    """

    starts_at: str
    patients: int
    headings: list[str]
    tallies: dict[str, list[tuple[list[str | int], list[int]]]]


def encode(batch: pa.RecordBatch, context: EncodingContext, _table: str) -> bytes:
    """The casualties' rows behind a line about them, for `XlsxAssembly`; not a workbook yet."""
    patients = from_record_batch(batch)
    counted = tallies(patients, context) if patients.rows else {}
    piece = _Piece(
        starts_at=context.scenario.starts_at.isoformat(),
        patients=patients.rows,
        headings=list(headings(context)),
        tallies={
            name: [(list(key), values) for key, values in tally.items()]
            for name, tally in counted.items()
        },
    )
    return msgspec.json.encode(piece) + b"\n" + casualty_rows(patients, context)


class XlsxAssembly:
    """Writes a workbook from encoded slices.

    Keeps the tallies, which do not grow with the casualties but with places and hours.
    """

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w")
        self._sheet: Sheet | None = None
        self._sheets: list[str] = []
        self._totals: Mapping[str, Tally] = {name: {} for name in SUMMARIES}
        self._starts_at = ""

    def add(self, piece: bytes) -> bytes:
        """Take a slice's casualties. A sheet that is full is followed by another one."""
        line, _, rows = piece.partition(b"\n")
        head = msgspec.json.decode(line, type=_Piece)
        self._starts_at = self._starts_at or head.starts_at
        for name, tally in head.tallies.items():
            add(self._totals[name], {tuple(key): values for key, values in tally})
        self._casualties(head, rows).write(rows, head.patients)
        return self._sink.drain()

    def end(self) -> bytes:
        """The summary sheets, and what says that all of them are a workbook."""
        self._close_sheet()
        for name, summary in SUMMARIES.items():
            self._summary(name, summary)
        self._whole("xl/styles.xml", STYLES)
        # Readers show sheets in the workbook's order: summaries first.
        order = sorted(self._sheets, key=lambda name: name.startswith(CASUALTIES))
        parts = [f"sheet{self._sheets.index(name) + 1}.xml" for name in order]
        self._whole("xl/workbook.xml", workbook(order))
        self._whole("xl/_rels/workbook.xml.rels", workbook_relations(parts))
        self._whole("_rels/.rels", package_relations())
        self._whole("[Content_Types].xml", content_types(parts))
        self._zip.close()
        return self._sink.drain()

    def _casualties(self, head: _Piece, rows: bytes) -> Sheet:
        if self._sheet is not None and not self._sheet.has_room(rows, head.patients):
            self._close_sheet()
        if self._sheet is None:
            number = len(self._sheets) + 1
            name = CASUALTIES if number == 1 else f"{CASUALTIES} {number}"
            self._sheet = self._open_sheet(name, head.headings)
        return self._sheet

    def _close_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.close()
            self._sheet = None

    def _open_sheet(self, name: str, columns: Sequence[str]) -> Sheet:
        self._sheets.append(name)
        part = self._zip.open(_entry(f"xl/worksheets/sheet{len(self._sheets)}.xml"), "w")
        return Sheet(part, columns)

    def _summary(self, name: str, summary: Summary) -> None:
        sheet = self._open_sheet(name, summary.headings)
        for row in summary.rows(self._totals[name], self._starts_at):
            sheet.write(value_row(row), 1)
        sheet.close()

    def _whole(self, name: str, data: bytes) -> None:
        self._zip.writestr(_entry(name), data)


class _Sink(io.RawIOBase):
    """Holds what was written until it is asked for."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: "ReadableBuffer", /) -> int:
        self._held += memoryview(data)
        return memoryview(data).nbytes

    def drain(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
