"""Observation: blood group, height, weight and injury severity of a casualty, triage whenever it
was done, and vital signs as measured.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from shared.encoders.casualty.items import item_columns
from shared.encoders.casualty.stays import NO_STAY, rows_of, stays_of
from shared.encoders.casualty.words import NOWHERE, words_of
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import (
    TERMINOLOGY,
    clinical_code,
    concept,
    constant,
    encounter_reference,
    patient_reference,
    quantity,
    resource,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_lists
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Fields, Value, json_instant, json_object, json_values
from shared.encoders.rows.pieces import Decimal, Integer, List, Piece, Unless, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns
from shared.records.vocabulary import BloodGroup, EventKind, Triage

UNTOLD = -1
SCORE = "{score}"

_CATEGORY = f"{TERMINOLOGY}observation-category"
_VITAL_SIGNS = concept(_CATEGORY, "vital-signs", "Vital Signs")
_LABORATORY = concept(_CATEGORY, "laboratory", "Laboratory")
_SURVEY = concept(_CATEGORY, "survey", "Survey")
_EXAM = concept(_CATEGORY, "exam", "Exam")


def render(patients: Columns, context: FhirContext) -> Texts:
    """Each casualty's own facts, then its triage, then its vital signs in time."""
    lists = {
        "triage": _of_moments("triage", triage_columns(patients), context).joined(
            triage_offsets(patients)
        ),
        "vitals": of_lists(
            _of_moments("vitals", vitals_columns(patients), context), patients, "vitals"
        ),
    }
    return _templates(context)["patient"].render(
        patients.rows, patients.flat, context.epoch_s, lists
    )


def _of_moments(name: str, columns: Mapping[str, Array], context: FhirContext) -> Texts:
    """The lines of each row; what all of them say about its moment is rendered once."""
    templates, rows = _templates(context), len(columns["index"])
    moments = templates["moment"].render(rows, columns, context.epoch_s)
    return templates[name].render(rows, columns, lists={"moment": moments})


def vitals_columns(patients: Columns) -> Mapping[str, Array]:
    """Columns of every row of vital signs, with the `stay` in which it was taken."""
    columns = dict(item_columns(patients, "vitals", "ordinal"))
    stay = stays_of(patients).at(rows_of(patients.nested["vitals"].offsets), columns["at_s"])
    columns["stay"] = np.where(columns["facility"] == NOWHERE, NO_STAY, stay)
    return columns


def triage_columns(patients: Columns) -> Mapping[str, Array]:
    """Columns of every triage among the events, with the `stay` in which it was done."""
    columns = dict(item_columns(patients, "events", "ordinal"))
    stay = stays_of(patients).at(rows_of(patients.nested["events"].offsets), columns["at_s"])
    columns["stay"] = np.where(columns["facility"] == NOWHERE, NO_STAY, stay)
    chosen = columns["kind"] == EventKind.TRIAGED
    return {name: values[chosen] for name, values in columns.items()}


def triage_offsets(patients: Columns) -> Array:
    """Where each patient's triages begin among all."""
    events = patients.nested["events"]
    before = np.concatenate(([0], np.cumsum(events.values["kind"] == EventKind.TRIAGED)))
    offsets: Array = before[events.offsets]
    return offsets


@lru_cache(maxsize=CONTEXTS_MAX)
def _templates(context: FhirContext) -> Mapping[str, Template]:
    return {
        "patient": Template(
            [*_of_patient(context), List("triage", skip=0), List("vitals", skip=0)]
        ),
        "moment": Template(_moment(context)),
        "triage": Template(_triage(context)),
        "vitals": Template(_vital_signs(context)),
    }


