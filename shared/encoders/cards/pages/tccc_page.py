"""The TCCC card's two sides on one page of A4, front on the left."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from reportlab.pdfgen.canvas import Canvas

from shared.encoders.cards.casualties import Document
from shared.encoders.cards.pages.body_map import draw_body_map
from shared.encoders.cards.pages.sheet import SYNTHETIC, Cell, Sheet, clock
from shared.encoders.cards.tccc import SIGNS_COLUMNS_MAX

TCCC_PAGE = (842.0, 595.0)
_TOP, _MARGIN, _GAP = 575.0, 20.0, 20.0
_WIDTH = (TCCC_PAGE[0] - 2 * _MARGIN - _GAP) / 2
_BODY_HEIGHT = 150.0
_CATEGORIES = ("Urgent", "Priority", "Routine")
_MECHANISMS = (
    {
        "artillery": "Artillery",
        "blunt": "Blunt",
        "burn": "Burn",
        "fall": "Fall",
        "grenade_rpg": "Grenade/RPG",
    },
    {"gsw": "GSW", "ied": "IED", "landmine": "Landmine", "mvc": "MVC", "other": "Other"},
)
_DRESSINGS = {"haemostatic": "Haemostatic", "pressure": "Pressure", "other": "Other"}
_AIRWAY = {"npa": "NPA", "cric": "CRIC", "et_tube": "ET-tube"}
_BREATHING = {
    "o2": "O2",
    "needle_d": "Needle-D",
    "chest_tube": "Chest-tube",
    "chest_seal": "Chest-seal",
}
_OTHER = {
    "splint": "Splint",
    "pelvic_binder": "Pelvic binder",
    "hypothermia": "Hypothermia prevention",
}
_SIGNS = {
    "pulse": "Pulse",
    "blood_pressure": "Blood pressure",
    "respiratory_rate": "Respiratory rate",
    "spo2_pct": "Pulse ox % O2 sat",
    "avpu": "AVPU",
    "pain": "Pain scale (0-10)",
}
_GIVEN_SHARES = (0.2, 0.4, 0.14, 0.14, 0.12)
_FLUIDS_MAX, _DRUGS_MAX, _NOTES_MAX = 6, 9, 4
_NOTE_CHARACTERS = 90


def draw_tccc(canvas: Canvas, card: Document) -> None:
    _front(Sheet(canvas, _MARGIN, _TOP, _WIDTH), card)
    _back(Sheet(canvas, _MARGIN + _WIDTH + _GAP, _TOP, _WIDTH), card)


def _front(sheet: Sheet, card: Document) -> None:
    sheet.heading("CASUALTY CARD", "modelled on the TCCC card (DD Form 1380)")
    _evacuation(sheet, card)
    injured = datetime.fromisoformat(card["injured_at"])
    sheet.row(
        Cell("NAME (LAST, FIRST)", f"{card['family_name']}, {card['given_name']}", 0.76),
        Cell("LAST 4", card["last_4"], 0.24),
    )
    sheet.row(
        Cell("SEX", card["sex"], 0.16),
        Cell("DATE (DD-MMM-YY)", f"{injured:%d-%b-%y}".upper(), 0.28),
        Cell("TIME", clock(card["injured_at"]), 0.2),
        Cell("SERVICE / NATION", f"{card['service']} / {card['nation']}", 0.36),
    )
    sheet.row(Cell("UNIT", card["unit"], 0.5), Cell("ALLERGIES", ", ".join(card["allergies"]), 0.5))
    for row, boxes in enumerate(_MECHANISMS):
        sheet.ticks("" if row else "MECHANISM", _ticked(boxes, [card["mechanism"]["box"]]))
    _injuries(sheet, card)
    _signs(sheet, card["signs"])
    sheet.text(sheet.left, sheet.y - 12, f"{card['patient_id']}   {SYNTHETIC}", 6)


def _evacuation(sheet: Sheet, card: Document) -> None:
    sheet.row(
        Cell("BATTLE ROSTER #", card["battle_roster_number"], 0.5),
        Cell("EVAC CATEGORY", card["evacuation_category"], 0.5),
    )
    category = card["evacuation_category"] or ""
    sheet.ticks("EVAC", [(name, category.startswith(name)) for name in _CATEGORIES])


def _injuries(sheet: Sheet, card: Document) -> None:
    """The body map on the left, what was found on the right."""
    top = sheet.y
    sheet.y -= _BODY_HEIGHT
    sheet.canvas.rect(sheet.left, sheet.y, sheet.width, _BODY_HEIGHT)
    draw_body_map(sheet.canvas, sheet.left + 10, sheet.y + 5, _BODY_HEIGHT - 10, card["injuries"])
    x, y = sheet.left + sheet.width * 0.42, top - 12
    lines = [_injury(each) for each in card["injuries"]] + [
        f"TQ at {clock(each['at'])} (limb not recorded)" for each in card["tourniquets"]
    ]
    if card["burn_tbsa_pct"]:
        lines.append(f"Burns {card['burn_tbsa_pct']} % of body surface")
    for line in lines[: int(_BODY_HEIGHT // 11)]:
        sheet.fitted(x, y, sheet.width * 0.57, line)
        y -= 11


def _injury(injury: Document) -> str:
    ais = f" (AIS {injury['ais']})" if injury["ais"] else ""
    return " ".join(filter(None, (injury["display"], injury["side"]))) + ais


def _signs(sheet: Sheet, signs: Sequence[Document]) -> None:
    empty = [None] * (SIGNS_COLUMNS_MAX - len(signs))
    shares = (0.32, *[0.17] * SIGNS_COLUMNS_MAX)
    rows: list[Sequence[object]] = [
        ("SIGNS AND SYMPTOMS", *[clock(each["at"]) for each in signs], *empty)
    ]
    rows += [(label, *[each[name] for each in signs], *empty) for name, label in _SIGNS.items()]
    sheet.table(shares, rows)


def _back(sheet: Sheet, card: Document) -> None:
    care = card["care"]
    sheet.heading("TREATMENTS", f"to {clock(card['handed_over_at'])}")
    sheet.ticks(
        "C  TQ",
        [("Extremity", bool(card["tourniquets"])), ("Junctional", False), ("Truncal", False)],
    )
    sheet.ticks("   Dressing", _ticked(_DRESSINGS, care["dressings"]))
    sheet.ticks("A", [("Intact", False), *_ticked(_AIRWAY, care["airway"]), ("SGA", False)])
    sheet.ticks("B", _ticked(_BREATHING, care["breathing"]))
    _given(sheet, "C  FLUID, BLOOD", {"Fluid/blood": care["fluids"]}, _FLUIDS_MAX)
    drugs = {
        "Analgesic": care["analgesics"],
        "Antibiotic": care["antibiotics"],
        "Other": care["other_drugs"],
    }
    _given(sheet, "MEDS", drugs, _DRUGS_MAX)
    sheet.ticks("OTHER", _ticked(_OTHER, care["other"]))
    notes = ", ".join(care["notes"])
    for number in range(_NOTES_MAX):
        sheet.row(
            Cell(
                "NOTES" if not number else "",
                notes[number * _NOTE_CHARACTERS :][:_NOTE_CHARACTERS],
                1,
            )
        )
    sheet.row(
        Cell("FIRST RESPONDER NAME", card["first_responder"], 0.76), Cell("LAST 4", None, 0.24)
    )


def _given(
    sheet: Sheet, title: str, groups: Mapping[str, Sequence[Document]], rows_max: int
) -> None:
    """A fixed number of rows; what is beyond is counted in the heading."""
    rows = [
        (group, each["display"], _dose(each), each["route"], clock(each["at"]))
        for group, items in groups.items()
        for each in items
    ]
    beyond = f" (+{len(rows) - rows_max})" if len(rows) > rows_max else ""
    empty = [("",) * len(_GIVEN_SHARES)] * (rows_max - len(rows))
    sheet.table(
        _GIVEN_SHARES,
        [(title + beyond, "Name", "Dose", "Route", "Time"), *rows[:rows_max], *empty],
        bold_first=False,
    )


def _dose(given: Document) -> str:
    return f"{given['dose']:g} {given['unit']}" if given["dose"] else ""


def _ticked(boxes: Mapping[str, str], ticked: Sequence[str]) -> list[tuple[str, bool]]:
    return [(label, name in ticked) for name, label in boxes.items()]
