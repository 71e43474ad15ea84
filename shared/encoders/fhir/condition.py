"""Condition: injuries, complications and diseases of the event, and what the casualty had before
it.
"""

from functools import cache, lru_cache

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.items import item_columns
from shared.encoders.casualty.stays import NO_STAY, rows_of, stays_of
from shared.encoders.casualty.treatments import SIDES
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import (
    TERMINOLOGY,
    body_site,
    concept,
    concepts,
    constant,
    encounter_reference,
    patient_reference,
    resource,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_lists
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Absent, Fields, json_instant
from shared.encoders.rows.pieces import Integer, List, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.body import ITEM
from shared.records.columns import Array, Columns

BACKGROUND = Address("Condition", "background", "index")
CONDITION = Address("Condition", "condition", "index")
_ACTIVE = concept(f"{TERMINOLOGY}condition-clinical", "active", "Active")
_CONFIRMED = concept(f"{TERMINOLOGY}condition-ver-status", "confirmed", "Confirmed")
_DIAGNOSIS = concept(
    f"{TERMINOLOGY}condition-category", "encounter-diagnosis", "Encounter Diagnosis"
)
_PROBLEM = concept(f"{TERMINOLOGY}condition-category", "problem-list-item", "Problem List Item")


def render(patients: Columns, context: FhirContext) -> Texts:
    """Each casualty's old conditions, then those of the event."""
    before, event = _templates(context)
    old, new = item_columns(patients, "background", "ordinal"), _event_columns(patients)
    lists = {
        "before": of_lists(before.render(len(old["index"]), old), patients, "background"),
        "event": of_lists(
            event.render(len(new["index"]), new, context.epoch_s), patients, "conditions"
        ),
    }
    return Template([List("before", skip=0), List("event", skip=0)]).render(
        patients.rows, {}, lists=lists
    )


def _event_columns(patients: Columns) -> dict[str, Array]:
    columns = dict(item_columns(patients, "conditions", "ordinal"))
    stays, row = stays_of(patients), rows_of(patients.nested["conditions"].offsets)
    # What was there before the first arrival is diagnosed in the first stay.
    first = np.where(np.isin(row, stays.row), 0, NO_STAY)
    columns["stay"] = np.maximum(stays.at(row, columns["onset_s"]), first)
    columns["site"] = columns["region"].astype(np.int16) * SIDES + columns["side"]
    return columns


@lru_cache(maxsize=CONTEXTS_MAX)
def _templates(context: FhirContext) -> tuple[Template, Template]:
    status: Fields = {
        "clinicalStatus": constant(_ACTIVE),
        "verificationStatus": constant(_CONFIRMED),
    }
    before: Fields = {
        **status,
        "category": constant([_PROBLEM]),
        "code": Word(ITEM, _backgrounds()),
        "subject": patient_reference(context),
    }
    event: Fields = {
        **status,
        "category": constant([_DIAGNOSIS]),
        "code": Word("condition", _conditions()),
        "bodySite": body_site(),
        "subject": patient_reference(context),
        "encounter": encounter_reference(context),
        "onsetDateTime": json_instant("onset_s"),
        "note": Absent("ais", 0, [b'[{"text":"AIS ', Integer("ais"), b'"}]']),
    }
    return (
        Template(resource(BACKGROUND, context, before)),
        Template(resource(CONDITION, context, event)),
    )


@cache
def _conditions() -> Texts:
    return concepts(tables.conditions())


@cache
def _backgrounds() -> Texts:
    return concepts(tables.backgrounds())
