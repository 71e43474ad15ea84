"""The segments as pieces of a row template. Fields are empty where the record says nothing."""

from collections.abc import Mapping
from functools import cache

from shared.clinical import tables
from shared.clinical.tables import code_by_value
from shared.encoders.casualty.words import NOWHERE, facility_names, rank_codes, words_of
from shared.encoders.hl7v2.columns import UNTRIAGED
from shared.encoders.hl7v2.er7 import (
    CODING_SYSTEMS,
    coded_elements,
    components,
    escaped,
    local_codes,
    names_by_id,
    table_of,
)
from shared.encoders.hl7v2.trigger import Trigger, message_type
from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.pieces import Day, Decimal, Instant, Integer, Only, Piece, Unless, Word
from shared.encoders.rows.texts import Texts
from shared.records.identifiers import first_number
from shared.records.vocabulary import BloodGroup, Branch, EventKind, Sex, Triage
from shared.scenarios.vocabulary import TransportKind

SENDER = b"LAZARET"
UNTOLD = -1
CIVILIAN = 0
# of 20 that MSH-10 has room for; 8 are left for the ordinal, 4 for the number
_JOB_CHARS = 6
_NUMBER_KINDS = {
    branch: b"PERSON&urn:lazaret:person-number&URI^PN"
    if branch is Branch.CIVILIAN
    else b"SERVICE&urn:lazaret:service-number&URI^MI"
    for branch in Branch
}
# HL7's table 0141 has two characters: pay grades, which STANAG 2116 equates with NATO's codes.
# OF-1 is O1 and O2 there; OF-9 and above have three characters.
PAY_GRADES = {
    **{f"OR-{grade}": f"E{grade}" for grade in range(1, 10)},
    "OF-1": "O1",
    **{f"OF-{grade}": f"O{grade + 1}" for grade in range(2, 9)},
}
_BRANCHES = {
    Branch.ARMY: b"ARMY",
    Branch.NAVY: b"NAVY",
    Branch.AIR_FORCE: b"AF",
    Branch.MARINES: b"MAR",
    Branch.CIVILIAN: b"",
}
_DISPOSITIONS = {
    EventKind.DISCHARGED: b"01",
    EventKind.RETURNED_TO_DUTY: b"01",
    EventKind.EVACUATED: b"02",
    EventKind.DIED: b"20",
}
_ARRIVAL_MODES = {TransportKind.GROUND: b"A", TransportKind.ROTARY: b"H"}
_OTHER_MODE = b"O"


def time(column: str) -> list[Piece]:
    """A second of the simulation in UTC."""
    return [Instant(column, compact=True), b"+0000"]


def msh(context: EncodingContext) -> list[Piece]:
    """Processing id T (training): no message is about anybody."""
    control_id: list[Piece] = [*patient_number(context), b".", Integer("number")]
    types = Word("trigger", table_of({each: message_type(each).encode() for each in Trigger}))
    head: list[Piece] = [
        b"MSH|^~\\&|" + context.options["sending_application"].encode() + b"|",
        _facility_code(context),
        b"|" + context.options["receiving_application"].encode() + b"||",
        *time("at_s"),
        b"||",
        types,
        b"|",
    ]
    return [*head, *control_id, b"|T|2.5.1||||||UNICODE UTF-8\r"]


def evn(context: EncodingContext) -> list[Piece]:
    codes = Word("trigger", table_of({each: each.name.encode() for each in Trigger}))
    return [
        b"EVN|",
        codes,
        b"|",
        *time("at_s"),
        b"||||",
        *time("at_s"),
        b"|",
        _facility_code(context),
        b"\r",
    ]


def pid(context: EncodingContext) -> list[Piece]:
    """With the temporary number alone as long as nobody knows who it is."""
    numbers: list[Piece] = [
        *patient_number(context),
        b"^^^" + _authority(context) + b"^PI~",
        Integer("ordinal", first_number(context.job_id)),
        b"^^^",
        Word("branch", table_of(_NUMBER_KINDS)),
    ]
    name: list[Piece] = [
        Word("family_id", _person_names()),
        b"^",
        Word("given_id", _person_names()),
        b"^^^^^L",
    ]
    known: list[Piece] = [*numbers, b"||", *name, b"||", Day("birth_date", compact=True)]
    unknown: list[Piece] = [*temporary_id(context), b"||UNKNOWN^^^^^^U||"]
    sex = Word("sex", table_of({Sex.MALE: b"M", Sex.FEMALE: b"F"}))
    death: list[Piece] = [Only("died", 1, time("at_s")), b"|", Word("died", _NO_YES)]
    return [
        b"PID|1||",
        *_by_identity(known, unknown),
        b"|",
        sex,
        _to_field(8, 28),
        *_by_identity([Word("nation", _nations())], []),
        b"|",
        *death,
        b"|",
        Word("unidentified", _NO_YES),
        b"\r",
    ]


