"""Procedure: everything done to a casualty, transfusions included."""

from functools import cache, lru_cache

from shared.clinical import tables
from shared.encoders.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.fhir.elements import body_site, concepts, constant, encounter_reference, item_id, patient_reference, period, resource
from shared.encoders.fhir.treatment_columns import treatment_columns
from shared.encoders.json_pieces import Fields
from shared.encoders.row_template import Template, Word
from shared.encoders.texts import Texts
from shared.records.columns import Columns


def encode(patients: Columns, context: EncodingContext) -> bytes:
    """One Procedure for each treatment that is no drug or fluid."""
    columns = treatment_columns(patients, administered=False)
    return _template(context).render(len(columns["index"]), columns, context.epoch_s).to_bytes()


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: EncodingContext) -> Template:
    fields: Fields = {
        "status": constant("completed"),
        "code": Word("treatment", _treatments()),
        "subject": patient_reference(context),
        "encounter": encounter_reference(context),
        "performedPeriod": period("at_s", "ended_at_s"),
        "bodySite": body_site(),
    }
    return Template(resource("Procedure", context, item_id(context, "treatment"), fields))


@cache
def _treatments() -> Texts:
    return concepts(tables.treatments())
