"""The flat tables of a record, as CSV and Parquet show them: one row a patient, event, row of vital
signs, condition or treatment.

`patient_id` joins the tables; `index` counts an item's place in its patient's list from 0. Column
order is stable.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from shared.clinical import tables
from shared.encoders.casualty.items import DOSE_PLACES, item_columns
from shared.encoders.casualty.words import (
    DETAIL_MAX,
    NOWHERE,
    event_details,
    facility_names,
    front_names,
    rank_codes,
    unit_names,
    vehicle_names,
    words_of,
)
from shared.encoders.interface.context import EncodingContext
from shared.records.columns import Array, Columns
from shared.records.identifiers import first_number
from shared.records.vocabulary import (
    BloodGroup,
    BodyRegion,
    Branch,
    Category,
    DeathCause,
    EventKind,
    Outcome,
    Precedence,
    Role,
    Sex,
    Side,
    Triage,
    VitalsContext,
)


@dataclass(frozen=True, slots=True)
class PatientId:
    """`{job_id}-{ordinal}`."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number stored as its multiple of 10 ** -places; `missing` is what stands for none, `plus`
    is added to what is stored.
    """

    column: str
    places: int = 0
    missing: int | None = None
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """A text by number; numbers without one have no value. `first` and `last` bound what occurs,
    where the names' own numbers do not.
    """

    column: str
    names: Mapping[int, str | None]
    first: int = 0
    last: int | None = None

    def __iter__(self) -> Iterator[str | None]:
        """The texts of all numbers from `first` on."""
        last = max(self.names, default=self.first) if self.last is None else self.last
        return (self.names.get(number) for number in range(self.first, last + 1))


@dataclass(frozen=True, slots=True)
class NamedList:
    """The texts of a list of numbers, joined by semicolons."""

    column: str
    names: Mapping[int, str]

    def __iter__(self) -> Iterator[str | None]:
        """The texts of all numbers from 0 on."""
        return (self.names.get(number) for number in range(max(self.names) + 1))


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds after the scenario's beginning, shown as a moment in UTC."""

    column: str


@dataclass(frozen=True, slots=True)
class Date:
    """Days since 1970, shown as a date."""

    column: str


@dataclass(frozen=True, slots=True)
class Flag:
    """1 is true."""

    column: str


Field = PatientId | Number | Named | NamedList | Time | Date | Flag
Fields = Mapping[str, Field]

TABLES = ("patients", "events", "vitals", "conditions", "treatments")


def table_fields(table: str, context: EncodingContext) -> Fields:
    """A table's columns in order. Raises KeyError for a table that does not exist."""
    return _TABLES[table](context)


def table_columns(table: str, patients: Columns) -> tuple[int, Mapping[str, Array]]:
    """How many rows a table has for these patients, and the numbers that its fields name."""
    if table == "patients":
        return patients.rows, patients.flat
    columns = item_columns(patients, table, "ordinal")
    return len(columns["index"]), columns


def _patients(context: EncodingContext) -> Fields:
    scenario = context.scenario
    people = {row.id: row.name for row in tables.names()}
    return {
        "patient_id": PatientId(),
        "ordinal": Number("ordinal"),
        "sector": Number("sector"),
        "family_name": Named("family_id", people),
        "given_name": Named("given_id", people),
        "service_number": Number("ordinal", plus=first_number(context.job_id)),
        "birth_date": Date("birth_date"),
        "sex": _word("sex", Sex),
        "nation": Named("nation", {row.id: row.code for row in tables.nations()}),
        "blood_group": _word("blood_group", BloodGroup),
        "branch": _word("branch", Branch),
        "rank": Named("rank", rank_codes()),
        "unit": Named("unit", unit_names(scenario), NOWHERE),
        "height_cm": Number("height_cm"),
        "weight_kg": Number("weight_hg", 1),
        "allergies": NamedList("allergies", {row.id: row.name for row in tables.allergies()}),
        "background": NamedList("background", {row.id: row.name for row in tables.backgrounds()}),
        "category": _word("category", Category),
        "mechanism": Named("mechanism", {row.id: row.name for row in tables.mechanisms()}),
        "compound_event": Number("compound_event", missing=-1),
        "front": Named("front", front_names(scenario), NOWHERE),
        "latitude_deg": Number("latitude_udeg", 6),
        "longitude_deg": Number("longitude_udeg", 6),
        "injured_at": Time("injured_at_s"),
        "triage_first": _word("triage_first", Triage),
        "precedence": _word("precedence", Precedence),
        "iss": Number("iss"),
        "niss": Number("niss"),
        "rts": Number("rts_e4", 4),
        "triss": Number("triss_e4", 4, missing=-1),
        "blood_volume_min_pct": Number("blood_volume_min_pct"),
        "burn_tbsa_pct": Number("burn_tbsa_pct"),
        "transfused_units": Number("transfused_units"),
        "outcome": _word("outcome", Outcome),
        "death_cause": _word("death_cause", DeathCause),
        "returned_within_72h": Flag("returned_within_72h"),
        "role_first": _word("role_first", Role),
        "role_last": _word("role_last", Role),
        "facility_last": Named("facility_last", facility_names(scenario), NOWHERE),
        "ended_at": Time("ended_at_s"),
    }


