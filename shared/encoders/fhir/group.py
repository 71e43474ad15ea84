"""Group: all casualties of a job. A member list of a million entries serves nobody; the trait says
which Patients belong to it.
"""

from functools import lru_cache

from shared.encoders.fhir.addresses import GROUP
from shared.encoders.fhir.elements import constant, resource
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts

JOB_IDENTIFIERS = "urn:lazaret:job"


@lru_cache(maxsize=CONTEXTS_MAX)
def render(context: FhirContext) -> Texts:
    """The job's one Group."""
    job_id = str(context.job_id)
    trait = {
        "code": {"text": "Job whose id the Patient's id begins with"},
        "valueCodeableConcept": {"text": job_id},
        "exclude": False,
    }
    fields = {
        "identifier": constant([{"system": JOB_IDENTIFIERS, "value": job_id}]),
        "active": constant(True),
        "type": constant("person"),
        "actual": constant(True),
        "name": constant(context.scenario.title),
        "characteristic": constant([trait]),
    }
    return Template(resource(GROUP, context, fields)).render(1, {})
