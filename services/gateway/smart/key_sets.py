"""Key sets by URL: fetched with limits, kept for some minutes, and again when a client signs with a
key that is not known yet.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog
from aiohttp import web
from joserfc.jwk import KeySet

from services.gateway.context import GATEWAY
from services.gateway.smart.keys import read_key_set
from shared.clock import Clock
from shared.errors import Unavailable

FETCH_TIMEOUT_S = 5.0
KEY_SET_BYTES_MAX = 64 * 1024
KEPT_S = 300.0
REFETCH_S = 10.0  # a client that signs with an unknown key makes us ask no more often
SETS_KEPT_MAX = 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: KeySet
    at_s: float


class KeySets:
    """The sets of all clients that gave a URL."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, *, http_allowed: bool) -> None:
        self._session = session
        self._clock = clock
        self._http_allowed = http_allowed
        self._kept: dict[str, _Fetched] = {}
        self._fetching = asyncio.Lock()

    async def get(self, url: str, key_id: str) -> KeySet:
        """Return the set at a URL. Raises Unavailable when it cannot be fetched or used."""
        if (kept := self._fresh(url, key_id)) is not None:
            return kept
        async with self._fetching:
            if (kept := self._fresh(url, key_id)) is not None:
                return kept
            keys = await self._fetch(url)
            if len(self._kept) >= SETS_KEPT_MAX:
                self._kept.clear()
            self._kept[url] = _Fetched(keys, self._clock.monotonic())
            return keys

    def _fresh(self, url: str, key_id: str) -> KeySet | None:
        kept = self._kept.get(url)
        if kept is None:
            return None
        is_known = any(key.kid == key_id for key in kept.keys)
        return (
            kept.keys
            if self._clock.monotonic() - kept.at_s < (KEPT_S if is_known else REFETCH_S)
            else None
        )

    async def _fetch(self, url: str) -> KeySet:
        if urlsplit(url).scheme != "https" and not self._http_allowed:
            raise Unavailable("the client's key set must be at an https URL")
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                return read_key_set(orjson.loads(await _read_body(response)))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("key set not read", url=url, reason=str(error) or type(error).__name__)
            raise Unavailable("the key set at the client's URL cannot be read") from error


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    text = b""
    async for chunk in response.content.iter_any():
        text += chunk
        if len(text) > KEY_SET_BYTES_MAX:
            break
    if response.status != HTTPStatus.OK or len(text) > KEY_SET_BYTES_MAX:
        raise ValueError(f"status {response.status}, or more than {KEY_SET_BYTES_MAX} bytes")
    return text


KEY_SETS = web.AppKey("key sets", KeySets)


async def key_sets(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context: one session for all fetches."""
    gateway = app[GATEWAY]
    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    async with aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        app[KEY_SETS] = KeySets(
            session, gateway.clock, http_allowed=gateway.config.jwks_http_allowed
        )
        yield
