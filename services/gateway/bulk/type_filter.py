"""`_typeFilter`: a search that the resources of one type must match to be in an export."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from urllib.parse import parse_qsl

import orjson

from services.gateway.fhir.resource_types import resource_types
from services.gateway.fhir.search_parameters import Test, compile_test
from services.gateway.fhir.search_query import read_criterion

FILTERS_MAX = 20
CRITERIA_MAX = 20  # of one filter
FILTER_CHARACTERS_MAX = 2_000
FILTERS_KEPT_MAX = 16
# Older clients send several at once, with commas between them; a comma inside a filter stands
# between values.
_NEXT = re.compile(r",(?=[A-Z][A-Za-z]+\?)")

Keep = Callable[[bytes], bytes]


def read_filters(value: str, base: str) -> list[str]:
    """Return the filters of one `_typeFilter`, each checked; `base` is the server's own base URL.
    Raises ValueError.
    """
    if len(value) > FILTERS_MAX * (FILTER_CHARACTERS_MAX + 1):
        raise ValueError(f"must have at most {FILTER_CHARACTERS_MAX} characters a filter")
    filters = _NEXT.split(value, FILTERS_MAX)
    if len(filters) > FILTERS_MAX:
        raise ValueError(f"there must be at most {FILTERS_MAX}")
    for each in filters:
        _check(each, base)
    return filters


def type_of_filter(text: str) -> str:
    """The resource type before the question mark."""
    return text.partition("?")[0]


def keep_of(resource_type: str, filters: Iterable[str], base: str) -> Keep | None:
    """Return what leaves of NDJSON the lines that match a filter of their type, for any process;
    None if there is none.
    """
    own = tuple(each for each in filters if type_of_filter(each) == resource_type)
    return partial(_keep, own, base) if own else None


def _keep(filters: tuple[str, ...], base: str, lines: bytes) -> bytes:
    matches = _matches(filters, base)
    return b"".join(line for line in lines.splitlines(keepends=True) if matches(orjson.loads(line)))


@lru_cache(maxsize=FILTERS_KEPT_MAX)
def _matches(filters: tuple[str, ...], base: str) -> Test:
    compiled = [_compile(each, base) for each in filters]
    return lambda resource: any(all(test(resource) for test in tests) for tests in compiled)


def _check(text: str, base: str) -> None:
    if len(text) > FILTER_CHARACTERS_MAX:
        raise ValueError(f"must have at most {FILTER_CHARACTERS_MAX} characters")
    if type_of_filter(text) not in resource_types():
        raise ValueError(
            f"{type_of_filter(text)[:60]!r} is not served here; must be a search such as "
            "Observation?code=8867-4"
        )
    if not 1 <= len(_compile(text, base)) <= CRITERIA_MAX:
        raise ValueError(
            f"{text[:60]!r} must have from 1 to {CRITERIA_MAX} criteria, such as "
            "Observation?code=8867-4"
        )


def _compile(text: str, base: str) -> list[Test]:
    name, _, query = text.partition("?")
    type_ = resource_types()[name]
    tests = []
    for criterion, value in parse_qsl(query, keep_blank_values=True):
        try:
            parameter, modifier = read_criterion(type_, criterion, value)
            tests.append(compile_test(parameter, modifier, value, base))
        except ValueError as error:
            raise ValueError(f"{name}: {criterion[:60]}: {error}") from None
    return tests
