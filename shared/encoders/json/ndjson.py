"""NDJSON: one readable document a patient and line, nothing to look up.

Names, codes and places are resolved, times are ISO 8601 in UTC, ids are `{job_id}-{ordinal}`,
enumerations are words; what does not apply is null.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache, lru_cache

import pyarrow as pa

from shared.clinical import tables
from shared.encoders.casualty.codings import CodedRow, codings
from shared.encoders.casualty.items import DOSE_PLACES, item_columns
from shared.encoders.casualty.words import (
    DETAIL_MAX,
    event_details,
    facility_names,
    front_names,
    unit_names,
    vehicle_names,
)
from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.rows.json_pieces import (
    Value,
    json_day,
    json_flag,
    json_instant,
    json_item,
    json_list,
    json_object,
    json_or_null,
    json_place,
    json_text,
    json_values,
    json_word,
)
from shared.encoders.rows.pieces import Decimal, Integer, Piece, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.body import ITEM, from_record_batch
from shared.records.columns import Columns
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

ENCODER_VERSION = 2


def encode(batch: pa.RecordBatch, context: EncodingContext) -> bytes:
    """One line a patient, in the batch's order."""
    patients = from_record_batch(batch)
    document, items = _templates(context)
    lists = {
        name: _render_items(patients, name, template, context.epoch_s)
        for name, template in items.items()
    }
    return document.render(patients.rows, patients.flat, context.epoch_s, lists).to_bytes()


@lru_cache(maxsize=CONTEXTS_MAX)
def _templates(context: EncodingContext) -> tuple[Template, Mapping[str, Template]]:
    items: Mapping[str, Sequence[Piece]] = {
        "allergies": [b",", Word(ITEM, _allergies())],
        "background": [b",", Word(ITEM, _backgrounds())],
        "events": json_item(_event(context)),
        "vitals": json_item(_vital_signs(context)),
        "conditions": json_item(_condition()),
        "treatments": json_item(_treatment(context)),
    }
    return Template([*json_object(_patient(context)), b"\n"]), {
        name: Template(pieces) for name, pieces in items.items()
    }


def _render_items(patients: Columns, name: str, template: Template, epoch_s: int) -> Texts:
    columns = item_columns(patients, name)
    return template.render(len(columns["index"]), columns, epoch_s).joined(
        patients.nested[name].offsets
    )


def _patient(context: EncodingContext) -> Mapping[str, Value]:
    return {**_person(context), **_injury(context), **_course(context)}


def _person(context: EncodingContext) -> Mapping[str, Value]:
    return {
        "id": json_text([b"%s-" % str(context.job_id).encode(), Integer("ordinal")]),
        "ordinal": Integer("ordinal"),
        "sector": Integer("sector"),
        "family_name": Word("family_id", _person_names()),
        "given_name": Word("given_id", _person_names()),
        "service_number": json_text(Integer("ordinal", first_number(context.job_id))),
        "birth_date": json_day("birth_date"),
        "sex": json_word("sex", Sex),
        "nation": Word("nation", _nations()),
        "blood_group": json_word("blood_group", BloodGroup),
        "branch": json_word("branch", Branch),
        "rank": Word("rank", _ranks()),
        "unit": json_place("unit", unit_names(context.scenario)),
        "height_cm": Integer("height_cm"),
        "weight_kg": Decimal("weight_hg", 1),
        "allergies": json_list("allergies"),
        "background": json_list("background"),
    }


def _injury(context: EncodingContext) -> Mapping[str, Value]:
    return {
        "category": json_word("category", Category),
        "mechanism": Word("mechanism", _mechanisms()),
        "compound_event": json_or_null("compound_event", -1),
        "front": json_place("front", front_names(context.scenario)),
        "latitude_deg": Decimal("latitude_udeg", 6),
        "longitude_deg": Decimal("longitude_udeg", 6),
        "injured_at": json_instant("injured_at_s"),
        "triage_first": json_word("triage_first", Triage),
        "precedence": json_word("precedence", Precedence),
        "iss": Integer("iss"),
        "niss": Integer("niss"),
        "rts": Decimal("rts_e4", 4),
        "triss": json_or_null("triss_e4", -1, Decimal("triss_e4", 4)),
    }


