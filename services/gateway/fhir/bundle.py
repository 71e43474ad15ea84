"""searchset Bundles."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from services.gateway.context import Gateway
from services.gateway.fhir.position import Position
from services.gateway.fhir.search_query import PAGE


def entry(base: str, resource: dict[str, Any], mode: str) -> dict[str, Any]:
    """One entry; `mode` says why it is there: match, include or outcome."""
    if mode == "outcome":
        name = uuid5(NAMESPACE_URL, orjson.dumps(resource).decode())
        return {"fullUrl": f"urn:uuid:{name}", "resource": resource, "search": {"mode": mode}}
    return {
        "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": {"mode": mode},
    }


def search_url(
    base: str,
    resource_type: str,
    parameters: Iterable[tuple[str, str]],
    position: Position | None = None,
) -> str:
    """The search as a link: these parameters, and where to go on."""
    page = [] if position is None else [(PAGE, position.to_text())]
    text = urlencode([*parameters, *page])
    return f"{base}/{resource_type}?{text}" if text else f"{base}/{resource_type}"


def searchset(
    gateway: Gateway,
    links: Iterable[tuple[str, str]],
    entries: list[dict[str, Any]],
    total: int | None,
) -> dict[str, Any]:
    """A Bundle made now; empty lists and an unknown total are left out, as FHIR wants."""
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "id": str(UUID(int=gateway.random.getrandbits(128), version=4)),
        "meta": {
            "lastUpdated": gateway.clock.now()
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        },
        "type": "searchset",
        "link": [{"relation": relation, "url": url} for relation, url in links],
    }
    if total is not None:
        bundle["total"] = total
    if entries:
        bundle["entry"] = entries
    return bundle
