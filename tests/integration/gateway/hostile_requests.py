"""Requests that are legal HTTP and meant to cost as much as they can, made for every operation."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

import orjson

from services.gateway.fhir.resource_types import resource_types
from services.gateway.http.operation import Operation
from shared.scenarios.presets import load_preset
from shared.scenarios.scenario import canonical_json, json_schema

URL_CHARACTERS = 7_500
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FHIR_JSON = "application/fhir+json"


class Hostile(NamedTuple):
    """One request; `label` says what is wrong with it."""

    label: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


def corpus(operations: Iterable[Operation], job_id: str) -> Iterator[Hostile]:
    """Every attack on every operation; paths name a job that exists."""
    for operation in operations:
        path, *strange = _paths(operation.path, job_id)
        yield from _queries(operation, path)
        yield from _headers(operation, path)
        yield from _bodies(operation, path)
        for each in strange:
            yield Hostile("path", operation.method, each, {})


def _paths(template: str, job_id: str) -> Iterator[str]:
    known = {"job_id": job_id, "ordinal": "0", "sector": "0", "name": "teaching-20"}
    known |= {"resource_type": "Patient", "resource_id": f"{job_id}-0", "request_id": job_id}
    known |= {"file_name": f"Patient.{job_id}.0-19.ndjson", "component": "database"}
    values = {name: known.get(name, "x") for name in _placeholders(template)}
    yield template.format(**values)
    for name in values:
        yield template.format(**values | {name: "9" * URL_CHARACTERS})
        yield template.format(**values | {name: "%2C" * (URL_CHARACTERS // 3)})


def _placeholders(template: str) -> list[str]:
    return [each.partition("}")[0] for each in template.split("{")[1:]]


def _queries(operation: Operation, path: str) -> Iterator[Hostile]:
    def get(label: str, query: str) -> Hostile:
        return Hostile(f"query {label}", operation.method, f"{path}?{query[:URL_CHARACTERS]}", {})

    yield get("unknown names", "&".join(f"k{number}=1" for number in range(1_500)))
    yield get("empty names", "&" * URL_CHARACTERS)
    yield get("a long unknown name", "a" * URL_CHARACTERS)
    for name in _parameters(operation, path):
        for label, value in _long_values():
            yield get(f"{name}: {label}", f"{quote(name)}={value}")
        yield get(f"{name}: repeated", f"{quote(name)}=1&" * 1_500)


def _parameters(operation: Operation, path: str) -> list[str]:
    if path.startswith("/fhir/R4/Patient"):
        own = [*resource_types()["Patient"].parameters, "name:contains", "_id:not"]
        return [*own, *_FHIR_PARAMETERS]
    return [] if operation.query is None else list(operation.query.model_fields)


_FHIR_PARAMETERS = (
    *("_count", "_summary", "_elements", "_include", "_revinclude", "_page", "_sort", "_format"),
    *("_type", "_typeFilter", "_since", "_outputFormat"),
)


def _long_values() -> Iterator[tuple[str, str]]:
    length = URL_CHARACTERS - 100
    yield "a long text", "a" * length
    yield "digits", "9" * length
    yield "commas", "," * length
    yield "values", "a," * (length // 2)
    yield "escapes", "\\," * (length // 2)
    yield "bars", "|" * length
    yield "filters", "Patient?gender=male," * (length // 20)
    yield "dates", "ge2030-01-01," * (length // 13)
    yield "accents", "%CC%81" * (length // 6)


def _headers(operation: Operation, path: str) -> Iterator[Hostile]:
    for name, unit in _HEADERS:
        value = (unit * (8_000 // len(unit)))[:8_000].strip()
        yield Hostile(f"header {name}: {unit}", operation.method, path, {name: value})
    many = {f"Accept{' ' * 0}{number}": "a," * 3_900 for number in range(60)}
    yield Hostile("many long headers", operation.method, path, many)


_HEADERS = (
    ("Accept", "a/b,"),
    ("Accept", ";q=1,"),
    ("Accept-Encoding", "a;q=0.5,"),
    ("Prefer", "a=b,"),
    ("If-None-Match", '"a",'),
    ("If-None-Match", '"'),
    ("If-Match", "W/"),
    ("If-Modified-Since", "1 "),
    ("X-Forwarded-For", "1.2.3.4,"),
    ("Forwarded", "for=1,"),
    ("Forwarded", '"'),
    ("X-Request-ID", "a"),
    ("Origin", "a"),
    ("Cookie", "a=b;"),
    ("Range", "0-1,"),
    ("Idempotency-Key", "a"),
)


def _bodies(operation: Operation, path: str) -> Iterator[Hostile]:
    if operation.method not in {"POST", "PUT", "PATCH"}:
        return
    for kind, bodies in ((JSON, _documents(operation)), (FORM, _forms()), (FHIR_JSON, _fhir())):
        for label, body in bodies:
            yield Hostile(f"body {label}", operation.method, path, {"Content-Type": kind}, body)


def _documents(operation: Operation) -> Iterator[tuple[str, bytes]]:
    length = 1_000_000
    yield "repeated names", _object([*range(19_999), 19_999, 19_999])
    yield "unknown names", _object(range(60_000))
    yield "deep", b"[" * length
    yield "digits", b'{"count":' + b"1" * length + b"}"
    yield "fraction", b'{"count":0.' + b"1" * length + b"}"
    yield "empty objects", b'{"scenario":[' + b"{}," * 300_000 + b"{}]}"
    yield "a long name", b'{"' + b"a" * length + b'":1}'
    yield "escapes", b'{"preset":"' + b"\\u0000" * (length // 6) + b'"}'
    yield "not utf-8", b"\xff" * length
    fields = [] if operation.body is None else list(operation.body.model_fields)
    for name in fields:
        yield f"{name}: a list", b'{"%s":[' % name.encode() + b"1," * 400_000 + b"1]}"
        yield f"{name}: long", b'{"%s":"' % name.encode() + b"a" * length + b'"}'
    if "scenario" in fields:
        yield from _scenarios()


def _object(numbers: Iterable[int]) -> bytes:
    return b"{" + b",".join(b'"k%d":1' % number for number in numbers) + b"}"


def _scenarios() -> Iterator[tuple[str, bytes]]:
    """Scenarios that are as large as the limit of values lets them be, each in another place."""
    good = orjson.loads(canonical_json(load_preset("teaching-20")))
    lists = [
        name for name, each in json_schema()["properties"].items() if each.get("type") == "array"
    ]
    for name in lists:
        limit = json_schema()["properties"][name]["maxItems"]
        items = [*good[name], {}][:1]
        for label, value in (
            ("ones", [1] * 15_000),
            ("ones at the limit", [1] * limit),
            ("empty", [{}] * limit),
            ("the same", items * limit),
            ("unknown names", [dict.fromkeys(map(str, range(18_000 // limit)), 1)] * limit),
            ("near names", [_renamed(items[0], number) for number in range(limit)]),
        ):
            yield f"scenario {name}: {label}", _job(good | {name: value})
    yield "scenario unknown names", _job(good | {f"k{number}": 1 for number in range(15_000)})
    yield "scenario ring", _job(good | {"facilities": _ring(good["facilities"][0], 200)})
    yield "scenario long title", _job(good | {"title": "a" * 900_000})


def _renamed(item: object, number: int) -> object:
    """Names that resemble known ones: looking for the nearest costs most with them."""
    if not isinstance(item, dict):
        return item
    return {
        name: f"{value}{'x' * 60}{number}"[:80] if isinstance(value, str) else value
        for name, value in item.items()
    }


def _ring(facility: dict[str, object], length: int) -> list[dict[str, object]]:
    names = [f"{'f' * 70}{number}" for number in range(length)]
    targets = [[names[(place + step) % length] for step in range(1, 17)] for place in range(length)]
    return [
        {**facility, "name": name, "evacuates_to": to}
        for name, to in zip(names, targets, strict=True)
    ]


def _job(scenario: dict[str, object]) -> bytes:
    return orjson.dumps({"scenario": scenario, "count": 1})


def _forms() -> Iterator[tuple[str, bytes]]:
    yield "form of ampersands", b"&" * 900_000
    yield "form of names", b"&".join(b"k%d=1" % number for number in range(60_000))
    yield "form _id", b"_id=" + b"," * 450_000
    yield "form _id values", b"_id=" + b"a," * 450_000
    yield "form family", b"family=" + b"a" * 900_000
    yield "form accents", b"name:contains=" + "\u0301".encode() * 400_000
    yield "form _revinclude", b"&".join([b"_revinclude=Observation:patient"] * 39)
    yield "form _sort", b"_sort=" + b"_id," * 200_000
    yield "form _elements", b"_elements=" + b"name," * 150_000
    yield "form criteria", b"&".join([b"family=" + b",".join([b"zz"] * 100)] * 39)
    yield "form assertion", b"client_assertion=" + b"a." * 450_000
    yield "form scopes", b"scope=" + b"system/*.rs+" * 70_000


def _fhir() -> Iterator[tuple[str, bytes]]:
    def parameters(name: str, values: Iterable[str]) -> bytes:
        items = [{"name": name, "valueString": value} for value in values]
        return orjson.dumps({"resourceType": "Parameters", "parameter": items})

    yield "Parameters _typeFilter", parameters("_typeFilter", ["Patient?gender=male"] * 15_000)
    yield "one _typeFilter", parameters("_typeFilter", ["Patient?gender=male," * 40_000])
    yield "filters of commas", parameters("_typeFilter", ["Patient?_id=" + "a," * 400_000])
    yield "Parameters _type", parameters("_type", ["Patient," * 100_000])
    yield "Parameters _since", parameters("_since", ["2030-01-01T00:00:00Z" * 40_000])
    yield (
        "Parameters of nothing",
        _parameters_of(b"{}," * 300_000),
    )


def _parameters_of(items: bytes) -> bytes:
    return b'{"resourceType":"Parameters","parameter":[' + items + b"{}]}"
