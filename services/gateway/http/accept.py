"""Which representation a client asks for (RFC 9110, section 12.5.1): what is not offered is 406."""

from collections.abc import Collection
from functools import wraps
from itertools import islice

from aiohttp import web

from services.gateway.http.problems import Handler

RANGES_MAX = 50  # of one Accept; what stands behind them is not looked at
ANYTHING = "application/octet-stream"  # an answer whose type the request's parameters decide


def honours_accept(handler: Handler, offered: Collection[str]) -> Handler:
    """Let a request through that takes one of these media types. Raises HTTPNotAcceptable."""
    if not offered or ANYTHING in offered:
        return handler

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        if not accepts(request, offered):
            raise web.HTTPNotAcceptable(text=f"Accept: only {', '.join(offered)} is offered")
        return await handler(request)

    return checked


def accepts(request: web.Request, offered: Collection[str]) -> bool:
    """Whether the client takes one of the media types; without Accept it takes all."""
    if "Accept" not in request.headers:
        return True
    ranges = ranges_of(request)
    return any(_quality(each, ranges) > 0 for each in offered)


def ranges_of(request: web.Request) -> dict[str, float]:
    """Return the media ranges of Accept in lower case, each with its weight."""
    accepted = ",".join(request.headers.getall("Accept", []))
    return dict(map(_read, islice(accepted.split(",", RANGES_MAX), RANGES_MAX)))


def _read(text: str) -> tuple[str, float]:
    essence, _, rest = text.partition(";")
    weights = [
        each.partition("=")[2] for each in rest.split(";") if each.strip()[:2].lower() == "q="
    ]
    return essence.strip().lower(), _number(weights[0]) if weights else 1.0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """The weight of the most specific range that fits."""
    kind = media_type.partition("/")[0]
    fitting = (ranges[each] for each in (media_type, f"{kind}/*", "*/*") if each in ranges)
    return next(fitting, 0.0)
