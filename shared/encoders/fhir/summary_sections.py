"""What the sections of a patient summary are filled with."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.codings import CodedRow
from shared.encoders.casualty.items import DOSE_PLACES, item_columns
from shared.encoders.casualty.treatments import treatment_columns
from shared.encoders.casualty.words import words_of
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.allergy_intolerance import ALLERGY
from shared.encoders.fhir.care_plan import CARE_PLAN
from shared.encoders.fhir.condition import BACKGROUND, CONDITION
from shared.encoders.fhir.evacuations import departures_of
from shared.encoders.fhir.flag import CBRN, NOT_EXPOSED, NOT_TRIAGED, TRIAGE, flag_columns
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.medication_administration import ADMINISTRATION
from shared.encoders.fhir.observation import UNTOLD, triage_columns, triage_offsets, vitals_columns
from shared.encoders.fhir.per_patient import row_offsets
from shared.encoders.fhir.procedure import PROCEDURE
from shared.encoders.fhir.section import Content, Items, Section, joined, reference
from shared.encoders.rows.pieces import Decimal, Instant, Integer, Piece, Unless, Word
from shared.encoders.rows.texts import Texts
from shared.records.body import ITEM
from shared.records.columns import Array, Columns
from shared.records.vocabulary import BloodGroup, Triage

PROBLEMS = Section("problems", "Problems", "11450-4", "Problem list - Reported", mandatory=True)
ALLERGIES = Section(
    "allergies",
    "Allergies and intolerances",
    "48765-2",
    "Allergies and adverse reactions Document",
    mandatory=True,
)
MEDICATIONS = Section(
    "medications",
    "Medication summary",
    "10160-0",
    "History of Medication use Narrative",
    mandatory=True,
)
PROCEDURES = Section("procedures", "Procedures", "47519-4", "History of Procedures Document")
RESULTS = Section("results", "Results", "30954-2", "Relevant diagnostic tests/laboratory data note")
VITAL_SIGNS = Section("vital_signs", "Vital signs", "8716-3", "Vital signs")
ALERTS = Section("alerts", "Alerts", "104605-1", "Alert")
PLAN = Section("plan", "Plan of care", "18776-5", "Plan of care note")

_MEASURED = ("heart-rate", "blood-pressure", "breathing", "spo2", "temperature", "gcs")


def fill(patients: Columns, context: FhirContext) -> Mapping[str, Content]:
    """The content of each section of `SECTIONS` by its name; `patients` has one row a document."""
    return {
        section.name: joined([each.content(context) for each in items(patients, context)])
        for section, items in SECTIONS.items()
    }


def _problems(patients: Columns, _context: FhirContext) -> Sequence[Items]:
    old, new = (
        item_columns(patients, "background", "ordinal"),
        item_columns(patients, "conditions", "ordinal"),
    )
    since: list[Piece] = [
        Word("condition", _displays("conditions")),
        b", since ",
        Instant("onset_s"),
    ]
    return (
        Items(
            old,
            patients.nested["background"].offsets,
            (BACKGROUND,),
            [Word(ITEM, _displays("backgrounds"))],
        ),
        Items(new, patients.nested["conditions"].offsets, (CONDITION,), since),
    )


def _allergies(patients: Columns, _context: FhirContext) -> Sequence[Items]:
    columns = item_columns(patients, "allergies", "ordinal")
    return (
        Items(
            columns,
            patients.nested["allergies"].offsets,
            (ALLERGY,),
            [Word(ITEM, _displays("allergies"))],
        ),
    )


def _medications(patients: Columns, _context: FhirContext) -> Sequence[Items]:
    columns = treatment_columns(patients, administered=True)
    dose = Unless(
        "dose_e3",
        0,
        [b", ", Decimal("dose_e3", DOSE_PLACES, trimmed=True), b" ", Word("treatment", _units())],
    )
    line: list[Piece] = [Word("treatment", _displays("treatments")), dose, b", ", Instant("at_s")]
    return (Items(columns, row_offsets(columns["row"], patients.rows), (ADMINISTRATION,), line),)


def _procedures(patients: Columns, _context: FhirContext) -> Sequence[Items]:
    columns = treatment_columns(patients, administered=False)
    line: list[Piece] = [Word("treatment", _displays("treatments")), b", ", Instant("at_s")]
    return (Items(columns, row_offsets(columns["row"], patients.rows), (PROCEDURE,), line),)


def _results(patients: Columns, _context: FhirContext) -> Sequence[Items]:
    own = (Address("Observation", "blood-group"), Address("Observation", "iss"))
    line: list[Piece] = [
        b"Blood group ",
        Word("blood_group", _words(words_of(BloodGroup))),
        b"; injury severity score ",
        Integer("iss"),
    ]
    triages: list[Piece] = [
        b"Triage category ",
        Word("detail", _words(words_of(Triage))),
        b", ",
        Instant("at_s"),
    ]
    return (
        Items(patients.flat, _one_each(patients), own, line),
        Items(
            triage_columns(patients),
            triage_offsets(patients),
            (Address("Observation", "triage", "index"),),
            triages,
        ),
    )


def _vital_signs(patients: Columns, context: FhirContext) -> Sequence[Items]:
    size = (Address("Observation", "height"), Address("Observation", "weight"))
    sizes: list[Piece] = [
        b"Height ",
        Integer("height_cm"),
        b" cm, weight ",
        Decimal("weight_hg", 1),
        b" kg",
    ]
    pain = Unless("pain", UNTOLD, reference(Address("Observation", "pain", "index"), context))
    return (
        Items(patients.flat, _one_each(patients), size, sizes),
        Items(
            vitals_columns(patients),
            patients.nested["vitals"].offsets,
            [Address("Observation", kind, "index") for kind in _MEASURED],
            _vitals_line(),
            [pain],
        ),
    )


def _vitals_line() -> list[Piece]:
    return [
        *(
            b"Heart rate ",
            Integer("heart_rate"),
            b"/min, blood pressure ",
            Integer("systolic"),
            b"/",
            Integer("diastolic"),
        ),
        *(
            b" mmHg, respiratory rate ",
            Integer("respiratory_rate"),
            b"/min, oxygen saturation ",
            Integer("spo2"),
        ),
        *(
            b" %, temperature ",
            Decimal("temperature_dc", 1),
            b" Cel, Glasgow coma score ",
            Integer("gcs"),
        ),
        *(Unless("pain", UNTOLD, [b", pain ", Integer("pain"), b" of 10"]), b", ", Instant("at_s")),
    ]


def _alerts(patients: Columns, _context: FhirContext) -> Sequence[Items]:
    columns = {**flag_columns(patients), "row": np.arange(patients.rows)}
    kinds: tuple[tuple[str, int, Address, list[Piece]], ...] = (
        (
            "triage",
            NOT_TRIAGED,
            TRIAGE,
            [b"Triage category ", Word("triage", _words(words_of(Triage)))],
        ),
        ("exposed", NOT_EXPOSED, CBRN, [b"Exposed: ", Word("exposed", _displays("mechanisms"))]),
    )
    return tuple(
        _flagged(columns, column, missing, address, line)
        for column, missing, address, line in kinds
    )


def _flagged(
    columns: Mapping[str, Array], column: str, missing: int, address: Address, line: Sequence[Piece]
) -> Items:
    chosen = (columns[column] != missing) & (columns["in_force"] == 1)
    rows = len(chosen)
    return Items(
        {name: values[chosen] for name, values in columns.items()},
        row_offsets(np.flatnonzero(chosen), rows),
        (address,),
        line,
    )


def _plan(patients: Columns, _context: FhirContext) -> Sequence[Items]:
    departures = departures_of(patients)
    columns = {
        "ordinal": patients.flat["ordinal"][departures.row],
        "index": departures.index,
        "at_s": departures.at_s,
    }
    line: list[Piece] = [b"Handed over for evacuation, ", Instant("at_s")]
    return (Items(columns, row_offsets(departures.row, patients.rows), (CARE_PLAN,), line),)


SECTIONS: Mapping[Section, Callable[[Columns, FhirContext], Sequence[Items]]] = {
    PROBLEMS: _problems,
    ALLERGIES: _allergies,
    MEDICATIONS: _medications,
    PROCEDURES: _procedures,
    RESULTS: _results,
    VITAL_SIGNS: _vital_signs,
    ALERTS: _alerts,
    PLAN: _plan,
}


def _one_each(patients: Columns) -> Array:
    return np.arange(patients.rows + 1, dtype=np.int32)


@cache
def _displays(table: str) -> Texts:
    rows: Sequence[CodedRow] = getattr(tables, table)()
    return _words({row.id: row.display for row in rows})


@cache
def _units() -> Texts:
    return _words({row.id: row.unit for row in tables.treatments()})


def _words(words: Mapping[int, str]) -> Texts:
    """Words by number, from 0 on, as XHTML inside a JSON string; no word for numbers without
    one.
    """
    return Texts.of(escaped(words.get(number, "")) for number in range(max(words) + 1))


def escaped(text: str) -> bytes:
    """Text as XHTML inside a JSON string."""
    return escape(text).replace("\\", "\\\\").encode()
