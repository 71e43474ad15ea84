"""Every error becomes a problem document (RFC 9457). The one table of what means what stands
here.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from math import ceil
from typing import NamedTuple

import structlog
from aiohttp import web
from pydantic import BaseModel

from shared.errors import Conflict, Invalid, LazaretError, NotFound, TooManyRequests, Unavailable
from shared.jobs.submit import IdempotencyMismatch
from shared.telemetry.carrier import current_ids
from shared.telemetry.error_kinds import count_error

PROBLEM_TYPE = "application/problem+json"

# What an answer repeats of a request is bounded, whatever the request's length.
PROBLEMS_MAX = 50
TOLD_MAX = 10  # of them in one line
SHOWN_CHARACTERS_MAX = 200
MESSAGE_CHARACTERS_MAX = 1_000
DETAIL_CHARACTERS_MAX = 2_000
HEADERS_BYTES_MAX = 32 * 1024

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Unauthenticated(LazaretError):
    """The request carries no valid API key."""


class Forbidden(LazaretError):
    """The caller is known, and may not do this."""


class BodyTooLarge(LazaretError):
    """The request's body is larger than the operation takes."""


class BodyTooSlow(LazaretError):
    """The request's body did not arrive in time."""


class UnsupportedBody(LazaretError):
    """The request's body is of a kind that is not read here."""


class PreconditionRequired(LazaretError):
    """The request does not say which state it means to change."""


class Gone(LazaretError):
    """What the request stands for was there, and is no more."""


class PreconditionFailed(LazaretError):
    """What the client holds is not what the server would now send."""


class FieldError(BaseModel):
    """One wrong field: its dotted path and what is wrong there."""

    field: str
    message: str


class ProblemDocument(BaseModel):
    """A problem document. `errors` names the wrong fields; `trace_id` finds an unexpected error in
    the logs.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    trace_id: str | None = None


class ProblemKind(NamedTuple):
    """How an error type is told to a client."""

    status: HTTPStatus
    name: str
    title: str


KINDS: Mapping[type[Exception], ProblemKind] = {
    Invalid: ProblemKind(HTTPStatus.BAD_REQUEST, "invalid", "The request is not valid"),
    web.RequestPayloadError: ProblemKind(
        HTTPStatus.BAD_REQUEST, "broken-body", "The body is broken"
    ),
    Unauthenticated: ProblemKind(
        HTTPStatus.UNAUTHORIZED, "unauthenticated", "A valid API key is needed"
    ),
    Forbidden: ProblemKind(HTTPStatus.FORBIDDEN, "forbidden", "This is not allowed"),
    NotFound: ProblemKind(HTTPStatus.NOT_FOUND, "not-found", "There is no such thing"),
    BodyTooLarge: ProblemKind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "The body is too large"
    ),
    BodyTooSlow: ProblemKind(
        HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", "The body came too slowly"
    ),
    Conflict: ProblemKind(HTTPStatus.CONFLICT, "conflict", "The present state forbids this"),
    PreconditionRequired: ProblemKind(
        HTTPStatus.PRECONDITION_REQUIRED, "precondition-required", "If-Match is needed"
    ),
    Gone: ProblemKind(HTTPStatus.GONE, "gone", "It is not there any more"),
    PreconditionFailed: ProblemKind(
        HTTPStatus.PRECONDITION_FAILED, "precondition-failed", "The precondition does not hold"
    ),
    UnsupportedBody: ProblemKind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-body", "The body must be JSON"
    ),
    IdempotencyMismatch: ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "idempotency-key-reused",
        "The Idempotency-Key belongs to another request",
    ),
    TooManyRequests: ProblemKind(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too-many-requests",
        "There are too many requests of this client",
    ),
    Unavailable: ProblemKind(
        HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "The service cannot do this now"
    ),
}
# They leave the rest of a request unread, so the connection cannot carry another one.
CLOSING = (BodyTooLarge, BodyTooSlow, web.RequestPayloadError)


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception of a handler or of the router into a problem document."""
    try:
        _check_headers(request)
        return await handler(request)
    except web.HTTPException as error:
        return http_problem(request, error)
    except (LazaretError, web.RequestPayloadError) as error:
        return problem_response(error)
    except ConnectionError:
        raise  # the client has gone
    except Exception as error:
        log.exception("request failed", exc_info=error)
        return unexpected_problem()


