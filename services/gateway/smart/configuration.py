"""What a client needs to know to get in (SMART App Launch 2.2,
`.well-known/smart-configuration`).
"""

import orjson
from aiohttp import web

from services.gateway.fhir.base import FHIR_BASE
from services.gateway.fhir.resource_types import resource_types
from services.gateway.http.answer import JSON, json_response
from services.gateway.http.operation import Operation
from services.gateway.identity.token_endpoint import token_url
from services.gateway.smart.keys import ALGORITHMS


async def show_configuration(request: web.Request) -> web.Response:
    types = ("*", *resource_types())
    document = {
        "token_endpoint": token_url(request),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": [f"system/{each}.{acts}" for acts in ("rs", "read") for each in types],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }
    return json_response(orjson.dumps(document))


OPERATIONS = (
    Operation(
        method="GET",
        path=f"{FHIR_BASE}/.well-known/smart-configuration",
        handler=show_configuration,
        summary="Read how to get an access token (SMART Backend Services)",
        answers={200: JSON},
        permission=None,
        tags=("smart",),
    ),
)
