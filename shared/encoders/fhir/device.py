"""Device: tourniquets, splints, drains and implants, each from the treatment that put it on or
in.
"""

from functools import lru_cache

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.items import item_columns
from shared.encoders.casualty.stays import rows_of
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import constant, patient_reference, resource
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_rows
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Fields, json_values
from shared.encoders.rows.pieces import Piece, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns

# What stays on or in the casualty, by the treatment's name.
_DEVICES = {
    "tourniquet": "Tourniquet",
    "pelvic_binder": "Pelvic binder",
    "splint": "Splint",
    "cervical_collar": "Cervical collar",
    "chest_drain": "Chest drain",
    "external_fixation": "External fixator",
    "internal_fixation_femur": "Internal fixation implant of femur",
}
NO_DEVICE = 0
DEVICE = Address("Device", "device", "index")


def render(patients: Columns, context: FhirContext) -> Texts:
    """One Device for each treatment that leaves one; `index` counts all treatments."""
    items = {
        **item_columns(patients, "treatments", "ordinal"),
        "row": rows_of(patients.nested["treatments"].offsets),
    }
    chosen = device_numbers(items["treatment"]) != NO_DEVICE
    columns = {name: values[chosen] for name, values in items.items()}
    return of_rows(
        _template(context).render(len(columns["index"]), columns), columns["row"], patients
    )


def device_numbers(treatment: Array) -> Array:
    """1 for treatments that leave a device, NO_DEVICE for the rest."""
    numbers: Array = np.array(
        [NO_DEVICE, *(int(row.name in _DEVICES) for row in tables.treatments())]
    )[treatment]
    return numbers


def device_reference(context: FhirContext) -> list[Piece]:
    """The device of the treatment with the number in column `index`."""
    return DEVICE.reference(context)


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    fields: Fields = {
        "status": constant("active"),
        "deviceName": Word(
            "treatment",
            _texts(
                {
                    name: [{"name": word, "type": "user-friendly-name"}]
                    for name, word in _DEVICES.items()
                }
            ),
        ),
        "type": Word(
            "treatment", _texts({name: {"text": word} for name, word in _DEVICES.items()})
        ),
        "patient": patient_reference(context),
    }
    return Template(resource(DEVICE, context, fields))


def _texts(values: dict[str, object]) -> Texts:
    return json_values({row.id: values.get(row.name) for row in tables.treatments()})