def temporary_id(context: EncodingContext) -> list[Piece]:
    return [b"T", *patient_number(context), b"^^^" + _authority(context) + b"^PI"]


def patient_number(context: EncodingContext) -> list[Piece]:
    """The ordinal behind the job: receivers that pass over the authority's id still tell two jobs'
    patients apart.
    """
    return [context.job_id.hex[-_JOB_CHARS:].encode() + b".", Integer("ordinal")]


def pd1() -> list[Piece]:
    """Branch, pay grade, active duty; civilians have none."""
    grades = {number: PAY_GRADES.get(code, "").encode() for number, code in rank_codes().items()}
    segment: list[Piece] = [
        b"PD1" + _to_field(0, 19),
        Word("branch", table_of(_BRANCHES)),
        b"|",
        Word("rank", table_of(grades)),
        b"|ACT\r",
    ]
    return [Unless("unidentified", 1, [Unless("rank", CIVILIAN, segment)])]


def mrg(context: EncodingContext) -> list[Piece]:
    return [b"MRG|", *temporary_id(context), b"\r"]


def pv1(context: EncodingContext) -> list[Piece]:
    """One visit for the whole way; the alternate visit is the stay, numbered like FHIR's
    encounters.
    """
    places = _locations(context)
    visit = b"^^^" + _authority(context) + b"^VN"
    admitted = Word("admitted", table_of({0: b"E", 1: b"I"}))
    place: list[Piece] = [b"PV1|1|", admitted, b"|", Word("facility", places, NOWHERE), b"|E||"]
    before: list[Piece] = [
        Only("trigger", Trigger.A02, [Word("facility_before", places, NOWHERE)]),
        _to_field(6, 19),
    ]
    number: list[Piece] = [
        *patient_number(context),
        visit,
        _to_field(19, 36),
        Word("end_kind", table_of(_DISPOSITIONS)),
        _to_field(36, 44),
    ]
    times: list[Piece] = [
        *time("begin_s"),
        b"|",
        Only("trigger", Trigger.A03, time("at_s")),
        _to_field(45, 50),
    ]
    stay: list[Piece] = [*patient_number(context), b"-stay", Integer("stay"), visit, b"\r"]
    return [*place, *before, *number, *times, *stay]


def pv2(context: EncodingContext) -> list[Piece]:
    """What hurt the casualty, and how it arrived."""
    kinds = (pool.kind for pool in context.scenario.transport)
    modes = {place: _ARRIVAL_MODES.get(kind, _OTHER_MODE) for place, kind in enumerate(kinds)}
    arrival: list[Piece] = [
        Unless(
            "vehicle",
            NOWHERE,
            [_to_field(3, 38), Word("vehicle", table_of(modes, first=NOWHERE), NOWHERE)],
        )
    ]
    return [b"PV2|||", Word("mechanism", _mechanisms()), *arrival, b"\r"]


def al1() -> list[Piece]:
    return [b"AL1|", Integer("set_id"), b"||", Word("item", _allergies()), b"\r"]


def dg1() -> list[Piece]:
    """Working diagnoses, final ones in the discharge."""
    head: list[Piece] = [
        b"DG1|",
        Integer("set_id"),
        b"||",
        Word("condition", _conditions()),
        b"||",
        *time("onset_s"),
        b"|",
    ]
    return [
        *head,
        Only("trigger", Trigger.A03, [b"F"]),
        Unless("trigger", Trigger.A03, [b"W"]),
        b"\r",
    ]


def pr1() -> list[Piece]:
    return [
        b"PR1|",
        Integer("set_id"),
        b"||",
        Word("treatment", _treatments()),
        b"||",
        *time("at_s"),
        b"\r",
    ]


