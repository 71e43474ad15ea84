"""Encounter: one for each stay at a facility, with where the casualty came from and went."""

from functools import cache, lru_cache

import numpy as np

from shared.encoders.casualty.stays import OPEN, stays_of
from shared.encoders.casualty.words import NOWHERE
from shared.encoders.fhir import addresses
from shared.encoders.fhir.elements import (
    TERMINOLOGY,
    concept,
    constant,
    patient_reference,
    resource,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_rows
from shared.encoders.fhir.staff import staff_reference
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Absent, Fields, json_instant, json_object, json_values
from shared.encoders.rows.pieces import Piece, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns
from shared.records.vocabulary import EventKind, Role

_EMERGENCY = {"system": f"{TERMINOLOGY}v3-ActCode", "code": "EMER", "display": "emergency"}
_INPATIENT = {"system": f"{TERMINOLOGY}v3-ActCode", "code": "IMP", "display": "inpatient encounter"}
_TRANSFERRED_IN = concept(
    f"{TERMINOLOGY}admit-source", "hosp-trans", "Transferred from other hospital"
)
_DISPOSITIONS = f"{TERMINOLOGY}discharge-disposition"
_TRANSFERRED = concept(_DISPOSITIONS, "other-hcf", "Other healthcare facility")


def render(patients: Columns, context: FhirContext) -> Texts:
    """One Encounter a stay, in the order of patients and time."""
    stays = stays_of(patients)
    columns = {
        "ordinal": patients.flat["ordinal"][stays.row],
        "index": stays.index,
        "facility": stays.facility,
        "staff": stays.facility,
        "role": stays.role,
        "start_s": stays.start_s,
        "end_s": stays.end_s,
        "ended_by": np.maximum(stays.end_kind, 0),
        "closed": (stays.end_s != OPEN).astype(np.int8),
        "came_from": stays.came_from,
        "went_to": stays.went_to,
        "transferred_in": (stays.came_from != NOWHERE).astype(np.int8),
    }
    return of_rows(
        _template(context).render(len(stays.row), columns, context.epoch_s), stays.row, patients
    )


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    place = json_object({"location": addresses.facility("Location", "facility").reference(context)})
    fields: Fields = {
        "status": Word("closed", json_values({0: "in-progress", 1: "finished"})),
        "class": Word("role", _classes()),
        "type": Word("role", _types()),
        "subject": patient_reference(context),
        "participant": [b"[", *json_object({"individual": staff_reference(context)}), b"]"],
        "period": json_object(
            {"start": json_instant("start_s"), "end": Absent("end_s", OPEN, json_instant("end_s"))}
        ),
        "hospitalization": _hospitalization(context),
        "location": [b"[", *place, b"]"],
        "serviceProvider": addresses.facility("Organization", "facility").reference(context),
    }
    return Template(resource(addresses.stay("index"), context, fields))


def _hospitalization(context: FhirContext) -> list[Piece]:
    return json_object(
        {
            "admitSource": Word(
                "transferred_in", json_values({0: {"text": "From the field"}, 1: _TRANSFERRED_IN})
            ),
            "origin": Absent(
                "came_from", NOWHERE, addresses.facility("Location", "came_from").reference(context)
            ),
            "destination": Absent(
                "went_to", NOWHERE, addresses.facility("Location", "went_to").reference(context)
            ),
            "dischargeDisposition": Absent("closed", 0, Word("ended_by", _dispositions())),
        }
    )


@cache
def _classes() -> Texts:
    return Texts.of(constant(_INPATIENT if role >= Role.ROLE_2 else _EMERGENCY) for role in Role)


@cache
def _types() -> Texts:
    return Texts.of(
        constant([{"text": f"Stay at a Role {role.value} medical treatment facility"}])
        for role in Role
    )


@cache
def _dispositions() -> Texts:
    return json_values(
        {
            EventKind.ARRIVED: _TRANSFERRED,
            EventKind.DEPARTED: _TRANSFERRED,
            EventKind.DISCHARGED: {"text": "Discharged"},
            EventKind.RETURNED_TO_DUTY: {"text": "Returned to duty"},
            EventKind.DIED: concept(_DISPOSITIONS, "exp", "Expired"),
            EventKind.EVACUATED: {"text": "Evacuated out of the theatre"},
        }
    )
