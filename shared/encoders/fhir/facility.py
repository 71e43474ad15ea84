"""Organization and Location: the scenario's facilities, written once, with the patient of ordinal 0."""

from typing import Any

from shared.encoders.context import EncodingContext
from shared.encoders.fhir.elements import TERMINOLOGY, concept, constant, meta
from shared.records.columns import Columns
from shared.scenarios.medical_system import Facility

_PROVIDER = concept(f"{TERMINOLOGY}organization-type", "prov", "Healthcare Provider")


def encode_organizations(patients: Columns, context: EncodingContext) -> bytes:
    """One Organization a facility."""
    return _lines("Organization", patients, context, _organization)


def encode_locations(patients: Columns, context: EncodingContext) -> bytes:
    """One Location a facility."""
    return _lines("Location", patients, context, _location)


def facility_id(context: EncodingContext, place: int) -> str:
    return f"{context.job_id}-facility{place}"


def _lines(name: str, patients: Columns, context: EncodingContext, describe: Any) -> bytes:
    if not patients.rows or patients.flat["ordinal"][0]:
        return b""
    lines = (
        b'{"resourceType":%s,"id":%s,"meta":%s,%s\n'
        % (constant(name), constant(facility_id(context, place)), meta(context), constant(describe(facility, context, place))[1:])
        for place, facility in enumerate(context.scenario.facilities)
    )
    return b"".join(lines)


def _organization(facility: Facility, _context: EncodingContext, _place: int) -> dict[str, Any]:
    return {"active": True, "type": [_PROVIDER], "name": facility.name}


def _location(facility: Facility, context: EncodingContext, place: int) -> dict[str, Any]:
    return {
        "status": "active",
        "name": facility.name,
        "description": f"Role {facility.role} medical treatment facility",
        "mode": "instance",
        "position": {"longitude": facility.longitude_deg, "latitude": facility.latitude_deg},
        "managingOrganization": {"reference": f"Organization/{facility_id(context, place)}"},
    }
