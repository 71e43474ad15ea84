"""Places that are taken while something lasts: so many in all, and so many of one holder."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from shared.errors import TooManyRequests, Unavailable


class Slots:
    """At most `total_max` places, of which one holder has `own_max`.

    `what` names, in the plural, what the places are for: `requests`, `exports`.
    """

    def __init__(
        self, what: str, total_max: int, own_max: int, *, retry_after_s: float = 1.0
    ) -> None:
        self._what = what
        self._total_max = total_max
        self._own_max = min(own_max, total_max)
        self._retry_after_s = retry_after_s
        self._taken: Counter[Hashable] = Counter()
        self._total = 0

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self._total

    @property
    def is_full(self) -> bool:
        """Whether everybody would be refused."""
        return self._total >= self._total_max

    def take(self, holder: Hashable) -> None:
        """Take a place, to be given back.

        Raises:
            TooManyRequests: the holder has its share.
            Unavailable: all places are taken. It does not say how many, or by whom.
        """
        if self._taken[holder] >= self._own_max:
            raise TooManyRequests(
                f"you have {self._own_max} {self._what} under way, which is all that you may have",
                self._retry_after_s,
            )
        if self.is_full:
            raise Unavailable(f"too many {self._what} are under way", self._retry_after_s)
        self._taken[holder] += 1
        self._total += 1

    def give_back(self, holder: Hashable) -> None:
        """Give a place back."""
        self._total -= 1
        self._taken[holder] -= 1
        if not self._taken[holder]:
            del self._taken[holder]  # holders come and go; only present ones are remembered

    @contextmanager
    def one(self, holder: Hashable) -> Iterator[None]:
        """Hold a place meanwhile. Raises as `take` does."""
        self.take(holder)
        try:
            yield
        finally:
            self.give_back(holder)
