"""The CapabilityStatement: what the tables of types and operations say, and nothing else."""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.base import FHIR_BASE, base_url
from services.gateway.fhir.inclusion import reverse_inclusions
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.resource_types import ResourceType, resource_types
from services.gateway.http.operation import Operation
from services.gateway.http.public_url import public_url
from services.gateway.identity.token_endpoint import TOKEN_PATH

FHIR_VERSION = "4.0.1"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_BULK = "http://hl7.org/fhir/uv/bulkdata"
BULK_SERVER = f"{_BULK}/CapabilityStatement/bulk-data"
SYSTEM_OPERATIONS = {"export": f"{_BULK}/OperationDefinition/export"}
TYPE_OPERATIONS = {
    "Patient": {
        "export": f"{_BULK}/OperationDefinition/patient-export",
        "everything": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
        "summary": "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
    },
    "Group": {"export": f"{_BULK}/OperationDefinition/group-export"},
}


@speaks_json
async def show_capabilities(request: web.Request) -> web.Response:
    now = request.app[GATEWAY].clock.now()
    token_url = public_url(request) + TOKEN_PATH
    return fhir_response(request, capability_statement(base_url(request), token_url, now))


def capability_statement(base: str, token_url: str, now: datetime) -> dict[str, Any]:
    """Describe the server at this base URL."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "kind": "instance",
        "software": {"name": "Lazaret", "version": version("lazaret")},
        "implementation": {"description": "Synthetic casualties and patients", "url": base},
        "instantiates": [BULK_SERVER],
        "fhirVersion": FHIR_VERSION,
        "format": ["json", FHIR_JSON],
        "rest": [
            {
                "mode": "server",
                "documentation": "Read only. Resources are rendered from stored patients; unknown "
                "parameters are refused "
                "unless the client sends 'Prefer: handling=lenient'. _summary and "
                "_elements are offered in searches and reads, "
                "_sort in searches within patients, by times and _id. "
                "_typeFilter of an export takes a type's search parameters.",
                "security": _security(token_url),
                "resource": [_resource(each) for each in resource_types().values()],
                "operation": _operations(SYSTEM_OPERATIONS),
            }
        ],
    }


def _operations(canonicals: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "definition": canonical} for name, canonical in canonicals.items()]


def _security(token_url: str) -> dict[str, Any]:
    service = {
        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
        "code": "SMART-on-FHIR",
    }
    return {
        "extension": [{"url": OAUTH_URIS, "extension": [{"url": "token", "valueUri": token_url}]}],
        "cors": False,
        "service": [{"coding": [service]}],
        "description": "An API key as bearer token, or an access token of SMART Backend Services",
    }


def _resource(type_: ResourceType) -> dict[str, Any]:
    described = {
        "type": type_.name,
        "interaction": [{"code": "read"}, {"code": "vread"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        "conditionalRead": "full-support",
        "searchInclude": list(type_.includes),
        "searchRevInclude": list(reverse_inclusions(type_)),
        "searchParam": [
            {"name": each.name, "type": each.kind.value} for each in type_.parameters.values()
        ],
        "operation": _operations(TYPE_OPERATIONS.get(type_.name, {})),
    }
    return _without_empty(described)


def _without_empty(element: dict[str, Any]) -> dict[str, Any]:
    """FHIR has no empty lists."""
    return {name: value for name, value in element.items() if value != []}


OPERATIONS = (
    Operation(
        method="GET",
        path=f"{FHIR_BASE}/metadata",
        handler=show_capabilities,
        summary="Read the CapabilityStatement (FHIR R4)",
        answers={200: FHIR_JSON},
        permission=None,
        tags=("fhir",),
    ),
)