def _check_headers(request: web.Request) -> None:
    """Raise HTTPRequestHeaderFieldsTooLarge: each header has a limit, and so have all together."""
    size = sum(len(name) + len(value) for name, value in request.raw_headers)
    if size > HEADERS_BYTES_MAX:
        raise web.HTTPRequestHeaderFieldsTooLarge


def problem_response(error: LazaretError | web.RequestPayloadError) -> web.Response:
    """Tell an expected error, and count it."""
    count_error(error)
    kind = next((KINDS[base] for base in type(error).__mro__ if base in KINDS), None)
    if kind is None:
        log.error("error without a kind", exc_info=error)
        return unexpected_problem()
    if isinstance(error, Invalid):
        response = _respond(kind, _invalid_detail(error), _field_errors(error))
    else:
        response = _respond(kind, _short(str(error), DETAIL_CHARACTERS_MAX) or kind.title)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="lazaret"'
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(max(1, ceil(error.retry_after_s)))
    if isinstance(error, CLOSING):
        response.force_close()
    return response


def _field_errors(error: Invalid) -> list[FieldError]:
    """The wrong fields, up to `PROBLEMS_MAX`: what was sent is not sent back at length."""
    return [
        FieldError(field=_short(each.field), message=_short(each.message, MESSAGE_CHARACTERS_MAX))
        for each in error.problems[:PROBLEMS_MAX]
    ]


def _invalid_detail(error: Invalid) -> str:
    told = "; ".join(f"{each.field}: {each.message}" for each in _field_errors(error)[:TOLD_MAX])
    more = len(error.problems) - TOLD_MAX
    return f"{told}; and {more} more" if more > 0 else told


def _short(text: str, characters_max: int = SHOWN_CHARACTERS_MAX) -> str:
    return text if len(text) <= characters_max else f"{text[:characters_max]}..."


def http_problem(request: web.BaseRequest, error: web.HTTPException) -> web.Response:
    """Tell what aiohttp itself refused: unknown paths and methods."""
    status = HTTPStatus(error.status)
    kind = ProblemKind(status, status.phrase.lower().replace(" ", "-"), status.phrase)
    response = _respond(kind, _http_detail(request, error))
    if isinstance(error, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return response


def parse_problem(status: int, message: str) -> web.Response:
    """Tell what the HTTP parser refused; the connection is of no more use."""
    known = HTTPStatus(status)
    kind = ProblemKind(known, "malformed-http", known.phrase)
    # not the bytes that it stopped at
    reason = message.splitlines()[0].partition(": b")[0] if message else known.description
    response = _respond(kind, reason)
    response.force_close()
    return response


def unexpected_problem() -> web.Response:
    """Tell that something is broken here, and nothing about it but how to find it in the logs."""
    kind = ProblemKind(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", "Something went wrong")
    return _respond(
        kind, "The error has been logged under trace_id.", trace_id=current_ids().get("trace_id")
    )


def _http_detail(request: web.BaseRequest, error: web.HTTPException) -> str:
    match error:
        case web.HTTPNotFound():
            return f"nothing at {_short(request.path)}"
        case web.HTTPMethodNotAllowed():
            return (
                f"{_short(error.method)} is not allowed here; allowed: "
                f"{', '.join(sorted(error.allowed_methods))}"
            )
        case web.HTTPNotAcceptable(text=str(offer)):
            return offer
        case _:
            return HTTPStatus(error.status).description or error.reason


def _respond(
    kind: ProblemKind,
    detail: str,
    errors: list[FieldError] | None = None,
    trace_id: str | None = None,
) -> web.Response:
    problem = ProblemDocument(
        type=f"urn:lazaret:problem:{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        errors=errors,
        trace_id=trace_id,
    )
    return web.Response(
        body=problem.model_dump_json(exclude_none=True).encode(),
        status=kind.status,
        content_type=PROBLEM_TYPE,
    )
