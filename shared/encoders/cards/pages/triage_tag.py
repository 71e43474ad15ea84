"""A triage tag: a number to call it by, the patient's id as a QR code, and the facts for triage."""

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.pdfgen.canvas import Canvas

from shared.encoders.cards.casualties import Document
from shared.encoders.cards.pages.sheet import SYNTHETIC, Cell, Sheet

TAG_PAGE = (298.0, 420.0)  # A6, four to a sheet of A4
_MARGIN, _TOP, _CODE_SIDE = 14.0, 406.0, 96.0
_FACTS = {
    "walks": "WALKS",
    "breathes": "BREATHES",
    "radial_pulse": "RADIAL PULSE",
    "obeys_commands": "OBEYS COMMANDS",
}
_INJURIES_MAX = 5


def draw_triage(canvas: Canvas, card: Document) -> None:
    sheet = Sheet(canvas, _MARGIN, _TOP, TAG_PAGE[0] - 2 * _MARGIN)
    sheet.heading(f"TRIAGE TAG {card['number']}", card["found_at"])
    facts = card["facts"]
    sheet.row(Cell("MECHANISM", card["mechanism"], 0.7), Cell("AGE", facts["age_years"], 0.3))
    sheet.ticks("FACTS", [(name, bool(facts[fact])) for fact, name in list(_FACTS.items())[:2]])
    sheet.ticks("", [(name, bool(facts[fact])) for fact, name in list(_FACTS.items())[2:]])
    sheet.row(
        Cell("BREATHS A MINUTE", facts["respiratory_rate"], 0.5),
        Cell("SPO2 %", facts["spo2_pct"], 0.5),
    )
    injuries = card["injuries"][:_INJURIES_MAX] or ["none"]
    sheet.table((1.0,), [("INJURIES",), *[(each,) for each in injuries]], bold_first=False)
    sheet.row(
        Cell("START / JUMPSTART", card["start"] or card["jumpstart"], 0.5),
        Cell("SALT", card["salt"], 0.5),
    )
    _code(canvas, card["patient_id"])
    sheet.text(_MARGIN, _MARGIN, f"{card['patient_id']}   {SYNTHETIC}", 5)


def _code(canvas: Canvas, text: str) -> None:
    """The id for a scanner, in the lower right corner."""
    code = QrCodeWidget(text, barWidth=_CODE_SIDE, barHeight=_CODE_SIDE)
    drawing = Drawing(_CODE_SIDE, _CODE_SIDE)
    drawing.add(code)
    renderPDF.draw(drawing, canvas, TAG_PAGE[0] - _MARGIN - _CODE_SIDE, _MARGIN + 8)