def registration_findings() -> list[Piece]:
    """Body height, weight and blood group, and the category at arrival."""
    return [
        *obx(1, "NM", "8302-2", Integer("height_cm"), "cm", "at_s"),
        *obx(2, "NM", "29463-7", Decimal("weight_hg", 1), "kg", "at_s"),
        *obx(3, "CE", "882-1", Word("blood_group", local_codes(words_of(BloodGroup))), "", "at_s"),
        *triage(4),
    ]


def triage(set_id: int) -> list[Piece]:
    value = Word("triage", local_codes(words_of(Triage)))
    return [Unless("triage", UNTRIAGED, obx(set_id, "CE", "77941-3", value, "", "at_s"))]


def severity() -> list[Piece]:
    return obx(1, "NM", "74471-4", Integer("iss"), "{score}", "at_s")


def vital_signs() -> list[Piece]:
    """One order, and a result for each sign; the filler's number is that of FHIR's observations."""
    order: list[Piece] = [
        b"OBR|1||",
        Integer("ordinal"),
        b"-vitals",
        Integer("index"),
        b"^" + SENDER + b"|VITALS^Vital signs^L|||",
    ]
    times: list[Piece] = [*time("measured_s"), _to_field(7, 22), *time("at_s"), b"|||F\r"]
    signs: Mapping[str, tuple[Piece, str]] = {
        "8867-4": (Integer("heart_rate"), "/min"),
        "8480-6": (Integer("systolic"), "mm[Hg]"),
        "8462-4": (Integer("diastolic"), "mm[Hg]"),
        "9279-1": (Integer("respiratory_rate"), "/min"),
        "59408-5": (Integer("spo2"), "%"),
        "8310-5": (Decimal("temperature_dc", 1), "Cel"),
        "9269-2": (Integer("gcs"), "{score}"),
    }
    results = [
        piece
        for number, (code, (value, unit)) in enumerate(signs.items(), 1)
        for piece in obx(number, "NM", code, value, unit, "measured_s")
    ]
    pain = obx(len(signs) + 1, "NM", "72514-3", Integer("pain"), "{score}", "measured_s")
    return [*order, *times, *results, Unless("pain", UNTOLD, pain)]


def obx(set_id: int, value_type: str, loinc: str, value: Piece, unit: str, at: str) -> list[Piece]:
    """A final result under a LOINC code, its unit in UCUM."""
    code = components(loinc, code_by_value()["LOINC", loinc].display, CODING_SYSTEMS["LOINC"])
    units = components(unit, unit, "UCUM") if unit else b""
    return [
        b"OBX|%d|%s|%s||" % (set_id, value_type.encode(), code),
        value,
        b"|%s|||||F|||" % units,
        *time(at),
        b"\r",
    ]


def _by_identity(known: list[Piece], unknown: list[Piece]) -> list[Piece]:
    return [Only("unidentified", 0, known), Only("unidentified", 1, unknown)]


def _to_field(present: int, wanted: int) -> bytes:
    return b"|" * (wanted - present)


def _authority(context: EncodingContext) -> bytes:
    """Who gave a number: the job. `{authority's id}-{number}` is the id in every other format."""
    return b"%s&%s&UUID" % (SENDER, str(context.job_id).encode())


def _facility_code(context: EncodingContext) -> Piece:
    return Word(
        "facility",
        table_of(
            {place: f"facility{place}".encode() for place in facility_names(context.scenario)}
        ),
    )


def _locations(context: EncodingContext) -> Texts:
    """PL by facility, with the facility in its fourth component and its name as description."""
    names = facility_names(context.scenario)
    return table_of(
        {
            place: f"^^^facility{place}^^^^^{escaped(name)}".encode()
            for place, name in names.items()
        },
        first=NOWHERE,
    )


_NO_YES = table_of({0: b"N", 1: b"Y"})


@cache
def _person_names() -> Texts:
    return names_by_id((row.id, row.name) for row in tables.names())


@cache
def _nations() -> Texts:
    return table_of({row.id: components(row.code, row.name, "ISO3166") for row in tables.nations()})


@cache
def _mechanisms() -> Texts:
    return coded_elements(tables.mechanisms())


@cache
def _conditions() -> Texts:
    return coded_elements(tables.conditions())


@cache
def _treatments() -> Texts:
    return coded_elements(tables.treatments())


@cache
def _allergies() -> Texts:
    return coded_elements(tables.allergies())
