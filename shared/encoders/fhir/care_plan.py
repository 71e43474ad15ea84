"""CarePlan: the hand-over of a casualty that leaves for the next role: what is wrong with it, and
the evacuation that was asked for.
"""

from functools import lru_cache

import numpy as np

from shared.encoders.casualty.items import item_columns
from shared.encoders.casualty.stays import NONE
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.condition import CONDITION
from shared.encoders.fhir.elements import constant, encounter_reference, patient_reference, resource
from shared.encoders.fhir.evacuations import Journeys, departures_of, request_before
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.known_at import items_of
from shared.encoders.fhir.narrative import narrative
from shared.encoders.fhir.per_patient import of_rows, row_offsets
from shared.encoders.fhir.staff import staff_names, staff_of, staff_reference
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Absent, Fields, json_instant, json_object, json_values
from shared.encoders.rows.pieces import List, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns

CARE_PLAN = Address("CarePlan", "handover", "index")
_ASSESS_PLAN = {
    "coding": [
        {
            "system": "http://hl7.org/fhir/us/core/CodeSystem/careplan-category",
            "code": "assess-plan",
        }
    ],
    "text": "Assessment and plan of treatment",
}


def render(patients: Columns, context: FhirContext) -> Texts:
    """One CarePlan a departure, in time."""
    departures = departures_of(patients)
    columns = {
        "ordinal": patients.flat["ordinal"][departures.row],
        "index": departures.index,
        "at_s": departures.at_s,
        "arrived_s": departures.arrived_s,
        "arrived": (departures.arrived_s != NONE).astype(np.int8),
        "stay": departures.stay,
        "staff": staff_of(departures.facility, context),
        "request": request_before(patients, departures),
    }
    known = _known_conditions(patients, departures, context)
    columns["conditions"] = np.diff(known.starts)
    rendered = _template(context).render(
        len(departures.row), columns, context.epoch_s, {"known": known}
    )
    return of_rows(rendered, departures.row, patients)


def _known_conditions(patients: Columns, departures: Journeys, context: FhirContext) -> Texts:
    """References, each with a comma before it, to the conditions that each departing casualty had
    by then.
    """
    items = item_columns(patients, "conditions", "ordinal")
    texts = _reference(context).render(len(items["index"]), items)
    departure, condition = items_of(patients.nested["conditions"].offsets, departures.row)
    begun = items["onset_s"][condition] <= departures.at_s[departure]
    return texts.chosen(condition[begun]).joined(row_offsets(departure[begun], len(departures.row)))


@lru_cache(maxsize=CONTEXTS_MAX)
def _reference(context: FhirContext) -> Template:
    return Template([b",", *CONDITION.reference(context)])


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    request = Address("ServiceRequest", "evacuation", "request").reference(context)
    fields: Fields = {
        "text": Word("staff", _narratives(context)),
        "status": Word("arrived", json_values({0: "active", 1: "completed"})),
        "intent": constant("plan"),
        "category": constant([_ASSESS_PLAN]),
        "title": constant("Hand-over for evacuation"),
        "subject": patient_reference(context),
        "encounter": encounter_reference(context),
        "period": json_object(
            {
                "start": json_instant("at_s"),
                "end": Absent("arrived_s", NONE, json_instant("arrived_s")),
            }
        ),
        "created": json_instant("at_s"),
        "author": staff_reference(context),
        "addresses": Absent("conditions", 0, [b"[", List("known"), b"]"]),
        "activity": Absent("request", NONE, [b"[", *json_object({"reference": request}), b"]"]),
    }
    return Template(resource(CARE_PLAN, context, fields))


def _narratives(context: FhirContext) -> Texts:
    return json_values(
        {
            place: narrative(f"Hand-over for evacuation by: {name}")
            for place, name in enumerate(staff_names(context))
        }
    )
