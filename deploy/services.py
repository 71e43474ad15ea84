"""The services, declared once: what starts, stops, documents and measures them reads this table.

Files that cannot read it (import contracts, Dockerfile, compose) are compared with it by a house
rule.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """`listener` is the setting's prefix of the server that answers its probes."""

    name: str
    listener: str = "ADMIN"

    @property
    def module(self) -> str:
        """What Python runs."""
        return f"services.{self.name}"

    @property
    def config_class(self) -> str:
        """The settings' class in the service's `config.py`."""
        return f"{self.name.title()}Config"


# Also the order of the stop: first nothing new comes in, then nothing new is made, then what is
# made is stored.
SERVICES = (
    Service("gateway", listener="HTTP"),
    Service("generator"),
    Service("writer"),
    Service("scheduler"),
)
NAMES = tuple(service.name for service in SERVICES)
