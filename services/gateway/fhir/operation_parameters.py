"""What an operation is given: by its URL, and by a Parameters resource where it is POSTed."""

from typing import Any

import orjson
from aiohttp import web

from services.gateway.fhir.media_types import JSON_TYPES
from services.gateway.http.body import body_of
from services.gateway.http.parse import check_values
from services.gateway.http.problems import UnsupportedBody
from shared.errors import FieldProblem, Invalid

PARAMETERS_MAX = 100
BODY_BYTES_MAX = 64 * 1024
_PASSED_OVER = "_format"  # the answer's representation


def given_parameters(request: web.Request) -> list[tuple[str, str]]:
    """Return the parameters of the URL, and of the body of a POST. Raises Invalid and
    UnsupportedBody.
    """
    given = [(name, value) for name, value in request.query.items() if name != _PASSED_OVER]
    if request.method == "POST" and (body := body_of(request)):
        if request.content_type not in JSON_TYPES:
            raise UnsupportedBody(
                f"Content-Type must be application/fhir+json, not {request.content_type[:60]}"
            )
        given += _read_parameters(body)
    _check_count(len(given))
    if unstorable := [name for name, value in given if "\0" in name + value]:
        raise Invalid(
            tuple(
                FieldProblem(name[:60], "must not contain the character U+0000")
                for name in unstorable
            )
        )
    return given


def _read_parameters(body: bytes) -> list[tuple[str, str]]:
    """Name and value of each parameter. Raises Invalid when it is no Parameters resource."""
    check_values(body)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid((FieldProblem("body", f"is not valid JSON: {error}"),)) from error
    items = (
        document.get("parameter", [])
        if isinstance(document, dict) and document.get("resourceType") == "Parameters"
        else None
    )
    if not isinstance(items, list):
        raise Invalid((FieldProblem("body", "must be a Parameters resource"),))
    _check_count(len(items))
    return [_name_and_value(index, item) for index, item in enumerate(items)]


def _check_count(count: int) -> None:
    if count > PARAMETERS_MAX:
        problem = f"there must be at most {PARAMETERS_MAX}, not {count}"
        raise Invalid((FieldProblem("parameters", problem),))


def _name_and_value(index: int, item: Any) -> tuple[str, str]:
    values = (
        [value for name, value in item.items() if name.startswith("value")]
        if isinstance(item, dict)
        else []
    )
    match item, values:
        case {"name": str(name)}, [bool(value)]:
            return name, str(value).lower()
        case {"name": str(name)}, [str() | int() as value]:
            return name, str(value)
        case {"name": str(name)}, _:
            return name, ""  # what cannot be a simple value is refused by who reads the name
        case _:
            problem = "must have a name and one value"
            raise Invalid((FieldProblem(f"parameter[{index}]", problem),))
