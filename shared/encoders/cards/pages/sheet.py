"""A page drawn from the top downwards: rows of labelled cells, tick boxes, tables. Lengths are
points.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from anyascii import anyascii
from reportlab import rl_config
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from shared.encoders.cards.casualties import Document

REGULAR, BOLD = "Helvetica", "Helvetica-Bold"
LABEL_SIZE, VALUE_SIZE, VALUE_SIZE_MIN = 6.0, 9.0, 5.0
ROW_HEIGHT = 22.0
TICK_SIDE, TICK_ROW_HEIGHT = 7.0, 14.0
PADDING = 3.0
RED = (0.75, 0.1, 0.1)
SYNTHETIC = "SYNTHETIC TEST DATA - ABOUT NOBODY"

rl_config.useA85 = 0  # compressed pages as they are: as text they take a quarter more


@dataclass(frozen=True, slots=True)
class Cell:
    """A value under its label; `share` of the row's width."""

    label: str
    value: object
    share: float


class Sheet:
    """A column of the page between `left` and `left + width`; `y` is where the next row begins."""

    def __init__(self, canvas: Canvas, left: float, top: float, width: float) -> None:
        self.canvas = canvas
        self.left = left
        self.width = width
        self.y = top

    def heading(self, text: str, note: str = "") -> None:
        """White on black across the column."""
        self.y -= TICK_ROW_HEIGHT
        self.canvas.rect(self.left, self.y, self.width, TICK_ROW_HEIGHT, fill=1)
        self.canvas.setFillGray(1)
        self.text(self.left + PADDING, self.y + 4, text, VALUE_SIZE, BOLD)
        if note:
            self.canvas.drawRightString(self.left + self.width - PADDING, self.y + 4, latin(note))
        self.canvas.setFillGray(0)

    def row(self, *cells: Cell, height: float = ROW_HEIGHT) -> None:
        """Labelled cells side by side."""
        self.y -= height
        x = self.left
        for cell in cells:
            width = self.width * cell.share
            self.canvas.rect(x, self.y, width, height)
            self.text(x + PADDING, self.y + height - LABEL_SIZE - 1, cell.label, LABEL_SIZE)
            self.fitted(x + PADDING, self.y + 4, width - 2 * PADDING, shown(cell.value))
            x += width

    def ticks(
        self, label: str, boxes: Sequence[tuple[str, bool]], label_share: float = 0.16
    ) -> None:
        """A label and boxes, ticked or not, evenly spread."""
        self.y -= TICK_ROW_HEIGHT
        self.canvas.rect(self.left, self.y, self.width, TICK_ROW_HEIGHT)
        self.text(self.left + PADDING, self.y + 4, label, LABEL_SIZE + 1, BOLD)
        start = self.left + self.width * label_share
        step = self.width * (1 - label_share) / len(boxes)
        for place, (name, ticked) in enumerate(boxes):
            self._tick(start + place * step, self.y + 3, name, ticked=ticked)

    def table(
        self, shares: Sequence[float], rows: Iterable[Sequence[object]], *, bold_first: bool = True
    ) -> None:
        """Rows of cells without labels; the first row is the heading."""
        columns = [self.left + self.width * share for share in accumulate(shares, initial=0.0)]
        lines = [self.y]
        for number, row in enumerate(rows):
            self.y -= TICK_ROW_HEIGHT
            lines.append(self.y)
            for (x, end), value in zip(pairwise(columns), row, strict=True):
                heading = number == 0 or (bold_first and x == self.left)
                self.fitted(
                    x + PADDING,
                    self.y + 4,
                    end - x - 2 * PADDING,
                    shown(value),
                    BOLD if heading else REGULAR,
                )
        self.canvas.grid(columns, lines)

    def fitted(self, x: float, y: float, width: float, text: str, font: str = REGULAR) -> None:
        """Text as large as fits; what does not fit at the smallest size is cut."""
        text = latin(text)
        unit, size = stringWidth(text, font, 1), VALUE_SIZE
        while size > VALUE_SIZE_MIN and unit * size > width:
            size -= 0.5
        while unit * size > width:
            text = text[:-1]
            unit = stringWidth(text, font, 1)
        self.text(x, y, text, size, font)

    def text(self, x: float, y: float, text: str, size: float, font: str = REGULAR) -> None:
        if not text:
            return
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, latin(text))

    def _tick(self, x: float, y: float, name: str, *, ticked: bool) -> None:
        self.canvas.rect(x, y, TICK_SIDE, TICK_SIDE)
        if ticked:
            self.canvas.setLineWidth(1.2)
            self.canvas.lines(
                [(x, y, x + TICK_SIDE, y + TICK_SIDE), (x, y + TICK_SIDE, x + TICK_SIDE, y)]
            )
            self.canvas.setLineWidth(0.5)
        self.text(x + TICK_SIDE + 2, y + 1, name, LABEL_SIZE + 0.5, BOLD if ticked else REGULAR)


def pdf(
    documents: Iterable[Document],
    size: tuple[float, float],
    title: str,
    draw: Callable[[Canvas, Document], None],
) -> bytes:
    """A complete PDF with a page a document; the same documents are the same bytes. No documents:
    no bytes.
    """
    sink = io.BytesIO()
    # The library's own times and ids would differ from run to run.
    canvas = Canvas(sink, pagesize=size, invariant=True, pageCompression=1)
    canvas.setTitle(title)
    for document in documents:
        canvas.setLineWidth(0.5)
        draw(canvas, document)
        canvas.showPage()
    if canvas.getPageNumber() > 1:
        canvas.save()
    return sink.getvalue()


def shown(value: object) -> str:
    """What stands in a cell; nothing for null."""
    return "" if value is None else str(value)


def latin(text: str) -> str:
    """Text in the letters of the built-in fonts (Windows-1252); others are transliterated to
    ASCII.
    """
    if text.isascii():
        return text
    return "".join(letter if _is_western(letter) else anyascii(letter) for letter in text)


def clock(moment: str) -> str:
    """2027-05-10T04:04:21Z as 04:04Z."""
    return f"{moment[11:16]}Z"


def _is_western(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
