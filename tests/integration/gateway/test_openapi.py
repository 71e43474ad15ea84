"""The OpenAPI document and the router say the same."""

from typing import Any

import httpx
import pytest

from services.gateway.app import OPERATIONS, create_app
from services.gateway.context import Gateway
from services.gateway.http.openapi import openapi_document, operation_id


@pytest.fixture
def document() -> dict[str, Any]:
    """The document of all operations."""
    return openapi_document(OPERATIONS)


def test_routes_and_document_are_equal(gateway: Gateway, document: dict[str, Any]) -> None:
    """Every route but the console's pages is described and every description is routed; HEAD comes
    with GET.
    """
    routed = {
        (route.method.lower(), route.resource.canonical)
        for route in create_app(gateway).router.routes()
        if route.resource is not None
        and route.method != "HEAD"
        and not route.resource.canonical.startswith("/console")
    }
    described = {
        (method, path) for path, methods in document["paths"].items() for method in methods
    }
    assert routed == described


def test_operation_ids_are_unique() -> None:
    """A generated client gets one name an operation."""
    ids = [operation_id(operation) for operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No `$ref` hangs in the air."""
    known = set(document["components"]["schemas"])

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"].rsplit("/", 1)[1]} if "$ref" in value else set()
            return own.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    assert references(document["paths"]) | references(document["components"]["schemas"]) <= known


def test_what_needs_no_key_says_so(document: dict[str, Any]) -> None:
    """Only probes, metrics and the description are open."""
    public = {
        path
        for path, methods in document["paths"].items()
        for each in methods.values()
        if each.get("security") == []
    }
    assert public == {
        "/",
        "/api/v1/openapi.json",
        "/fhir/R4/.well-known/smart-configuration",
        "/fhir/R4/metadata",
        "/fhir/auth/token",
        "/health/live",
        "/health/ready",
        "/metrics",
    }


def test_filters_are_described_by_their_words(document: dict[str, Any]) -> None:
    """A client sees the choice of a filter."""
    parameters = {
        each["name"]: each
        for each in document["paths"]["/api/v1/jobs/{job_id}/patients"]["get"]["parameters"]
    }
    assert "battle_injury" in str(parameters["category"]["schema"])
    assert parameters["job_id"]["in"] == "path"


async def test_it_is_served_without_a_key(url: str, document: dict[str, Any]) -> None:
    """The entrance leads to the document."""
    async with httpx.AsyncClient(base_url=url) as client:
        entrance = (await client.get("/")).json()
        assert (await client.get(entrance["openapi"])).json() == document


async def test_every_operation_but_the_public_ones_wants_a_key(url: str) -> None:
    """Without a key each of them answers 401, whatever else is wrong with the request."""
    async with httpx.AsyncClient(base_url=url) as client:
        for operation in OPERATIONS:
            if not operation.public:
                response = await client.request(
                    operation.method, operation.path.replace("{", "").replace("}", "")
                )
                assert response.status_code == 401, operation.path
