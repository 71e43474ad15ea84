"""The 9-line request and the MIST report as a page of A5 each: what is read out over the radio,
line by line.
"""

from collections.abc import Iterator, Sequence

from reportlab.pdfgen.canvas import Canvas

from shared.encoders.cards.casualties import Document
from shared.encoders.cards.pages.sheet import SYNTHETIC, Cell, Sheet, clock

MESSAGE_PAGE = (420.0, 595.0)
_MARGIN, _TOP = 20.0, 575.0
_INJURIES_MAX, _TREATMENTS_MAX = 10, 14
_NOT_RECORDED = "not recorded"
_SIGNS = {
    "heart_rate": "HR",
    "systolic": "SBP",
    "diastolic": "DBP",
    "respiratory_rate": "RR",
    "spo2_pct": "SpO2",
    "gcs": "GCS",
    "temperature_c": "Temp",
    "pain": "Pain",
}


def draw_nine_line(canvas: Canvas, card: Document) -> None:
    sheet = _sheet(canvas)
    sheet.heading("9-LINE EVACUATION REQUEST", f"precedence as {card['dialect'].upper()}")
    sheet.row(
        Cell("PATIENT", card["patient_id"], 0.7), Cell("REQUESTED", card["requested_at"], 0.3)
    )
    for number, line in card["lines"].items():
        sheet.row(
            Cell("LINE", number, 0.1),
            Cell(line["name"].upper(), _nine_line_value(number, line), 0.9),
            height=30,
        )
    _foot(sheet, card)


def _nine_line_value(number: str, line: Document) -> str:
    if number == "1":
        return f"{line['mgrs']}  ({line['latitude_deg']:.5f}, {line['longitude_deg']:.5f})"
    if number == "2":
        return f"{line['frequency'] or _NOT_RECORDED} / {line['call_sign'] or _NOT_RECORDED}"
    spoken = " - ".join(filter(None, (line["letter"], line["display"]))) or _NOT_RECORDED
    if number == "3":
        limit = "" if line["minutes_max"] is None else f", within {line['minutes_max']} min"
        return f"{line['count']} x {spoken}{limit}"
    return " ".join(filter(None, (line.get("nation"), spoken)))


def draw_mist(canvas: Canvas, card: Document) -> None:
    sheet = _sheet(canvas)
    sheet.heading("AT-MIST", f"hand-over {card['handed_over_at']}")
    sheet.row(Cell("PATIENT", card["patient_id"], 0.75), Cell("TRIAGE", card["triage"], 0.25))
    sheet.row(
        Cell("A  AGE", f"{card['age']['years']} ({card['age']['group']})", 0.5),
        Cell("T  TIME OF INJURY", card["time_of_injury"], 0.5),
    )
    sheet.row(Cell("M  MECHANISM", card["mechanism"], 1))
    _listed(sheet, "I  INJURIES", list(_injuries(card)), _INJURIES_MAX)
    _mist_signs(sheet, card["signs"])
    _listed(sheet, "T  TREATMENT", list(_treatments(card)), _TREATMENTS_MAX)
    _foot(sheet, card)


def _injuries(card: Document) -> Iterator[str]:
    for injury in card["injuries"]:
        yield " ".join(
            filter(
                None,
                (
                    injury["display"],
                    injury["side"],
                    f"AIS {injury['ais']}" if injury["ais"] else None,
                ),
            )
        )


def _treatments(card: Document) -> Iterator[str]:
    for given in card["treatment"]:
        dose = f"{given['dose']:g} {given['unit']}" if given["dose"] else None
        yield " ".join(filter(None, (clock(given["at"]), given["display"], dose)))


def _mist_signs(sheet: Sheet, signs: Document | None) -> None:
    if signs is None:
        sheet.row(Cell("S  SIGNS", _NOT_RECORDED, 1))
        return
    shares = (0.2, *[0.1] * len(_SIGNS))
    rows = [
        (clock(signs[which]["at"]), *[signs[which][name] for name in _SIGNS])
        for which in ("first", "last")
    ]
    trend = (
        "Trend",
        *[f"{signs['trend'][name]:+d}" if name in signs["trend"] else "" for name in _SIGNS],
    )
    sheet.table(shares, [("S  SIGNS", *_SIGNS.values()), *rows, trend])


def _listed(sheet: Sheet, title: str, items: Sequence[str], rows_max: int) -> None:
    """A line each; what is beyond is counted in the title."""
    beyond = f" (+{len(items) - rows_max})" if len(items) > rows_max else ""
    sheet.table(
        (1.0,),
        [(title + beyond,), *[(item,) for item in items[:rows_max] or ["none"]]],
        bold_first=False,
    )


def _sheet(canvas: Canvas) -> Sheet:
    return Sheet(canvas, _MARGIN, _TOP, MESSAGE_PAGE[0] - 2 * _MARGIN)


def _foot(sheet: Sheet, card: Document) -> None:
    sheet.text(sheet.left, _MARGIN, f"{card.get('id', card['patient_id'])}   {SYNTHETIC}", 6)
