"""Requests become typed values here; what is wrong with them is named field by field."""

import asyncio
import json
from collections.abc import Iterable
from functools import wraps
from typing import TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from services.gateway.context import GATEWAY
from services.gateway.http.problems import BodyTooSlow, Handler, UnsupportedBody
from shared.errors import FieldProblem, Invalid, NotFound
from shared.scenarios.problems import dotted, nearest
from shared.scenarios.unique_names import RepeatedName, check_unique_names

SHOWN_CHARACTERS_MAX = 60
ORDINAL_DIGITS_MAX = 15

Model = TypeVar("Model", bound=BaseModel)


class Parameters(BaseModel):
    """Query parameters or headers: text that is converted to the fields' types; unknown ones are
    refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(BaseModel):
    """A JSON body: nothing is converted, unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


async def read_document(request: web.Request, model: type[Model]) -> Model:
    """Read the request's JSON body.

    Raises:
        Invalid: with every wrong field.
        UnsupportedBody: it says to be something other than JSON, or is compressed.
        BodyTooSlow: it was not complete within `body_timeout_s`.
    """
    if request.content_type != "application/json":
        raise UnsupportedBody(
            "Content-Type must be application/json, not "
            f"{request.headers.get('Content-Type', 'missing')}"
        )
    if (charset := request.charset or "utf-8").lower() not in {"utf-8", "us-ascii"}:
        raise UnsupportedBody(
            f"Content-Type must not have a charset other than utf-8, such as {charset}"
        )
    body = await read_body(request)
    try:
        document = model.model_validate_json(body)
        check_unique_names(body)
    except ValidationError as error:
        raise Invalid(
            tuple(_problem(detail, model, "body") for detail in error.errors(include_url=False))
        ) from error
    except RepeatedName as error:
        raise Invalid(
            (FieldProblem(error.name[:SHOWN_CHARACTERS_MAX], "is given more than once"),)
        ) from error
    return document


async def read_body(request: web.Request) -> bytes:
    """Read the request's body; the request keeps it.

    Raises:
        HTTPRequestEntityTooLarge: it is too large, or says that it will be.
        UnsupportedBody: it is compressed.
        BodyTooSlow: it was not complete within `body_timeout_s`.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedBody("Content-Encoding: a compressed body is not read")
    if (announced := request.content_length or 0) > request.client_max_size:
        raise web.HTTPRequestEntityTooLarge(request.client_max_size, announced)
    timeout_s = request.app[GATEWAY].config.body_timeout_s
    try:
        async with asyncio.timeout(timeout_s):
            return await request.read()
    except TimeoutError:
        raise BodyTooSlow(f"the body was not complete within {timeout_s:g} s") from None


def read_query(request: web.Request, model: type[Model]) -> Model:
    """Read the query parameters. Raises Invalid for wrong, unknown and repeated ones."""
    names = [name for name, _value in request.query.items()]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise Invalid(
            tuple(FieldProblem(name, "is given more than once") for name in sorted(repeated))
        )
    return read_values(model, dict(request.query))


def refuses_queries(handler: Handler) -> Handler:
    """Let a request without query parameters through to `handler`. Raises Invalid: a parameter that
    has no effect was meant to have one.
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
        raise Invalid(
            tuple(_problem(detail, model, "query") for detail in error.errors(include_url=False))
        ) from error


def job_id_of(request: web.Request) -> UUID:
    """Read the path's job id. Raises NotFound: what is no id names no job."""
    text = request.match_info["job_id"]
    try:
        job_id = UUID(text)
    except ValueError:
        raise NotFound(f"no job {text[:SHOWN_CHARACTERS_MAX]!r}") from None
    if str(job_id) != text.lower():
        raise NotFound(f"no job {text[:SHOWN_CHARACTERS_MAX]!r}")
    return job_id


def number_of(request: web.Request, name: str) -> int:
    """Read a number from the path. Raises NotFound: what is none names nothing."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) <= ORDINAL_DIGITS_MAX):
        raise NotFound(f"no {name} {text[:SHOWN_CHARACTERS_MAX]!r}")
    return int(text)


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
    text = json.dumps(given) if given is None or isinstance(given, bool) else repr(given)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}..."
