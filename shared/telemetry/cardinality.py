"""How many values labels may have, and how labels that people make up are kept within that."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.telemetry.names import Attribute

# How many values a label may have in one process. What people make up (tenants, keys) is cut off
# there; what the code fixes is counted by a test.
LABEL_VALUES_MAX: Mapping[Attribute, int] = MappingProxyType(
    {
        Attribute.ERROR_TYPE: 60,
        Attribute.ERROR_CATEGORY: 5,
        Attribute.HTTP_METHOD: 8,
        Attribute.HTTP_ROUTE: 250,
        Attribute.HTTP_STATUS: 30,
        Attribute.MESSAGING_SYSTEM: 1,
        Attribute.MESSAGING_DESTINATION: 20,
        Attribute.MESSAGING_ROUTING_KEY: 2000,
        Attribute.MESSAGING_OPERATION: 2,
        Attribute.MESSAGING_OPERATION_TYPE: 2,
        Attribute.DB_SYSTEM: 1,
        Attribute.DB_OPERATION: 400,
        Attribute.DB_CONNECTION_STATE: 2,
        Attribute.PRIORITY: 3,
        Attribute.STATE: 8,
        Attribute.ENDING: 4,
        Attribute.REASON: 10,
        Attribute.FORMAT: 60,
        Attribute.DUTY: 40,
        Attribute.QUEUE: 20,
        Attribute.DEPENDENCY: 5,
        Attribute.PRESET: 41,
        Attribute.TENANT: 51,
        Attribute.KEY: 101,
        Attribute.ACTION: 20,
        Attribute.OUTCOME: 20,
        Attribute.CATEGORY: 20,
        Attribute.CHECK: 60,
        Attribute.GC_GENERATION: 3,
    }
)
SERIES_MAX = 2_000  # of one metric in one process: the SDK drops what is beyond

OTHER = "other"


class Bounded:
    """Keeps a label's first values and calls the rest `other`: nobody can make series."""

    def __init__(self, attribute: Attribute) -> None:
        self._known: set[str] = set()
        self._max = LABEL_VALUES_MAX[attribute] - 1

    def __call__(self, value: str) -> str:
        """Return the value, or `other` when there are as many as allowed."""
        if value not in self._known:
            if len(self._known) >= self._max:
                return OTHER
            self._known.add(value)
        return value
