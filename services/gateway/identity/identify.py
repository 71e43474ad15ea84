"""From a key or a token to a caller."""

from datetime import datetime, timedelta

import asyncpg
import structlog
from aiohttp import web

from services.gateway.context import Gateway
from services.gateway.http.problems import Unauthenticated
from services.gateway.identity.caller import Caller, Way
from services.gateway.identity.key_format import KeyText, read_key
from services.gateway.identity.keys import StoredKey, find_key, note_use
from services.gateway.identity.known_callers import Known, KnownCallers, is_within
from services.gateway.identity.refused import RefusedCallers
from services.gateway.identity.tokens import TOKEN_PREFIX, find_token
from shared.db.pool import Connection

LAST_USE_STALE = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Doorkeeper:
    """Knows callers for a moment, and counts whom it refuses."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pepper = gateway.config.pepper
        self._refused = RefusedCallers(gateway.clock, gateway.config.refusals_per_minute_max)
        self.known = KnownCallers()

    async def identify(self, presented: str, address: str) -> Caller:
        """Return whose key or token this is. Raises Unauthenticated, and TooManyRequests for an
        address that was refused too often.
        """
        known = self.known.find(presented, self._gateway.clock.monotonic())
        if known is None:
            self._refused.check(address)
            known = await self._look_up(presented, address)
        if known.networks and not is_within(address, known.networks):
            raise self._refused.refuse(
                address,
                "network",
                known.caller.subject,
                "the API key may not be used from this address",
            )
        return known.caller

    async def _look_up(self, presented: str, address: str) -> Known:
        async with self._gateway.database.connection() as connection:
            if presented.startswith(TOKEN_PREFIX):
                return await self._of_token(connection, presented, address)
            return await self._of_key(connection, presented, address)

    async def _of_token(self, connection: Connection, presented: str, address: str) -> Known:
        caller = await find_token(connection, presented, self._gateway.clock.now())
        if caller is None:
            raise self._refused.refuse(
                address, "token", "", "the access token is not known, or has expired"
            )
        return Known(caller, (), 0.0)

    async def _of_key(self, connection: Connection, presented: str, address: str) -> Known:
        text = read_key(presented)
        stored = None if text is None else await find_key(connection, text, self._pepper)
        if text is None or stored is None:
            reason, subject = ("malformed", "") if text is None else ("unknown", text.key_id)
            raise self._refused.refuse(
                address, reason, subject, "the API key is not known, or has been revoked"
            )
        now = self._gateway.clock.now()
        if stored.expires_at is not None and stored.expires_at <= now:
            raise self._refused.refuse(
                address,
                "expired",
                text.key_id,
                f"the API key expired at {stored.expires_at:%Y-%m-%dT%H:%M:%SZ}",
            )
        await self._note_use(connection, text, stored, now)
        caller = Caller(
            tenant_id=stored.tenant_id, way=Way.API_KEY, subject=text.key_id, role=stored.role
        )
        known = Known(
            caller, stored.networks, self._gateway.clock.monotonic() + self._life_s(stored, now)
        )
        self.known.keep(presented, known)
        return known

    def _life_s(self, stored: StoredKey, now: datetime) -> float:
        left_s = (stored.expires_at - now).total_seconds() if stored.expires_at else float("inf")
        return min(self._gateway.config.key_cache_s, left_s)

    async def _note_use(
        self, connection: Connection, text: KeyText, stored: StoredKey, now: datetime
    ) -> None:
        """Once a minute is exact enough. A database that cannot be written to still lets people
        read.
        """
        if (
            stored.peppered
            and stored.last_used_at is not None
            and now - stored.last_used_at < LAST_USE_STALE
        ):
            return
        try:
            await note_use(connection, text, self._pepper, now)
        except asyncpg.ReadOnlySQLTransactionError:
            log.warning(
                "last use of a key not noted: the database is read-only", key_id=text.key_id
            )


DOORKEEPER = web.AppKey("doorkeeper", Doorkeeper)


def presented(request: web.Request) -> str:
    """Return the key or token of a request. Raises Unauthenticated when it carries none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if api_key := request.headers.get("X-API-Key", "").strip():
        return api_key
    raise Unauthenticated("send an API key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")


def forget_known(request: web.Request) -> None:
    """Have this process ask for every caller anew, because keys were changed."""
    request.app[DOORKEEPER].known.forget()
