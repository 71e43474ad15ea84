"""The page that lists every operation of the HTTP interface, from the gateway's own tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.gateway.app import OPERATIONS
from services.gateway.http.openapi import openapi_document
from services.gateway.http.problems import KINDS
from services.gateway.identity.roles import ROLES_WITH, Role

_INTRODUCTION = """# HTTP interface

Written by `make docs` from the operations that the gateway serves; a test keeps it true. A running
gateway serves the same as OpenAPI 3.1 at `/api/v1/openapi.json`, and the JSON Schema of a scenario
at `/api/v1/schemas/scenario`.

Send an API key (`lazaret keys create --role ROLE`) as `Authorization: Bearer KEY` or
`X-API-Key: KEY`. A key sees its own tenant's jobs only, an admin's key too; another tenant's job is
not found.

```
curl -H "X-API-Key: $LAZARET_API_KEY" -H "Content-Type: application/json" \\
  -H "Idempotency-Key: exercise-1" \\
  -d '{"preset": "teaching-20", "count": 20, "seed": 7}' "$LAZARET_URL/api/v1/jobs"
```

Lists come in pages `{"items": [...], "next": ...}`: send `next` as `after` until it is null.

Every answer has an `X-Request-ID` (the request's own, where it is usable, which also stands in the
logs) and an `X-Response-Time`. Texts of a kilobyte or more are compressed by `Accept-Encoding`
(zstd, gzip). An `Accept` that allows none of an operation's types is answered 406. Pages of other
origins are let in where `LAZARET_CORS_ORIGINS` lists them.

A request may have at most 32 KiB of headers and 100 query parameters, and a JSON body at most
20,000 values. `RateLimit-Policy` and `RateLimit` say how many requests a key, a tenant and, where
no key is needed, an address may send in a minute, and what is left; each gateway process counts for
itself. Tenants and addresses also have shares of what is answered at once. Who has used them up is
answered 429 with `Retry-After`; 503 says that all is full.

"""

_ROLES = """## Roles

A key's role says which permissions it has. `fhir_client` is what access tokens of SMART clients
have. Who lacks the permission is answered 403, which names it.

"""

_PROBLEMS = """## Problems

Every error is a problem document (RFC 9457): `type`, `title`, `status`, `detail`; `errors` names
each wrong field by its dotted path; `trace_id` finds an unexpected error in the logs. A 503 says
with `Retry-After` when to come again.

| status | type | title |
| --- | --- | --- |
"""


def http_page() -> str:
    """The page in Markdown."""
    document = openapi_document(OPERATIONS)
    schemas = document["components"]["schemas"]
    sections = [
        _section(method, path, each, schemas)
        for path, methods in document["paths"].items()
        for method, each in methods.items()
    ]
    return _INTRODUCTION + _roles() + "\n".join(sections) + "\n" + _PROBLEMS + "".join(_problems())


def _section(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> str:
    key = _needed(operation)
    answers = ", ".join(f"`{status}`" for status in operation["responses"] if status != "default")
    head = f"## {method.upper()} {path}\n\n{operation['summary']}. Answers {answers}.{key}\n"
    parameters = [
        each
        for each in (*operation.get("parameters", ()), *_body_fields(operation))
        if each["in"] != "path"
    ]
    rows = [
        f"| `{each['name']}` | {each['in']} | {', '.join(_rules(each, schemas))} |"
        for each in parameters
    ]
    return (
        "\n".join((head, "| name | in | value |\n| --- | --- | --- |", *rows, "")) if rows else head
    )


def _needed(operation: Mapping[str, Any]) -> str:
    permissions = [
        name for each in operation["security"] for names in each.values() for name in names
    ]
    return f" Needs `{permissions[0]}`." if permissions else " No key is needed."


def _roles() -> str:
    head = "| permission | " + " | ".join(f"`{role}`" for role in Role) + " |\n"
    rule = "| --- " * (len(Role) + 1) + "|\n"
    rows = (
        f"| `{permission}` | "
        + " | ".join("yes" if role in roles else "" for role in Role)
        + " |\n"
        for permission, roles in ROLES_WITH.items()
    )
    return _ROLES + head + rule + "".join(rows) + "\n"


def _body_fields(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "requestBody" in operation:
        name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition(
            "/"
        )[2]
        body = next(
            each.body for each in OPERATIONS if each.body is not None and each.body.__name__ == name
        ).model_json_schema()
        for field, schema in body["properties"].items():
            yield {
                "name": field,
                "in": "body",
                "required": field in body.get("required", ()),
                "schema": schema,
            }


def _rules(parameter: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    schema = parameter["schema"]
    chosen = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
    chosen = schemas.get(chosen.get("$ref", "").rpartition("/")[2], chosen)
    if "enum" in chosen:
        yield ", ".join(f"`{word}`" for word in chosen["enum"])
    else:
        yield chosen.get("format") or chosen["type"]
    if parameter["required"]:
        yield "required"
    if schema.get("default") is not None:
        yield f"default {schema['default']}"
    if "description" in schema:
        yield schema["description"]


def _problems() -> Iterator[str]:
    for kind in KINDS.values():
        yield f"| {kind.status.value} | `urn:lazaret:problem:{kind.name}` | {kind.title} |\n"
