"""Practitioner and PractitionerRole: the records name no people, so each facility's staff stands as
one, and so do those who go out.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from shared.encoders.casualty.words import NOWHERE
from shared.encoders.fhir import addresses
from shared.encoders.fhir.elements import constant, resource
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Absent, Fields, Value
from shared.encoders.rows.pieces import Piece, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array

STAFF_IDENTIFIERS = "urn:lazaret:staff"
OUT_OF_FACILITIES = "First responders and crews"


@lru_cache(maxsize=CONTEXTS_MAX)
def render_practitioners(context: FhirContext) -> Texts:
    """The staff of each facility, in the scenario's order, then those at the point of injury and on
    the way.
    """
    names = staff_names(context)
    identifiers = [
        [{"system": STAFF_IDENTIFIERS, "value": f"{context.job_id}-{place}"}]
        for place in range(len(names))
    ]
    fields: Fields = {
        "identifier": _each(identifiers),
        "active": constant(True),
        "name": _each([[{"text": name, "family": name}] for name in names]),
    }
    return _render("Practitioner", context, fields)


@lru_cache(maxsize=CONTEXTS_MAX)
def render_roles(context: FhirContext) -> Texts:
    """Where each of them works."""
    fields: Fields = {
        "active": constant(True),
        "practitioner": addresses.staff("Practitioner", "staff").reference(context),
        "organization": _at_facility(
            addresses.facility("Organization", "staff").reference(context), context
        ),
        "code": _each([[{"text": name}] for name in staff_names(context)]),
        "location": _at_facility(
            [b"[", *addresses.facility("Location", "staff").reference(context), b"]"], context
        ),
    }
    return _render("PractitionerRole", context, fields)


def staff_names(context: FhirContext) -> list[str]:
    return [
        *(f"Staff of {facility.name}" for facility in context.scenario.facilities),
        OUT_OF_FACILITIES,
    ]


def staff_of(facility: Array, context: FhirContext) -> Array:
    """The number of the staff that works at each of these facilities; who works at none comes
    last.
    """
    return np.where(facility == NOWHERE, len(context.scenario.facilities), facility)


def staff_reference(context: FhirContext) -> list[Piece]:
    """The Practitioner for the number in column `staff`."""
    return addresses.staff("Practitioner", "staff").reference(context)


def _at_facility(value: Value, context: FhirContext) -> Absent:
    return Absent("staff", len(context.scenario.facilities), value)


def _render(resource_type: str, context: FhirContext, fields: Fields) -> Texts:
    count = len(staff_names(context))
    template = Template(resource(addresses.staff(resource_type, "staff"), context, fields))
    return template.render(count, {"staff": np.arange(count)})


def _each(values: list[Any]) -> Word:
    return Word("staff", Texts.of(constant(value) for value in values))