def _of_patient(context: FhirContext) -> list[Piece]:
    def line(
        kind: str, category: dict[str, Any], code: str, value: Mapping[str, Value]
    ) -> list[Piece]:
        head = {
            **_head(category, code),
            "subject": patient_reference(context),
            "effectiveDateTime": json_instant("injured_at_s"),
        }
        return resource(Address("Observation", kind), context, {**head, **value})

    return [
        *line(
            "blood-group",
            _LABORATORY,
            "882-1",
            {"valueCodeableConcept": Word("blood_group", _blood_groups())},
        ),
        *line(
            "height",
            _VITAL_SIGNS,
            "8302-2",
            {"valueQuantity": quantity(Integer("height_cm"), "cm", "cm")},
        ),
        *line(
            "weight",
            _VITAL_SIGNS,
            "29463-7",
            {"valueQuantity": quantity(Decimal("weight_hg", 1), "kg", "kg")},
        ),
        *line(
            "iss", _SURVEY, "74471-4", {"valueQuantity": quantity(Integer("iss"), "score", SCORE)}
        ),
    ]


def _triage(context: FhirContext) -> list[Piece]:
    value = {"valueCodeableConcept": Word("detail", _triage_categories())}
    return _measured(context, "triage", _head(_EXAM, "77941-3"), value)


def _vital_signs(context: FhirContext) -> list[Piece]:
    def line(
        kind: str, head: Mapping[str, Value], value: Piece, unit: str, code: str
    ) -> list[Piece]:
        return _measured(context, kind, head, {"valueQuantity": quantity(value, unit, code)})

    return [
        *line(
            "heart-rate",
            _head(_VITAL_SIGNS, "8867-4"),
            Integer("heart_rate"),
            "beats/minute",
            "/min",
        ),
        *_measured(
            context,
            "blood-pressure",
            _head(_VITAL_SIGNS, "85354-9"),
            {"component": _blood_pressure()},
        ),
        *line(
            "breathing",
            _head(_VITAL_SIGNS, "9279-1"),
            Integer("respiratory_rate"),
            "breaths/minute",
            "/min",
        ),
        *line("spo2", _head(_VITAL_SIGNS, "2708-6", "59408-5"), Integer("spo2"), "%", "%"),
        *line(
            "temperature", _head(_VITAL_SIGNS, "8310-5"), Decimal("temperature_dc", 1), "C", "Cel"
        ),
        *line("gcs", _head(_SURVEY, "9269-2"), Integer("gcs"), "score", SCORE),
        Unless(
            "pain", UNTOLD, line("pain", _head(_SURVEY, "72514-3"), Integer("pain"), "score", SCORE)
        ),
    ]


def _measured(
    context: FhirContext, kind: str, head: Mapping[str, Value], value: Mapping[str, Value]
) -> list[Piece]:
    """A line about a moment of a casualty's way."""
    return resource(
        Address("Observation", kind, "index"),
        context,
        {**head, "subject": List("moment", skip=0), **value},
    )


def _moment(context: FhirContext) -> list[Piece]:
    """The subject and the fields behind it that say where and when."""
    where: Fields = {
        "subject": patient_reference(context),
        "encounter": encounter_reference(context),
    }
    # without the first name and the braces
    return json_object({**where, "effectiveDateTime": json_instant("at_s")})[1:-1]


def _head(category: dict[str, Any], *loinc: str) -> dict[str, Value]:
    coded = [clinical_code("LOINC", code) for code in loinc]
    code = {"coding": coded, "text": coded[-1]["display"]}
    return {"status": constant("final"), "category": constant([category]), "code": constant(code)}


def _blood_pressure() -> list[Piece]:
    parts = [
        json_object(
            {
                "code": constant({"coding": [clinical_code("LOINC", code)]}),
                "valueQuantity": quantity(Integer(column), "mmHg", "mm[Hg]"),
            }
        )
        for code, column in (("8480-6", "systolic"), ("8462-4", "diastolic"))
    ]
    return [b"[", *parts[0], b",", *parts[1], b"]"]


@cache
def _blood_groups() -> Texts:
    return json_values({number: {"text": word} for number, word in words_of(BloodGroup).items()})


@cache
def _triage_categories() -> Texts:
    return json_values({number: {"text": word} for number, word in words_of(Triage).items()})
