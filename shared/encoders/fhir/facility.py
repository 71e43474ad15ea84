"""Organization and Location: the scenario's facilities, one text each, in the scenario's order."""

from functools import lru_cache
from typing import Any

import numpy as np

from shared.encoders.fhir import addresses
from shared.encoders.fhir.elements import TERMINOLOGY, concept, constant, resource
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Fields
from shared.encoders.rows.pieces import Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts

_PROVIDER = concept(f"{TERMINOLOGY}organization-type", "prov", "Healthcare Provider")


@lru_cache(maxsize=CONTEXTS_MAX)
def render_organizations(context: FhirContext) -> Texts:
    """One Organization a facility."""
    fields: Fields = {
        "active": constant(True),
        "type": constant([_PROVIDER]),
        "name": _texts([facility.name for facility in context.scenario.facilities]),
    }
    return _render("Organization", context, fields)


@lru_cache(maxsize=CONTEXTS_MAX)
def render_locations(context: FhirContext) -> Texts:
    """One Location a facility."""
    fields: Fields = {
        "status": constant("active"),
        "name": _texts([facility.name for facility in context.scenario.facilities]),
        "description": _texts(
            [
                f"Role {facility.role} medical treatment facility"
                for facility in context.scenario.facilities
            ]
        ),
        "mode": constant("instance"),
        "position": _texts(
            [
                {"longitude": facility.longitude_deg, "latitude": facility.latitude_deg}
                for facility in context.scenario.facilities
            ]
        ),
        "managingOrganization": addresses.facility("Organization", "facility").reference(context),
    }
    return _render("Location", context, fields)


def _render(resource_type: str, context: FhirContext, fields: Fields) -> Texts:
    count = len(context.scenario.facilities)
    template = Template(resource(addresses.facility(resource_type, "facility"), context, fields))
    return template.render(count, {"facility": np.arange(count)})


def _texts(values: list[Any]) -> Word:
    return Word("facility", Texts.of(constant(value) for value in values))
