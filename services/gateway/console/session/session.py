"""Who looks at the console: a key's owner, for as long as the session and the key live."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from aiohttp import web

from services.gateway.identity.caller import Caller


@dataclass(frozen=True, slots=True)
class Session:
    """`token` is the cookie's value; the database knows its digest only."""

    token: str
    caller: Caller
    networks: tuple[IPv4Network | IPv6Network, ...]
    key_name: str
    tenant: str

    @property
    def role(self) -> str:
        return self.caller.role.value


SESSION = web.RequestKey("session", Session)
