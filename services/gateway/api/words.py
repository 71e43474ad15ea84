"""Numbers of a stored record as the words that clients read and write."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import BeforeValidator, WithJsonSchema

from shared.clinical.tables import mechanisms, names, nations
from shared.scenarios.problems import nearest


@cache
def nation_codes() -> Mapping[int, str]:
    """ISO 3166-1 alpha-3 by id."""
    return {row.id: row.code for row in nations()}


@cache
def mechanism_names() -> Mapping[int, str]:
    return {row.id: row.name for row in mechanisms()}


@cache
def person_names() -> Mapping[int, str]:
    return {row.id: row.name for row in names()}


def one_of(words: Callable[[], Mapping[int, str]]) -> tuple[BeforeValidator, WithJsonSchema]:
    """Metadata of an annotated int: read a word, refuse others with the nearest known one, and show
    the choice in OpenAPI.
    """

    def read(word: Any) -> int:
        numbers = {known: number for number, known in words().items()}
        if word not in numbers:
            choice = nearest(str(word), numbers) or f"; one of {', '.join(numbers)}"
            raise ValueError(f"{word!r} is not known here{choice}")
        return numbers[word]

    return BeforeValidator(read), WithJsonSchema({"type": "string", "enum": list(words().values())})
