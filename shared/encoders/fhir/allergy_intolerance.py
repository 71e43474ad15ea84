"""AllergyIntolerance: known allergies. A casualty without any has none recorded, which does not say that there are none."""

from functools import cache, lru_cache

from shared.clinical import tables
from shared.encoders.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.fhir.elements import TERMINOLOGY, concept, concepts, constant, item_id, patient_reference, resource
from shared.encoders.items import item_columns
from shared.encoders.json_pieces import Fields
from shared.encoders.row_template import Template, Word
from shared.encoders.texts import Texts
from shared.records.body import ITEM
from shared.records.columns import Columns

_ACTIVE = concept(f"{TERMINOLOGY}allergyintolerance-clinical", "active", "Active")
_CONFIRMED = concept(f"{TERMINOLOGY}allergyintolerance-verification", "confirmed", "Confirmed")


def encode(patients: Columns, context: EncodingContext) -> bytes:
    """One AllergyIntolerance an allergy."""
    columns = item_columns(patients, "allergies", "ordinal")
    return _template(context).render(len(columns["index"]), columns).to_bytes()


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: EncodingContext) -> Template:
    fields: Fields = {
        "clinicalStatus": constant(_ACTIVE),
        "verificationStatus": constant(_CONFIRMED),
        "code": Word(ITEM, _allergies()),
        "patient": patient_reference(context),
    }
    return Template(resource("AllergyIntolerance", context, item_id(context, "allergy"), fields))


@cache
def _allergies() -> Texts:
    return concepts(tables.allergies())
