"""The token endpoint: client credentials, proven by a signed assertion."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web
from joserfc.jwk import KeySet

from services.gateway.context import GATEWAY
from services.gateway.http.answer import JSON
from services.gateway.http.operation import Operation
from services.gateway.http.parse import read_form
from services.gateway.http.problems import UnsupportedBody
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import Caller, Way
from services.gateway.identity.roles import Role
from services.gateway.identity.scopes import Scopes
from services.gateway.identity.token_endpoint import TOKEN_PATH, token_url
from services.gateway.identity.tokens import TOKEN_LIFE_S, issue_token, use_assertion
from services.gateway.smart.assertion import Claimed, Refused, read_claimed, verify
from services.gateway.smart.clients import Client, find_client
from services.gateway.smart.key_sets import KEY_SETS
from services.gateway.smart.keys import read_key_set
from shared.errors import Invalid, Unavailable

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FIELDS = ("grant_type", "scope", "client_assertion_type", "client_assertion")
_FIELDS_MAX = 20
_FORM_BYTES_MAX = 32 * 1024


class _OAuthProblem(Exception):
    """An error of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


async def give_token(request: web.Request) -> web.Response:
    """Answer with an access token, or with an error of OAuth's."""
    try:
        document, status = await _token(request), 200
    except _OAuthProblem as problem:
        document, status = {"error": problem.error, "error_description": str(problem)}, 400
    except Refused as refused:
        document, status = {"error": "invalid_client", "error_description": str(refused)}, 400
    return web.Response(
        body=orjson.dumps(document),
        status=status,
        headers={"Pragma": "no-cache"},
        content_type=JSON,
    )


async def _token(request: web.Request) -> dict[str, Any]:
    form = _read_form(request)
    asked = Scopes.read(form["scope"])
    client = await _authenticate(request, form["client_assertion"])
    granted = asked.within(client.scopes)
    if not granted.pairs:
        raise _OAuthProblem(
            "invalid_scope",
            (
                "none of the scopes asked for is open to the client; these are: "
                f"{client.scopes.text()}"
            ),
        )
    gateway = request.app[GATEWAY]
    async with changing(request, _caller(client, granted)) as change:
        token = await issue_token(change.connection, client.client_id, granted, gateway.clock.now())
        change.details["scope"] = granted.text()
    return {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": TOKEN_LIFE_S,
        "scope": granted.text(),
    }


def _caller(client: Client, granted: Scopes) -> Caller:
    return Caller(
        tenant_id=client.tenant_id,
        way=Way.SMART_TOKEN,
        subject=client.client_id,
        role=Role.FHIR_CLIENT,
        scopes=granted,
    )


def _read_form(request: web.Request) -> Mapping[str, str]:
    try:
        pairs = read_form(request, _FIELDS_MAX)
    except (Invalid, UnsupportedBody) as error:
        raise _OAuthProblem("invalid_request", str(error)) from None
    form = dict(pairs)
    if len(form) != len(pairs) or not all(form.get(name) for name in _FIELDS):
        raise _OAuthProblem(
            "invalid_request", f"the form must have each of these once: {', '.join(_FIELDS)}"
        )
    if form["grant_type"] != "client_credentials":
        raise _OAuthProblem("unsupported_grant_type", "grant_type must be client_credentials")
    if form["client_assertion_type"] != ASSERTION_TYPE:
        raise _OAuthProblem("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
    return form


async def _authenticate(request: web.Request, assertion: str) -> Client:
    """Return the client that has proven to be itself, with an assertion that was never used before.
    Raises Refused.
    """
    gateway = request.app[GATEWAY]
    claimed = read_claimed(assertion)
    async with gateway.database.connection() as connection:
        client = await find_client(connection, claimed.client_id)
    if client is None:
        raise Refused("the client is not known, or has been revoked")
    keys = await _keys(request, client, claimed)
    verified = verify(
        assertion,
        keys,
        client_id=client.client_id,
        token_url=token_url(request),
        now=gateway.clock.now(),
    )
    async with gateway.database.connection() as connection:
        if not await use_assertion(
            connection, client.client_id, verified.jti, verified.expires_at, gateway.clock.now()
        ):
            raise Refused("the assertion was used before: each needs a jti of its own")
    return client


async def _keys(request: web.Request, client: Client, claimed: Claimed) -> KeySet:
    if client.jwks_url is None:
        return read_key_set(client.jwks)
    try:
        return await request.app[KEY_SETS].get(client.jwks_url, claimed.key_id)
    except Unavailable as error:
        raise Refused(str(error)) from error


OPERATIONS = (
    Operation(
        method="POST",
        path=TOKEN_PATH,
        handler=give_token,
        summary="Get an access token for a signed assertion (SMART Backend Services)",
        answers={200: JSON, 400: JSON},
        permission=None,
        body_bytes_max=_FORM_BYTES_MAX,
        tags=("smart",),
    ),
)
