"""Each request has an id, the client's own or one made here: it stands in answers and logs."""

import re
from random import Random

from aiohttp import web

REQUEST_ID_HEADER = "X-Request-ID"
REQUEST_ID = web.RequestKey("request id", str)

_USABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}", re.ASCII)


def identify(request: web.Request, random: Random) -> str:
    """Return the request's id and keep it with the request. An unusable one is replaced."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    request[REQUEST_ID] = given if _USABLE.fullmatch(given) else new_request_id(random)
    return request[REQUEST_ID]


def new_request_id(random: Random) -> str:
    """Make an id of 128 random bits."""
    return f"{random.getrandbits(128):032x}"
