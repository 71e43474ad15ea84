"""Two outlines of a body, front and back, with the injured regions crossed. The body's right side
is on the viewer's left, in front.
"""

from collections.abc import Iterator, Mapping, Sequence

from reportlab.pdfgen.canvas import Canvas

from shared.encoders.cards.casualties import Document
from shared.encoders.cards.pages.sheet import LABEL_SIZE, RED, REGULAR

# Parts of the outline as (x, y, width, height), in shares of the figure's height; the figure is 0.4
# wide.
_HEAD = (0.2, 0.92, 0.07)  # centre and radius
_TRUNK = (0.12, 0.45, 0.16, 0.38)
_LIMBS = (
    (0.04, 0.45, 0.06, 0.36),
    (0.30, 0.45, 0.06, 0.36),
    (0.12, 0.0, 0.07, 0.44),
    (0.21, 0.0, 0.07, 0.44),
)
_WIDTH = 0.4
_CROSS = 3.5
# Where a region is crossed, by side of the body.
_MARKS: Mapping[str, Mapping[str | None, tuple[float, float]]] = {
    "head_neck": {None: (0.2, 0.97)},
    "face": {None: (0.2, 0.9)},
    "chest": {None: (0.2, 0.74), "right": (0.16, 0.74), "left": (0.24, 0.74)},
    "abdomen": {None: (0.2, 0.55), "right": (0.16, 0.55), "left": (0.24, 0.55)},
    "extremities": {None: (0.2, 0.4), "right": (0.155, 0.25), "left": (0.245, 0.25)},
    "external": {None: (0.2, 0.65)},
}


def draw_body_map(
    canvas: Canvas, x: float, y: float, height: float, injuries: Sequence[Document]
) -> None:
    """Front and back side by side, from the lower left corner; crosses stand on the front."""
    canvas.setFont(REGULAR, LABEL_SIZE)
    for place, name in enumerate(("front", "back")):
        left = x + place * height * (_WIDTH + 0.05)
        _outline(canvas, left, y, height)
        canvas.drawString(left, y, name)
    canvas.setStrokeColorRGB(*RED)
    canvas.setLineWidth(1.5)
    for share_x, share_y in dict.fromkeys(_marks(injuries)):
        centre_x, centre_y = x + share_x * height, y + share_y * height
        canvas.line(centre_x - _CROSS, centre_y - _CROSS, centre_x + _CROSS, centre_y + _CROSS)
        canvas.line(centre_x - _CROSS, centre_y + _CROSS, centre_x + _CROSS, centre_y - _CROSS)
    canvas.setLineWidth(0.5)
    canvas.setStrokeGray(0)


def _outline(canvas: Canvas, x: float, y: float, height: float) -> None:
    head_x, head_y, radius = (share * height for share in _HEAD)
    canvas.circle(x + head_x, y + head_y, radius)
    for part in (_TRUNK, *_LIMBS):
        left, bottom, width, tall = (share * height for share in part)
        canvas.roundRect(x + left, y + bottom, width, tall, width / 3)


def _marks(injuries: Sequence[Document]) -> Iterator[tuple[float, float]]:
    for injury in injuries:
        marks = _MARKS.get(injury["region"] or "", {})
        sides = ("left", "right") if injury["side"] == "bilateral" else (injury["side"],)
        for side in sides:
            if place := marks.get(side) or marks.get(None):
                yield place