def _events(context: EncodingContext) -> Fields:
    return {
        "patient_id": PatientId(),
        "index": Number("index"),
        "at": Time("at_s"),
        "kind": _word("kind", EventKind),
        "role": _word("role", Role),
        "facility": Named("facility", facility_names(context.scenario), NOWHERE),
        "vehicle": Named("vehicle", vehicle_names(context.scenario), NOWHERE),
        "detail": Named("detail_of_kind", event_details(), last=DETAIL_MAX),
    }


def _vitals(context: EncodingContext) -> Fields:
    return {
        "patient_id": PatientId(),
        "index": Number("index"),
        "at": Time("at_s"),
        "context": _word("context", VitalsContext),
        "facility": Named("facility", facility_names(context.scenario), NOWHERE),
        "heart_rate": Number("heart_rate"),
        "systolic": Number("systolic"),
        "diastolic": Number("diastolic"),
        "respiratory_rate": Number("respiratory_rate"),
        "spo2_pct": Number("spo2"),
        "gcs": Number("gcs"),
        "temperature_c": Number("temperature_dc", 1),
        "pain": Number("pain", missing=-1),
    }


def _conditions(_context: EncodingContext) -> Fields:
    rows = tables.conditions()
    return {
        "patient_id": PatientId(),
        "index": Number("index"),
        "condition": Named("condition", {row.id: row.name for row in rows}),
        "display": Named("condition", {row.id: row.display for row in rows}),
        "snomed": Named("condition", {row.id: row.snomed or None for row in rows}),
        "icd10": Named("condition", {row.id: row.icd10 or None for row in rows}),
        "region": _word("region", BodyRegion),
        "side": _word("side", Side),
        "ais": Number("ais", missing=0),
        "onset_at": Time("onset_s"),
    }


def _treatments(context: EncodingContext) -> Fields:
    rows = tables.treatments()
    return {
        "patient_id": PatientId(),
        "index": Number("index"),
        "at": Time("at_s"),
        "ended_at": Time("ended_at_s"),
        "treatment": Named("treatment", {row.id: row.name for row in rows}),
        "display": Named("treatment", {row.id: row.display for row in rows}),
        "snomed": Named("treatment", {row.id: row.snomed or None for row in rows}),
        "rxnorm": Named("treatment", {row.id: row.rxnorm or None for row in rows}),
        "atc": Named("treatment", {row.id: row.atc or None for row in rows}),
        "role": _word("role", Role),
        "facility": Named("facility", facility_names(context.scenario), NOWHERE),
        "region": _word("region", BodyRegion),
        "dose": Number("dose_e3", DOSE_PLACES, missing=0),
        "unit": Named("treatment", {row.id: row.unit or None for row in rows}),
    }


def _word(column: str, vocabulary: type[IntEnum]) -> Named:
    return Named(column, words_of(vocabulary))


_TABLES: Mapping[str, Callable[[EncodingContext], Fields]] = dict(
    zip(TABLES, (_patients, _events, _vitals, _conditions, _treatments), strict=True)
)
