"""A JSON object that gives a name twice: readers differ on which value counts, so neither does."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any


def unique_names(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The `object_pairs_hook` of `json.loads` that refuses repeated names. Raises RepeatedName."""
    unique = dict(pairs)
    if len(unique) < len(pairs):
        counts = Counter(name for name, _value in pairs)
        raise RepeatedName(next(name for name, count in counts.items() if count > 1))
    return unique


class RepeatedName(ValueError):
    """One object of a JSON document has several values under `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is given more than once in one object")
        self.name = name


def check_unique_names(document: bytes) -> None:
    """Check valid JSON. Raises RepeatedName."""
    json.loads(document, object_pairs_hook=unique_names, parse_int=str, parse_float=str)
