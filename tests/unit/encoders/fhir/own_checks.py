"""What neither validator looks at: rules about Bundles, quantities, codes that R4 requires, and
times.
"""

import re
from collections.abc import Iterator
from typing import Any

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
REQUIRED_CONCEPTS = {
    ("Condition", "clinicalStatus"): "active recurrence relapse inactive remission resolved",
    (
        "Condition",
        "verificationStatus",
    ): "unconfirmed provisional differential confirmed refuted entered-in-error",
    ("AllergyIntolerance", "clinicalStatus"): "active inactive resolved",
    ("AllergyIntolerance", "verificationStatus"): "unconfirmed confirmed refuted entered-in-error",
}
Resource = dict[str, Any]


def findings(resource: Resource) -> list[str]:
    """Everything that is wrong with a resource, and with a Bundle's entries."""
    found = [*_resource(resource)]
    if resource["resourceType"] == "Bundle":
        found += _bundle(resource)
    return found


def values(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a resource, with the name of its field."""
    if isinstance(value, dict):
        for each, inner in value.items():
            yield from values(inner, each)
    elif isinstance(value, list):
        for inner in value:
            yield from values(inner, name)
    yield name, value


def references(resource: Resource) -> set[str]:
    """Where the resource's References lead."""
    return {
        value for name, value in values(resource) if name == "reference" and isinstance(value, str)
    }


def _resource(resource: Resource) -> Iterator[str]:
    if not ID.fullmatch(resource.get("id", "")):
        yield "id"
    if [tag["code"] for tag in resource["meta"]["tag"]] != ["HTEST"]:
        yield "tag"
    yield from _codes(resource)
    for name, value in values(resource):
        if value in (None, "", [], {}):
            yield f"empty {name}"
        if (
            name in {"start", "end", "lastUpdated", "timestamp", "recorded", "issued"}
            or name.endswith("DateTime")
        ) and not INSTANT.fullmatch(value):
            yield f"time {name}"
        if isinstance(value, dict):
            yield from _element(value)


def _element(value: Resource) -> Iterator[str]:
    if {"start", "end"} <= value.keys() and value["start"] > value["end"]:
        yield "per-1"
    if "code" in value and "value" in value and "system" not in value:
        yield "qty-3"
    if value.get("resourceType") == "Observation":
        if "dataAbsentReason" in value and any(name.startswith("value") for name in value):
            yield "obs-6"
        codes = [
            coding["code"]
            for component in value.get("component", [])
            for coding in component["code"]["coding"]
        ]
        if any(name.startswith("value") for name in value) and {
            coding["code"] for coding in value["code"]["coding"]
        } & {*codes}:
            yield "obs-7"


def _codes(resource: Resource) -> Iterator[str]:
    for (resource_type, field), codes in REQUIRED_CONCEPTS.items():
        if (
            resource["resourceType"] == resource_type
            and field in resource
            and resource[field]["coding"][0]["code"] not in codes.split()
        ):
            yield f"binding {field}"
    if resource["resourceType"] == "Condition":
        status = resource.get("clinicalStatus", {"coding": [{"code": ""}]})["coding"][0]["code"]
        if "abatementDateTime" in resource and status not in {"inactive", "resolved", "remission"}:
            yield "con-4"
        if resource["verificationStatus"]["coding"][0]["code"] == "entered-in-error" and status:
            yield "con-5"


def _bundle(bundle: Resource) -> Iterator[str]:
    entries, kind = bundle["entry"], bundle["type"]
    urls = [entry["fullUrl"] for entry in entries]
    if "total" in bundle:
        yield "bdl-1"
    if any(("request" in entry) != (kind == "transaction") for entry in entries):
        yield "bdl-3"
    if len(set(urls)) != len(urls):
        yield "bdl-7"
    if not all(URN.fullmatch(url) for url in urls):
        yield "urn"
    if not references(bundle) <= set(urls):
        yield "reference"
    for entry in entries:
        yield from _resource(entry["resource"])
        if entry.get("request", {}).get("url") not in {
            None,
            f"{entry['resource']['resourceType']}/{entry['resource']['id']}",
        }:
            yield "url"
    if kind == "document":
        yield from _document(bundle)


def _document(bundle: Resource) -> Iterator[str]:
    if not {"system", "value"} <= bundle.get("identifier", {}).keys():
        yield "bdl-9"
    if "timestamp" not in bundle:
        yield "bdl-10"
    first = bundle["entry"][0]["resource"]
    if first["resourceType"] != "Composition":
        yield "bdl-11"
        return
    resources = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    seen, wanted = {bundle["entry"][0]["fullUrl"]}, references(first)
    while wanted - seen:
        seen |= wanted
        wanted = {url for each in wanted for url in references(resources.get(each, {}))}
    if set(resources) - seen:
        yield "unreachable"
    for section in first["section"]:
        if ("entry" in section) == ("emptyReason" in section):
            yield "ips-comp-1"
        if not {"title", "code", "text"} <= section.keys():
            yield "section"
    codes = {section["code"]["coding"][0]["code"] for section in first["section"]}
    if not {"11450-4", "48765-2", "10160-0"} <= codes:
        yield "sections"
