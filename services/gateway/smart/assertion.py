"""Client assertions (RFC 7523, SMART Backend Services): signed by the client, short-lived, good for
one use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.gateway.smart.keys import ALGORITHMS

LIFE_MAX_S = 300.0
CLOCK_SKEW_S = 30.0
JTI_CHARACTERS_MAX = 255
ASSERTION_CHARACTERS_MAX = 10_000


class Refused(Exception):
    """The assertion does not prove who sends it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an assertion says about itself before anything is verified."""

    client_id: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What has to be remembered of an assertion that is good."""

    jti: str
    expires_at: datetime


def read_claimed(assertion: str) -> Claimed:
    """Return whose assertion it says to be. Raises Refused when it is no JWT that could be verified
    here.
    """
    if len(assertion) > ASSERTION_CHARACTERS_MAX:
        raise Refused(f"the assertion is longer than {ASSERTION_CHARACTERS_MAX} characters")
    try:
        parts = jws.extract_compact(assertion.encode())
        header, claims = parts.headers(), orjson.loads(parts.payload)
    except (JoseError, ValueError) as error:
        raise Refused("the assertion is no JWT") from error
    if header.get("alg") not in ALGORITHMS:
        raise Refused(f"the assertion's alg must be {' or '.join(ALGORITHMS)}")
    key_id, issuer = header.get("kid"), claims.get("iss") if isinstance(claims, dict) else None
    if not isinstance(key_id, str) or not isinstance(issuer, str):
        raise Refused("the assertion must have kid in its header and iss among its claims")
    if "\0" in issuer:
        raise Refused("iss must not contain the character U+0000")
    return Claimed(issuer, key_id)


def verify(
    assertion: str, keys: KeySet, *, client_id: str, token_url: str, now: datetime
) -> Verified:
    """Verify signature and claims. Raises Refused, saying what is wrong."""
    try:
        claims = jwt.decode(assertion, keys, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError) as error:
        raise Refused("the assertion's signature does not fit a key of the client") from error
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise Refused("iss and sub must both be the client's id")
    audience = claims.get("aud")
    if token_url not in (audience if isinstance(audience, list) else [audience]):
        raise Refused(f"aud must be {token_url}")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= JTI_CHARACTERS_MAX or "\0" in jti:
        raise Refused(f"jti must have 1 to {JTI_CHARACTERS_MAX} characters")
    return Verified(
        jti, datetime.fromtimestamp(_expiry_s(claims, now.timestamp()) + CLOCK_SKEW_S, UTC)
    )


def _expiry_s(claims: Mapping[str, Any], now_s: float) -> float:
    expiry, not_before = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expiry, int | float) or not isinstance(not_before, int | float):
        raise Refused("exp must be there, and be a number of seconds since 1970, as nbf must")
    if expiry <= now_s - CLOCK_SKEW_S:
        raise Refused("the assertion has expired")
    if expiry > now_s + LIFE_MAX_S + CLOCK_SKEW_S:
        raise Refused(f"exp must be at most {LIFE_MAX_S:g} seconds ahead")
    if not_before > now_s + CLOCK_SKEW_S:
        raise Refused("the assertion is not valid yet")
    return float(expiry)
