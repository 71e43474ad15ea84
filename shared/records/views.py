"""Columns by name, each looked at when it is first asked for: a record has some seventy, and most
readers need a few of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Views(Mapping[str, T]):
    """Keeps what `look` returned for a name. It raises KeyError for a name that is not among
    `names`.
    """

    def __init__(self, names: Callable[[], Iterable[str]], look: Callable[[str], T]) -> None:
        self._names, self._look = names, look
        self._seen: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        seen = self._seen.get(name)
        return self._seen.setdefault(name, self._look(name)) if seen is None else seen

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return sum(1 for _ in self._names())