def _course(context: EncodingContext) -> Mapping[str, Value]:
    return {
        "blood_volume_min_pct": Integer("blood_volume_min_pct"),
        "burn_tbsa_pct": Integer("burn_tbsa_pct"),
        "transfused_units": Integer("transfused_units"),
        "outcome": json_word("outcome", Outcome),
        "death_cause": json_word("death_cause", DeathCause),
        "returned_within_72h": json_flag("returned_within_72h"),
        "role_first": json_word("role_first", Role),
        "role_last": json_word("role_last", Role),
        "facility_last": json_place("facility_last", facility_names(context.scenario)),
        "ended_at": json_instant("ended_at_s"),
        "events": json_list("events"),
        "vitals": json_list("vitals"),
        "conditions": json_list("conditions"),
        "treatments": json_list("treatments"),
    }


def _event(context: EncodingContext) -> Mapping[str, Value]:
    return {
        "at": json_instant("at_s"),
        "kind": json_word("kind", EventKind),
        "role": json_word("role", Role),
        "facility": json_place("facility", facility_names(context.scenario)),
        "vehicle": json_place("vehicle", vehicle_names(context.scenario)),
        "detail": Word("detail_of_kind", _details()),
    }


def _vital_signs(context: EncodingContext) -> Mapping[str, Value]:
    return {
        "at": json_instant("at_s"),
        "context": json_word("context", VitalsContext),
        "facility": json_place("facility", facility_names(context.scenario)),
        "heart_rate": Integer("heart_rate"),
        "systolic": Integer("systolic"),
        "diastolic": Integer("diastolic"),
        "respiratory_rate": Integer("respiratory_rate"),
        "spo2_pct": Integer("spo2"),
        "gcs": Integer("gcs"),
        "temperature_c": Decimal("temperature_dc", 1),
        "pain": json_or_null("pain", -1),
    }


def _condition() -> Mapping[str, Value]:
    return {
        "condition": Word("condition", _conditions()),
        "region": json_word("region", BodyRegion),
        "side": json_word("side", Side),
        "ais": json_or_null("ais", 0),
        "onset_at": json_instant("onset_s"),
    }


def _treatment(context: EncodingContext) -> Mapping[str, Value]:
    return {
        "at": json_instant("at_s"),
        "ended_at": json_instant("ended_at_s"),
        "treatment": Word("treatment", _treatments()),
        "role": json_word("role", Role),
        "facility": json_place("facility", facility_names(context.scenario)),
        "region": json_word("region", BodyRegion),
        "dose": json_or_null("dose_e3", 0, Decimal("dose_e3", DOSE_PLACES, trimmed=True)),
        "unit": Word("treatment", _units()),
    }


@cache
def _person_names() -> Texts:
    return json_values({row.id: row.name for row in tables.names()})


@cache
def _nations() -> Texts:
    return json_values({row.id: {"code": row.code, "name": row.name} for row in tables.nations()})


@cache
def _ranks() -> Texts:
    return json_values(
        {row.id: {"code": row.nato_code, "display": row.display} for row in tables.ranks()}
    )


@cache
def _allergies() -> Texts:
    return _coded(tables.allergies())


@cache
def _backgrounds() -> Texts:
    return _coded(tables.backgrounds())


@cache
def _mechanisms() -> Texts:
    return _coded(tables.mechanisms())


@cache
def _conditions() -> Texts:
    return _coded(tables.conditions())


@cache
def _treatments() -> Texts:
    return _coded(tables.treatments())


@cache
def _units() -> Texts:
    return json_values({row.id: row.unit or None for row in tables.treatments()})


@cache
def _details() -> Texts:
    return json_values(event_details(), last=DETAIL_MAX)


def _coded(rows: Sequence[CodedRow]) -> Texts:
    documents = {
        row.id: {
            "name": row.name,
            "display": row.display,
            "codes": [asdict(each) for each in codings(row)],
        }
        for row in rows
    }
    return json_values(documents)
