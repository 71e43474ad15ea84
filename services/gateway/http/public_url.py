"""The gateway's root as its clients reach it, and the hosts by whose names it may be asked."""

from urllib.parse import urlsplit

from aiohttp import web

from services.gateway.config import GatewayConfig
from services.gateway.context import GATEWAY
from services.gateway.http.problems import Handler
from shared.errors import Unavailable


def public_url(request: web.Request) -> str:
    """Return the root, without a slash at its end: the setting `public_url`, or what was asked
    for.
    """
    configured = request.app[GATEWAY].config.public_url
    return (configured or f"{request.scheme}://{request.host}").rstrip("/")


def certain_url(request: web.Request) -> str:
    """Return the root where it must be known for certain: what an assertion is meant for.

    Raises Unavailable when no setting says it: a client's word for it proves nothing.
    """
    if not hosts_of(request.app[GATEWAY].config):
        raise Unavailable(
            "LAZARET_PUBLIC_URL or LAZARET_PUBLIC_HOSTS must be set for SMART clients"
        )
    return public_url(request)


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests that were meant for other hosts, where a setting says which are ours.

    Probes ask by address, so they are let through.
    """
    hosts = hosts_of(request.app[GATEWAY].config)
    if hosts and not request.path.startswith(PROBES) and not _is_ours(request.host, hosts):
        raise web.HTTPMisdirectedRequest
    return await handler(request)


def hosts_of(config: GatewayConfig) -> frozenset[str]:
    """Return the hosts that the settings name, in lower case; those with a port count with it."""
    named = {each.strip().lower() for each in config.public_hosts.split(",") if each.strip()}
    own = urlsplit(config.public_url).netloc.lower() if config.public_url else ""
    return frozenset(named | {own} - {""})


PROBES = ("/health", "/metrics")


def _is_ours(host: str, hosts: frozenset[str]) -> bool:
    name = host.lower()
    return name in hosts or urlsplit(f"//{name}").hostname in hosts
