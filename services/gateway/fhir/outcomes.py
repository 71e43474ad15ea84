"""OperationOutcome: how everything under the FHIR base says what went wrong."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from services.gateway.fhir.media_types import FHIR_JSON
from services.gateway.http.problems import PROBLEM_TYPE, Handler

FHIR_ROOT = "/fhir/"

# The issue type (http://hl7.org/fhir/ValueSet/issue-type) that a status stands for.
ISSUE_TYPES: Mapping[int, str] = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    408: "timeout",
    409: "conflict",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    429: "throttled",
    503: "transient",
}


def issue(
    code: str, diagnostics: str, *, severity: str = "error", expression: str | None = None
) -> dict[str, Any]:
    """One issue; `expression` names the parameter or element that is meant."""
    named = {} if expression is None else {"expression": [expression]}
    return {"severity": severity, "code": code, "diagnostics": diagnostics, **named}


def operation_outcome(issues: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": issues}


@web.middleware
async def answer_outcomes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say as an OperationOutcome what the layers below say as a problem document; status and
    headers stay.
    """
    response = await handler(request)
    if (
        not request.path.startswith(FHIR_ROOT)
        or response.content_type != PROBLEM_TYPE
        or not isinstance(response, web.Response)
    ):
        return response
    problem = orjson.loads(bytes(response.body or b""))  # type: ignore[arg-type]  # a problem's body is bytes
    response.body = orjson.dumps(operation_outcome(_issues(problem)))
    response.content_type = FHIR_JSON
    return response


def _issues(problem: dict[str, Any]) -> list[dict[str, Any]]:
    code = ISSUE_TYPES.get(problem["status"], "exception")
    if fields := problem.get("errors"):
        return [
            issue(code, f"{each['field']}: {each['message']}", expression=each["field"])
            for each in fields
        ]
    trace = f" (trace_id {problem['trace_id']})" if "trace_id" in problem else ""
    return [issue(code, problem["detail"] + trace)]
