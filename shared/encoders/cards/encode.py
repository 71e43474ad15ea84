"""The kinds of cards, as NDJSON and as PDF."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
from reportlab.pdfgen.canvas import Canvas

from shared.encoders.cards.casualties import Describe, Document, cards, lines
from shared.encoders.cards.mist import mist
from shared.encoders.cards.nine_line import nine_lines
from shared.encoders.cards.pages.message_pages import MESSAGE_PAGE, draw_mist, draw_nine_line
from shared.encoders.cards.pages.sheet import pdf
from shared.encoders.cards.pages.tccc_page import TCCC_PAGE, draw_tccc
from shared.encoders.cards.pages.triage_tag import TAG_PAGE, draw_triage
from shared.encoders.cards.tccc import tccc
from shared.encoders.cards.triage import triage
from shared.encoders.interface.context import EncodingContext

ENCODER_VERSION = 2
PAGES_VERSION = 3


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says of a casualty, and its page: size in points, title of the file, and how it
    is drawn.
    """

    describe: Describe
    page: tuple[float, float]
    title: str
    draw: Callable[[Canvas, Document], None]


CARDS: Mapping[str, Card] = {
    "dd1380": Card(
        tccc,
        TCCC_PAGE,
        "Casualty cards, field set modelled on the TCCC card (DD Form 1380)",
        draw_tccc,
    ),
    "nine-line": Card(
        nine_lines, MESSAGE_PAGE, "Requests for evacuation, modelled on the 9-line", draw_nine_line
    ),
    "triage": Card(
        triage, TAG_PAGE, "Triage tags with START, JumpSTART and SALT categories", draw_triage
    ),
    "mist": Card(mist, MESSAGE_PAGE, "Hand-over reports, modelled on AT-MIST", draw_mist),
}


def encode_json(card: Card, batch: pa.RecordBatch, context: EncodingContext, _table: str) -> bytes:
    """NDJSON: a document a card, in the order of patients."""
    return lines(cards(batch, context, card.describe))


def encode_pdf(card: Card, batch: pa.RecordBatch, context: EncodingContext, _table: str) -> bytes:
    """A complete PDF with a page a card; nothing when these patients have no card. `PdfAssembly`
    makes one file of many.
    """
    return pdf(cards(batch, context, card.describe), card.page, card.title, card.draw)
