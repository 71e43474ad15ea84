"""ServiceRequest: each request for medical evacuation."""

from functools import cache, lru_cache

import numpy as np

from shared.encoders.casualty.stays import NONE
from shared.encoders.casualty.words import NOWHERE, words_of
from shared.encoders.fhir import addresses
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import constant, encounter_reference, patient_reference, resource
from shared.encoders.fhir.evacuations import Journeys, requests_of
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_rows
from shared.encoders.fhir.staff import staff_of, staff_reference
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Absent, Fields, json_instant, json_object, json_values
from shared.encoders.rows.pieces import Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Precedence

_ACTIVE, _COMPLETED, _REVOKED = range(3)
_PRIORITIES: dict[int, str] = {
    Precedence.URGENT: "stat",
    Precedence.URGENT_SURGICAL: "stat",
    Precedence.PRIORITY: "urgent",
    Precedence.ROUTINE: "routine",
    Precedence.CONVENIENCE: "routine",
}


def render(patients: Columns, context: FhirContext) -> Texts:
    """One ServiceRequest a request, in time."""
    requests = requests_of(patients)
    columns = {
        "ordinal": patients.flat["ordinal"][requests.row],
        "index": requests.index,
        "at_s": requests.at_s,
        "stay": requests.stay,
        "staff": staff_of(requests.facility, context),
        "precedence": requests.detail,
        "status": _status(requests),
        "departed_s": requests.departed_s,
        "arrived_s": requests.arrived_s,
        "destination": requests.destination,
    }
    return of_rows(
        _template(context).render(len(requests.row), columns, context.epoch_s),
        requests.row,
        patients,
    )


def _status(requests: Journeys) -> Array:
    return np.where(
        requests.arrived_s != NONE, _COMPLETED, np.where(requests.ended, _REVOKED, _ACTIVE)
    )


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    journey = json_object(
        {
            "start": json_instant("departed_s"),
            "end": Absent("arrived_s", NONE, json_instant("arrived_s")),
        }
    )
    destination = [b"[", *addresses.facility("Location", "destination").reference(context), b"]"]
    fields: Fields = {
        "status": Word(
            "status", json_values({_ACTIVE: "active", _COMPLETED: "completed", _REVOKED: "revoked"})
        ),
        "intent": constant("order"),
        "priority": Word("precedence", json_values(_PRIORITIES)),
        "code": constant({"text": "Medical evacuation"}),
        "orderDetail": Word("precedence", _precedences()),
        "subject": patient_reference(context),
        "encounter": encounter_reference(context),
        "occurrencePeriod": Absent("departed_s", NONE, journey),
        "authoredOn": json_instant("at_s"),
        "requester": staff_reference(context),
        "locationReference": Absent("destination", NOWHERE, destination),
    }
    return Template(resource(Address("ServiceRequest", "evacuation", "index"), context, fields))


@cache
def _precedences() -> Texts:
    return json_values(
        {
            number: [{"text": f"Precedence {word.replace('_', ' ')}"}]
            for number, word in words_of(Precedence).items()
        }
    )
