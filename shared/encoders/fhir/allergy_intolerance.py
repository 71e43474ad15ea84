"""AllergyIntolerance: known allergies. A casualty without any has none recorded, which does not say
that there are none.
"""

from functools import cache, lru_cache

from shared.clinical import tables
from shared.encoders.casualty.items import item_columns
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import (
    TERMINOLOGY,
    concept,
    concepts,
    constant,
    patient_reference,
    resource,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_lists
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Fields
from shared.encoders.rows.pieces import Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.body import ITEM
from shared.records.columns import Columns

ALLERGY = Address("AllergyIntolerance", "allergy", "index")
_ACTIVE = concept(f"{TERMINOLOGY}allergyintolerance-clinical", "active", "Active")
_CONFIRMED = concept(f"{TERMINOLOGY}allergyintolerance-verification", "confirmed", "Confirmed")


def render(patients: Columns, context: FhirContext) -> Texts:
    """One AllergyIntolerance an allergy."""
    columns = item_columns(patients, "allergies", "ordinal")
    return of_lists(
        _template(context).render(len(columns["index"]), columns), patients, "allergies"
    )


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    fields: Fields = {
        "clinicalStatus": constant(_ACTIVE),
        "verificationStatus": constant(_CONFIRMED),
        "code": Word(ITEM, allergy_concepts()),
        "patient": patient_reference(context),
    }
    return Template(resource(ALLERGY, context, fields))


@cache
def allergy_concepts() -> Texts:
    """CodeableConcepts by id."""
    return concepts(tables.allergies())
