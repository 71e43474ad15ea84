"""How many exports are sent at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import Unavailable

RETRY_AFTER_S = 5.0


class Downloads:
    """At most `downloads_max`: each has slices in memory."""

    def __init__(self, downloads_max: int) -> None:
        self._downloads_max = downloads_max
        self._under_way = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Be one of them. Raises Unavailable when there are enough."""
        if self._under_way >= self._downloads_max:
            raise Unavailable(
                f"{self._downloads_max} exports are being sent already", RETRY_AFTER_S
            )
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
