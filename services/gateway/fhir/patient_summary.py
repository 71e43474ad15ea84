"""`Patient/[id]/$summary`: the International Patient Summary of a casualty at the end of its
way.
"""

from contextlib import aclosing

import orjson
from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.base import FHIR_BASE
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.operation_parameters import BODY_BYTES_MAX, given_parameters
from services.gateway.fhir.patient_runs import Tenant
from services.gateway.fhir.read import find_resource
from services.gateway.fhir.search_query import PASSED_OVER
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from services.gateway.identity.caller import CALLER
from services.gateway.identity.scopes import ANY_TYPE, READ
from shared.encoders.fhir.ids import parse_resource_id
from shared.errors import FieldProblem, Invalid, NotFound


@speaks_json
async def show_summary(request: web.Request) -> web.Response:
    """Answer with the document. It draws on many types, so a token must be allowed to read them
    all.
    """
    if problems := [
        FieldProblem(name[:60], "is not offered")
        for name, _ in given_parameters(request)
        if name not in PASSED_OVER
    ]:
        raise Invalid(tuple(problems))
    caller = request[CALLER]
    caller.require_scope(ANY_TYPE, READ)
    patient = await find_resource(request, "Patient")
    place = parse_resource_id(patient["id"])
    gateway = request.app[GATEWAY]
    tenant = Tenant(gateway.database, caller.tenant_id)
    async with aclosing(tenant.named([place] if place else [])) as runs:
        async for run in runs:
            documents = await run.render(gateway.rendering.reads, "", "ips")
            return fhir_response(request, orjson.loads(documents[-1]))
    raise NotFound(f"Patient/{patient['id']} is not stored any more")


OPERATIONS = tuple(
    Operation(
        method=method,
        path=FHIR_BASE + "/Patient/{resource_id}/$summary",
        handler=show_summary,
        permission=Permission.FHIR_READ,
        body_bytes_max=BODY_BYTES_MAX if method == "POST" else None,
        summary="Read a patient's International Patient Summary (FHIR R4)",
        answers={200: FHIR_JSON},
        tags=("fhir",),
    )
    for method in ("GET", "POST")
)
