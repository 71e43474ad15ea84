"""The resource types that are served and what each can be searched by: the one table for routing,
searching and the CapabilityStatement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aiohttp import web

from services.gateway.fhir.search_parameters import SearchParameter, SearchType
from services.gateway.http.parse import SHOWN_CHARACTERS_MAX
from shared.encoders.fhir.ndjson import RESOURCES
from shared.errors import NotFound


def _token(name: str, path: str | None = None) -> SearchParameter:
    return SearchParameter(name, SearchType.TOKEN, path or name)


def _code(name: str, system: str) -> SearchParameter:
    """An element of type `code`: the system that its values are of stands in no resource."""
    return SearchParameter(name, SearchType.TOKEN, name, system=f"http://hl7.org/fhir/{system}")


def _date(name: str, path: str | None = None) -> SearchParameter:
    return SearchParameter(name, SearchType.DATE, path or name)


def _string(name: str, path: str | None = None) -> SearchParameter:
    return SearchParameter(name, SearchType.STRING, path or name)


def _reference(name: str, path: str, *targets: str) -> SearchParameter:
    return SearchParameter(name, SearchType.REFERENCE, path, targets)


def _about_patient(path: str = "subject") -> tuple[SearchParameter, ...]:
    both = ("patient", "subject") if path == "subject" else ("patient",)
    return tuple(_reference(name, path, "Patient") for name in both)


# Written once a job, with its first patient.
_OF_JOB = frozenset({"Organization", "Location", "Practitioner", "PractitionerRole", "Group"})

_COMMON = (
    _token("_id", "id"),
    _date("_lastUpdated", "meta.lastUpdated"),
    _token("_tag", "meta.tag"),
)
_ENCOUNTER = _reference("encounter", "encounter", "Encounter")
_OWN: Mapping[str, tuple[SearchParameter, ...]] = {
    "Patient": (
        _token("identifier"),
        _string("name"),
        _string("family", "name.family"),
        _string("given", "name.given"),
        _date("birthdate", "birthDate"),
        _code("gender", "administrative-gender"),
        _date("death-date", "deceasedDateTime"),
    ),
    "Encounter": (
        *_about_patient(),
        _code("status", "encounter-status"),
        _token("class"),
        _date("date", "period"),
        _reference("location", "location.location", "Location"),
        _reference("service-provider", "serviceProvider", "Organization"),
    ),
    "Condition": (
        *_about_patient(),
        _ENCOUNTER,
        _token("category"),
        _token("code"),
        _token("clinical-status", "clinicalStatus"),
        _token("verification-status", "verificationStatus"),
        _date("onset-date", "onsetDateTime"),
        _token("body-site", "bodySite"),
    ),
    "Observation": (
        *_about_patient(),
        _ENCOUNTER,
        _token("category"),
        _token("code"),
        _code("status", "observation-status"),
        _date("date", "effectiveDateTime"),
        _token("component-code", "component.code"),
    ),
    "Procedure": (
        *_about_patient(),
        _ENCOUNTER,
        _token("code"),
        _code("status", "event-status"),
        _date("date", "performedPeriod"),
    ),
    "MedicationAdministration": (
        *_about_patient(),
        _reference("context", "context", "Encounter"),
        _token("code", "medicationCodeableConcept"),
        _token("status"),
        _date("effective-time", "effectivePeriod"),
    ),
    "AllergyIntolerance": (
        *_about_patient("patient"),
        _token("code"),
        _token("clinical-status", "clinicalStatus"),
        _token("verification-status", "verificationStatus"),
    ),
    "DiagnosticReport": (
        *_about_patient(),
        _ENCOUNTER,
        _token("category"),
        _token("code"),
        _code("status", "diagnostic-report-status"),
        _date("date", "effectiveDateTime"),
        _date("issued"),
        _reference("result", "result", "Observation"),
    ),
    "ServiceRequest": (
        *_about_patient(),
        _ENCOUNTER,
        _token("code"),
        _code("status", "request-status"),
        _code("intent", "request-intent"),
        _code("priority", "request-priority"),
        _date("authored", "authoredOn"),
        _date("occurrence", "occurrencePeriod"),
        _reference("requester", "requester", "Practitioner"),
    ),
    "Flag": (*_about_patient(), _date("date", "period")),
    "CarePlan": (
        *_about_patient(),
        _ENCOUNTER,
        _token("category"),
        _code("status", "request-status"),
        _code("intent", "request-intent"),
        _date("date", "period"),
        _reference("condition", "addresses", "Condition"),
    ),
    "Device": (*_about_patient("patient"), _token("type"), _code("status", "device-status")),
    "Provenance": (
        _reference("patient", "target", "Patient"),
        _reference("target", "target", "Patient", "Encounter"),
        _date("recorded"),
    ),
    "Organization": (_string("name"), _token("type"), _token("active")),
    "Location": (
        _string("name"),
        _code("status", "location-status"),
        _reference("organization", "managingOrganization", "Organization"),
    ),
    "Practitioner": (_token("identifier"), _token("active"), _string("name")),
    "PractitionerRole": (
        _token("active"),
        _token("role", "code"),
        _reference("practitioner", "practitioner", "Practitioner"),
        _reference("organization", "organization", "Organization"),
        _reference("location", "location", "Location"),
    ),
    "Group": (_token("identifier"), _code("type", "group-type"), _token("actual")),
}


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type. `of_patient`: its resources are written with each patient, else once a job."""

    name: str
    parameters: Mapping[str, SearchParameter]

    @property
    def of_patient(self) -> bool:
        return self.name not in _OF_JOB

    @property
    def includes(self) -> Mapping[str, SearchParameter]:
        """The references that `_include` follows, as `Type:parameter`."""
        return {
            f"{self.name}:{name}": each
            for name, each in self.parameters.items()
            if each.kind is SearchType.REFERENCE
        }


@cache
def resource_types() -> Mapping[str, ResourceType]:
    """Return every served type by name, in the order of the encoders."""
    return {
        name: ResourceType(name, {each.name: each for each in (*_COMMON, *_OWN.get(name, ()))})
        for name in RESOURCES
    }


def type_of(request: web.Request) -> ResourceType:
    """The resource type of the path. Raises NotFound."""
    name = request.match_info["resource_type"]
    found = resource_types().get(name)
    if found is None:
        raise NotFound(
            f"the type {name[:SHOWN_CHARACTERS_MAX]!r} is not served here; "
            f"{', '.join(resource_types())} are"
        )
    return found


def type_parameter() -> Mapping[str, Mapping[str, Any]]:
    """Describe the parameter `resource_type` of a path."""
    return {"resource_type": {"type": "string", "enum": list(resource_types())}}
