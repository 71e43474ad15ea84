"""Numbers of a stored record as the words that clients read and write."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any

from pydantic import BeforeValidator, WithJsonSchema

from shared.clinical.tables import mechanisms, names, nations
from shared.records.vocabulary import Triage
from shared.scenarios.problems import nearest


@cache
def words_of(vocabulary: type[IntEnum]) -> Mapping[int, str]:
    """Each number's word: `battle_injury`, `T1`, `role_2`."""
    if vocabulary is Triage:
        return {member.value: member.name if member is not Triage.DEAD else "dead" for member in Triage}
    return {member.value: member.name.lower() for member in vocabulary}


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
    """Metadata of an annotated int: read a word, refuse others with the nearest known one, and show the choice in OpenAPI."""

    def read(word: Any) -> int:
        numbers = {known: number for number, known in words().items()}
        if word not in numbers:
            choice = nearest(str(word), numbers) or f"; one of {', '.join(numbers)}"
            raise ValueError(f"{word!r} is not known here{choice}")
        return numbers[word]

    return BeforeValidator(read), WithJsonSchema({"type": "string", "enum": list(words().values())})
