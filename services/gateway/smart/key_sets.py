"""Key sets by URL: fetched with limits, kept for some minutes, failures for some seconds.

Each URL is fetched by one caller at a time, apart from all others, and again when a client signs
with a key that is not known yet.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog
from aiohttp import web
from joserfc.jwk import KeySet

from services.gateway.context import GATEWAY
from services.gateway.smart.keys import read_key_set
from services.gateway.smart.public_hosts import PrivateAddress, public_socket
from shared.clock import Clock
from shared.errors import Unavailable

FETCH_TIMEOUT_S = 5.0
KEY_SET_BYTES_MAX = 64 * 1024
KEPT_S = 300.0
REFETCH_S = 10.0  # a client that signs with an unknown key makes us ask no more often
FAILED_S = 10.0  # a URL that failed is not asked again before
SETS_KEPT_MAX = 1_000
FETCHES_MAX = 20  # at once; whoever comes later is told so, not kept waiting

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Kept:
    """What is known of a URL: its keys, or that they could not be had, since `at_s`."""

    keys: KeySet | None = None
    at_s: float = float("-inf")
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeySets:
    """The sets of all clients that gave a URL."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, *, http_allowed: bool) -> None:
        self._session = session
        self._clock = clock
        self._http_allowed = http_allowed
        self._kept: dict[str, _Kept] = {}
        self._fetches = 0

    async def get(self, url: str, key_id: str) -> KeySet:
        """Return the set at a URL, within a fetch's time. Raises Unavailable: it cannot be had."""
        if urlsplit(url).scheme != "https" and not self._http_allowed:
            raise Unavailable("the client's key set must be at an https URL")
        kept = self._kept_of(url)
        if not self._is_fresh(kept, key_id):
            try:
                async with asyncio.timeout(FETCH_TIMEOUT_S), kept.fetching:
                    if not self._is_fresh(kept, key_id):
                        await self._refresh(url, kept)
            except TimeoutError:
                raise Unavailable("the key set at the client's URL did not come in time") from None
        if kept.keys is None:
            raise Unavailable("the key set at the client's URL cannot be read", FAILED_S)
        return kept.keys

    def _kept_of(self, url: str) -> _Kept:
        if url not in self._kept and len(self._kept) >= SETS_KEPT_MAX:
            self._kept.pop(next(iter(self._kept)))  # the one that was asked for first
        return self._kept.setdefault(url, _Kept())

    def _is_fresh(self, kept: _Kept, key_id: str) -> bool:
        if kept.keys is None:
            life_s = FAILED_S
        else:
            is_known = any(key.kid == key_id for key in kept.keys)
            life_s = KEPT_S if is_known else REFETCH_S
        return self._clock.monotonic() - kept.at_s < life_s

    async def _refresh(self, url: str, kept: _Kept) -> None:
        """Fetch the set anew; a failure is kept too."""
        if self._fetches >= FETCHES_MAX:
            raise Unavailable("too many key sets are being fetched")
        self._fetches += 1
        kept.keys = None
        try:
            kept.keys = await self._fetch(url)
        except (aiohttp.ClientError, PrivateAddress, TimeoutError, ValueError) as error:
            log.warning("key set not read", url=url, reason=error)
        finally:
            # A fetch that was cancelled, because its time was over, counts as one that failed.
            kept.at_s = self._clock.monotonic()
            self._fetches -= 1

    async def _fetch(self, url: str) -> KeySet:
        async with self._session.get(url, allow_redirects=False) as response:
            return read_key_set(orjson.loads(await _read_body(response)))


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
    config, clock = app[GATEWAY].config, app[GATEWAY].clock
    connector = aiohttp.TCPConnector(
        socket_factory=None if config.jwks_private_allowed else public_socket
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        app[KEY_SETS] = KeySets(session, clock, http_allowed=config.jwks_http_allowed)
        yield
