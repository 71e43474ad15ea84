"""How many requests are under way: counts that keep anybody from filling another's share."""

from services.gateway.config import GatewayConfig
from services.gateway.limits.slots import Slots
from shared.errors import Unavailable


class Intake:
    """The counts of one gateway process.

    `doors`: requests whose key is being looked up, by address.
    `bodies`: bodies that are still coming from known clients, by tenant.
    `requests`: requests that are being answered, by tenant.
    `strangers`: whatever needs no key, from its headers to its answer, by address.
    """

    def __init__(self, config: GatewayConfig) -> None:
        total, own = config.requests_in_flight_max, config.requests_in_flight_tenant_max
        self.doors = Slots("requests", total, config.requests_in_flight_address_max)
        self.bodies = Slots("request bodies", total, own)
        self.requests = Slots("requests", total, own)
        self.strangers = Slots(
            "requests without a key", config.requests_public_max, config.requests_public_address_max
        )

    async def check(self) -> None:
        """Raise Unavailable while everybody with a key is refused."""
        if any(each.is_full for each in (self.doors, self.bodies, self.requests)):
            raise Unavailable("as many requests are under way as there may be")
