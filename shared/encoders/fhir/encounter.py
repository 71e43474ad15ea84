"""Encounter: one for each stay at a facility."""

from functools import lru_cache

import numpy as np

from shared.encoders.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.fhir.elements import TERMINOLOGY, constant, facility_reference, item_id, patient_reference, resource
from shared.encoders.fhir.stays import OPEN, stays_of
from shared.encoders.json_pieces import Absent, Fields, json_instant, json_object, json_values
from shared.encoders.row_template import Template, Word
from shared.encoders.texts import Texts
from shared.records.columns import Columns
from shared.records.vocabulary import Role

_EMERGENCY = {"system": f"{TERMINOLOGY}v3-ActCode", "code": "EMER", "display": "emergency"}
_INPATIENT = {"system": f"{TERMINOLOGY}v3-ActCode", "code": "IMP", "display": "inpatient encounter"}


def encode(patients: Columns, context: EncodingContext) -> bytes:
    """One Encounter a stay, in the order of patients and time."""
    stays = stays_of(patients)
    columns = {
        "ordinal": patients.flat["ordinal"][stays.row],
        "index": stays.index,
        "facility": stays.facility,
        "role": stays.role,
        "start_s": stays.start_s,
        "end_s": stays.end_s,
        "closed": (stays.end_s != OPEN).astype(np.int8),
    }
    return _template(context).render(len(stays.row), columns, context.epoch_s).to_bytes()


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: EncodingContext) -> Template:
    place = json_object({"location": facility_reference(context, "Location")})
    fields: Fields = {
        "status": Word("closed", json_values({0: "in-progress", 1: "finished"})),
        "class": Word("role", _classes()),
        "subject": patient_reference(context),
        "period": json_object({"start": json_instant("start_s"), "end": Absent("end_s", OPEN, json_instant("end_s"))}),
        "location": [b"[", *place, b"]"],
        "serviceProvider": facility_reference(context, "Organization"),
    }
    return Template(resource("Encounter", context, item_id(context, "stay"), fields))


def _classes() -> Texts:
    return Texts.of(constant(_INPATIENT if role >= Role.ROLE_2 else _EMERGENCY) for role in Role)
