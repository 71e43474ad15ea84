"""A client of SMART Backend Services: its keys, and the assertions that it signs."""

import time
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def new_key(algorithm: str, key_id: str = "one") -> RSAKey | ECKey:
    """A private key for RS384 or ES384."""
    parameters: Any = {"kid": key_id, "use": "sig"}
    return (
        RSAKey.generate_key(2048, parameters)
        if algorithm == "RS384"
        else ECKey.generate_key("P-384", parameters)
    )


def public_set(*keys: RSAKey | ECKey) -> dict[str, Any]:
    """The JWK set that a client shows."""
    return dict(KeySet(list(keys)).as_dict(private=False))


def sign(
    key: RSAKey | ECKey,
    client_id: str,
    token_url: str,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """An assertion; a claim given as None is left out."""
    usual = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_url,
        "exp": int(time.time()) + 240,
        "jti": uuid4().hex,
    }
    said = {name: value for name, value in (usual | claims).items() if value is not None}
    algorithm = "ES384" if isinstance(key, ECKey) else "RS384"
    return jwt.encode(
        {"alg": algorithm, "kid": key.kid, **(header or {})},
        said,
        key,
        algorithms=["RS384", "ES384", "RS256"],
    )


async def ask_token(
    http: httpx.AsyncClient, token_url: str, assertion: str, scope: str = "system/*.rs", **form: str
) -> httpx.Response:
    """Ask for a token."""
    usual = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return await http.post(token_url, data=usual | form)
