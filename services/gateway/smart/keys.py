"""Public keys of clients, as JWK sets (RFC 7517)."""

from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

ALGORITHMS = ("RS384", "ES384")
KEYS_MAX = 20
RSA_BITS_MIN = 2048
CURVE = "P-384"
BITS_OF_DIGIT = 6  # base64


def read_key_set(document: Any) -> KeySet:
    """Return the keys that can verify RS384 or ES384. Raises ValueError: there are none, or one of
    the set is private.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if (
        not isinstance(keys, list)
        or not 1 <= len(keys) <= KEYS_MAX
        or not all(isinstance(each, dict) for each in keys)
    ):
        raise ValueError(f"must be a JWK set with 1 to {KEYS_MAX} keys")
    if any({"d", "k"} & set(each) for each in keys):
        raise ValueError("must hold public keys only: never hand out a private key")
    usable = [key for each in keys if (key := _read_key(each)) is not None]
    if not usable:
        raise ValueError(
            f"must have an RSA key of {RSA_BITS_MIN} bits or more, or an EC key on "
            f"{CURVE}, with a 'kid'"
        )
    return KeySet(usable)


def _read_key(document: dict[str, Any]) -> Key | None:
    """A key that is used here; other kinds may stand beside it."""
    if not isinstance(document.get("kid"), str) or document.get("use", "sig") != "sig":
        return None
    try:
        if document.get("kty") == "EC" and document.get("crv") == CURVE:
            return ECKey.import_key(document)
        if document.get("kty") == "RSA" and len(document["n"]) >= RSA_BITS_MIN // BITS_OF_DIGIT:
            return RSAKey.import_key(document)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None
