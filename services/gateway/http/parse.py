"""Requests become typed values here; what is wrong with them is named field by field.

Everything here takes time in proportion to the request's length: sizes and counts are looked at
before values are, so many problems are told and no more, and of what was sent little is repeated.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import islice
from typing import TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from services.gateway.http.aside import ASIDE, SMALL_BYTES
from services.gateway.http.body import body_of
from services.gateway.http.problems import PROBLEMS_MAX, Handler, UnsupportedBody
from shared.errors import FieldProblem, Invalid, NotFound
from shared.scenarios.problems import dotted, nearest
from shared.scenarios.unique_names import RepeatedName, check_unique_names

SHOWN_CHARACTERS_MAX = 60
ORDINAL_DIGITS_MAX = 15
PARAMETERS_MAX = 100
# The largest scenario that keeps its limits has about 6,000 of them.
JSON_VALUES_MAX = 20_000
DETAILED_MAX = 1_000  # problems that are looked at one by one
FORM = "application/x-www-form-urlencoded"

Model = TypeVar("Model", bound=BaseModel)
Read = TypeVar("Read")


class Parameters(BaseModel):
    """Query parameters or headers: texts that become values; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(BaseModel):
    """A JSON body: nothing is converted, unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


async def read_document(request: web.Request, model: type[Model]) -> Model:
    """Read the request's JSON body.

    Raises:
        Invalid: with the wrong fields.
        UnsupportedBody: it says to be something other than JSON.
    """
    return await read_checked(request, model, lambda document: document)


async def read_checked(
    request: web.Request, model: type[Model], then: Callable[[Model], Read]
) -> Read:
    """Read the request's JSON body, and let `then` make of it what the handler works with.

    A body of some length is read outside the event loop, and `then` called there too. Raises as
    `read_document` does, and what `then` raises.
    """
    if request.content_type != "application/json":
        given = request.headers.get("Content-Type", "missing")
        raise UnsupportedBody(f"Content-Type must be application/json, not {given[:60]}")
    if (charset := request.charset or "utf-8").lower() not in {"utf-8", "us-ascii"}:
        raise UnsupportedBody(f"Content-Type must not have the charset {charset[:60]}, only utf-8")
    body = body_of(request)
    if len(body) <= SMALL_BYTES:
        return _read_document(body, model, then)
    return await request.app[ASIDE].run(_read_document, body, model, then)


def _read_document(body: bytes, model: type[Model], then: Callable[[Model], Read]) -> Read:
    check_values(body)
    try:
        document = model.model_validate_json(body)
        check_unique_names(body)
    except ValidationError as error:
        raise Invalid(_problems(error, model, "body")) from error
    except RepeatedName as error:
        name = error.name[:SHOWN_CHARACTERS_MAX]
        raise Invalid((FieldProblem(name, "is given more than once"),)) from error
    return then(document)


def check_values(body: bytes) -> None:
    """Count what a JSON text may hold before it is parsed. Raises Invalid when that is too much."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") > JSON_VALUES_MAX:
        raise Invalid((FieldProblem("body", f"must have at most {JSON_VALUES_MAX} values"),))


def read_form(request: web.Request, fields_max: int) -> list[tuple[str, str]]:
    """Read the fields of a form in the request's body.

    Raises:
        Invalid: there are more than `fields_max`, or it is not UTF-8.
        UnsupportedBody: it says to be something else.
    """
    if request.content_type != FORM:
        raise UnsupportedBody(f"Content-Type must be {FORM}, not {request.content_type[:60]}")
    try:
        text = body_of(request).decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=fields_max)
    except ValueError:
        problem = f"must be UTF-8 with at most {fields_max} fields"
        raise Invalid((FieldProblem("body", problem),)) from None


def read_query(request: web.Request, model: type[Model]) -> Model:
    """Read the query parameters. Raises Invalid for wrong, unknown and repeated ones."""
    check_count(request.query)
    counts = Counter(name for name, _value in request.query.items())
    if repeated := sorted(name for name, count in counts.items() if count > 1):
        raise Invalid(tuple(FieldProblem(name, "is given more than once") for name in repeated))
    return read_values(model, dict(request.query))


def check_count(parameters: Sequence[object] | Iterable[object]) -> None:
    """Raise Invalid when there are more than `PARAMETERS_MAX` parameters."""
    count = len(parameters)  # type: ignore[arg-type] # multidicts have a length
    if count > PARAMETERS_MAX:
        problem = f"there must be at most {PARAMETERS_MAX}, not {count}"
        raise Invalid((FieldProblem("parameters", problem),))


def refuses_queries(handler: Handler) -> Handler:
    """Let a request without query parameters through to `handler`.

    Raises Invalid: a parameter that has no effect was meant to have one.
    """

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        read_query(request, Parameters)
        return await handler(request)

    return checked


def read_values(model: type[Model], values: dict[str, str]) -> Model:
    """Convert named texts. Raises Invalid with every wrong one."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid(_problems(error, model, "query")) from error


def job_id_of(request: web.Request) -> UUID:
    """Read the path's job id. Raises NotFound: what is no id names no job."""
    text = request.match_info["job_id"]
    job_id = read_uuid(text)
    if job_id is None:
        raise NotFound(f"no job {text[:SHOWN_CHARACTERS_MAX]!r}")
    return job_id


def read_uuid(text: str) -> UUID | None:
    """Read a UUID in its usual spelling; None for anything else, such as one in braces."""
    try:
        read = UUID(text)
    except ValueError:
        return None
    return read if str(read) == text.lower() else None


def number_of(request: web.Request, name: str) -> int:
    """Read a number from the path. Raises NotFound: what is none names nothing."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) <= ORDINAL_DIGITS_MAX):
        raise NotFound(f"no {name} {text[:SHOWN_CHARACTERS_MAX]!r}")
    return int(text)


def _problems(
    error: ValidationError, model: type[BaseModel], whole: str
) -> tuple[FieldProblem, ...]:
    if (count := error.error_count()) > DETAILED_MAX:
        return (FieldProblem(whole, f"has {count} problems, too many to tell"),)
    details = error.errors(include_url=False)
    told = tuple(_problem(detail, model, whole) for detail in islice(details, PROBLEMS_MAX))
    if count <= PROBLEMS_MAX:
        return told
    return (*told, FieldProblem(whole, f"has {count - PROBLEMS_MAX} more problems"))


def _problem(detail: ErrorDetails, model: type[BaseModel], whole: str) -> FieldProblem:
    path = dotted(detail["loc"]) if detail["loc"] else whole
    return FieldProblem(path, _message(detail, model.model_fields))


def _message(detail: ErrorDetails, known: Iterable[str]) -> str:
    given = detail["input"]
    match detail["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return f"is not known here{nearest(str(detail['loc'][-1]), known)}"
        case "json_invalid":
            return f"is not valid JSON: {detail['ctx']['error']}"
        case "enum":
            return f"must be {detail['ctx']['expected']}, not {_shown(given)}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {_shown(given)}"


def _shown(given: object) -> str:
    """What was given, in short: of a long list or object not even the whole text is made."""
    if isinstance(given, str | bytes):
        given = given[: SHOWN_CHARACTERS_MAX + 1]
    elif isinstance(given, list | dict):
        return "a list" if isinstance(given, list) else "an object"
    text = json.dumps(given) if given is None or isinstance(given, bool) else repr(given)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}..."
