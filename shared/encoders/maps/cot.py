"""Cursor on Target, as TAK clients read it: each request for evacuation as a 9-line event.

Event type `b-r-f-h-c` with a `_medevac_` detail, whose attributes were seen in public sources that
speak to TAK (FreeTAKServer's model among them). Elements are modelled on these: there is no
published schema for the detail. Events stand one behind the other, as a TAK stream has them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import quoteattr

import pyarrow as pa

from shared.encoders.cards.casualties import Document, cards
from shared.encoders.cards.nine_line import nine_lines
from shared.encoders.interface.context import EncodingContext

ENCODER_VERSION = 1
STALE = timedelta(hours=24)  # assumption: a request is shown for a day
UNKNOWN_M = "9999999.0"  # what CoT writes for a height or an error that is not known
COUNTED = {
    "urgent": "urgent",
    "urgent surgical": "urgent_surgical",
    "priority": "priority",
    "routine": "routine",
    "convenience": "convenience",
}


def encode(batch: pa.RecordBatch, context: EncodingContext, _table: str) -> bytes:
    """An event a request, in the order of patients."""
    return "".join(_event(each) for each in cards(batch, context, nine_lines)).encode()


def _event(request: Document) -> str:
    lines, at = request["lines"], request["requested_at"]
    stale = (datetime.fromisoformat(at) + STALE).isoformat().replace("+00:00", "Z")
    place = lines["1"]
    return (
        f'<event version="2.0" uid={quoteattr(request["id"])} type="b-r-f-h-c" how="m-s" '
        f'time="{at}" start="{at}" stale="{stale}">'
        f'<point lat="{place["latitude_deg"]:.6f}" lon="{place["longitude_deg"]:.6f}" '
        f'hae="{UNKNOWN_M}" ce="{UNKNOWN_M}" le="{UNKNOWN_M}"/>'
        f"<detail><contact callsign={quoteattr(lines['2']['call_sign'] or request['id'])}/>"
        f"<_medevac_ {_attributes(_medevac(request))}/>"
        f"<remarks>Synthetic test data: about nobody</remarks></detail></event>\n"
    )


def _medevac(request: Document) -> Iterator[tuple[str, str]]:
    lines = request["lines"]
    yield "title", request["id"]
    yield "casevac", "false"
    precedence = COUNTED[lines["3"]["display"].lower()]
    for name in COUNTED.values():
        yield name, str(lines["3"]["count"] if name == precedence else 0)
    for name, letter in (("litter", "L"), ("ambulatory", "A")):
        yield name, str(lines["5"]["count"] if lines["5"]["letter"] == letter else 0)
    yield "equipment_none", str(lines["4"]["letter"] == "A").lower()
    yield "equipment_ventilator", str(lines["4"]["letter"] == "D").lower()


def _attributes(values: Iterator[tuple[str, str]]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in values)
