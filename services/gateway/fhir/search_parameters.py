"""Search parameters: where each looks in a resource, and when a value there is what was asked
for.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.gateway.fhir.dates import Span, compare, span_of, span_of_element, split_prefix

Test = Callable[[Any], bool]


class SearchType(StrEnum):
    """The search parameter types of FHIR that are used here."""

    TOKEN = "token"  # noqa: S105 -- the standard's word
    DATE = "date"
    STRING = "string"
    REFERENCE = "reference"


MISSING = "missing"  # of every parameter
# What may follow a parameter's name behind a colon.
MODIFIERS: Mapping[SearchType, tuple[str, ...]] = {
    SearchType.TOKEN: ("not",),
    SearchType.DATE: (),
    SearchType.STRING: ("exact", "contains"),
    SearchType.REFERENCE: (),
}


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """`path` leads through the resource, through lists too; `targets` are the types that a
    reference points to, `system` is that of plain codes.
    """

    name: str
    kind: SearchType
    path: str
    targets: tuple[str, ...] = ()
    system: str = ""

    def values(self, resource: Any) -> Iterator[Any]:
        """Every value at the path."""
        return _at(resource, self.path.split("."))


def _at(value: Any, steps: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _at(each, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _at(value[steps[0]], steps[1:])


def compile_test(parameter: SearchParameter, modifier: str, text: str, base: str) -> Test:
    """Return a test of whole resources for the alternatives in `text`. `base` is the server's own
    base URL. Raises ValueError.
    """
    known = (*MODIFIERS[parameter.kind], MISSING)
    if modifier and modifier not in known:
        offered = ", ".join(f":{each}" for each in known)
        raise ValueError(
            f"the modifier :{modifier[:60]} is not offered for it; modifiers: {offered}"
        )
    if modifier == MISSING:
        return _missing_test(parameter, text)
    tests = [_value_test(parameter, modifier, each, base) for each in alternatives(text)]

    def matches(resource: Any) -> bool:
        return any(test(value) for value in parameter.values(resource) for test in tests)

    if modifier == "not":
        return lambda resource: not matches(resource)
    return matches


def _missing_test(parameter: SearchParameter, text: str) -> Test:
    if text not in {"true", "false"}:
        raise ValueError(f"with :{MISSING} must be true or false, not {text[:60]!r}")
    missing = text == "true"
    return lambda resource: (next(parameter.values(resource), None) is None) == missing


def alternatives(text: str) -> list[str]:
    """Values between commas, escapes undone. Raises ValueError when one is empty."""
    values = [re.sub(r"\\([\\,|$])", r"\1", each) for each in re.split(r"(?<!\\),", text)]
    if not all(values):
        raise ValueError("must not be empty")
    return values


def _value_test(parameter: SearchParameter, modifier: str, text: str, base: str) -> Test:
    match parameter.kind:
        case SearchType.TOKEN:
            return _token_test(text, parameter.system)
        case SearchType.DATE:
            return _date_test(text)
        case SearchType.STRING:
            return _string_test(text, modifier)
        case _:
            return _reference_test(text, parameter, base)


def _token_test(text: str, implied: str) -> Test:
    system, bar, code = text.rpartition("|")
    if bar and not (system or code):
        raise ValueError("must have a system or a code")

    def matches(value: Any) -> bool:
        return any(
            (not code or found_code == code) and (not bar or (found_system or "") == system)
            for found_system, found_code in _codes(value, implied)
        )

    return matches


def _codes(value: Any, implied: str) -> Iterator[tuple[str | None, str | None]]:
    """System (a plain code's is implied) and code of a code, boolean, Coding, Identifier or
    CodeableConcept.
    """
    if isinstance(value, bool):
        yield None, str(value).lower()
    elif isinstance(value, str):
        yield implied, value
    elif isinstance(value, dict):
        for each in value.get("coding", [value]):
            yield each.get("system"), each.get("code", each.get("value"))


def _date_test(text: str) -> Test:
    prefix, date = split_prefix(text)
    asked: Span = span_of(date)

    def matches(value: Any) -> bool:
        element = span_of_element(value)
        return element is not None and compare(prefix, element, asked)

    return matches


def _string_test(text: str, modifier: str) -> Test:
    if modifier == "exact":
        return lambda value: text in _words(value)
    asked = plain(text)
    if modifier == "contains":
        return lambda value: any(asked in plain(word) for word in _words(value))
    return lambda value: any(plain(word).startswith(asked) for word in _words(value))


def _words(value: Any) -> Iterator[str]:
    """The texts of a string or of all parts of a HumanName."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in ("family", "given", "prefix", "suffix", "text"):
            found = value.get(name, [])
            yield from [found] if isinstance(found, str) else found


def plain(text: str) -> str:
    """Without case and accents, as R4 compares strings."""
    return "".join(
        each
        for each in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(each)
    )


def _reference_test(text: str, parameter: SearchParameter, base: str) -> Test:
    wanted = (
        {relative_reference(text, parameter, base)}
        if "/" in text
        else {f"{target}/{text}" for target in parameter.targets}
    )
    return lambda value: isinstance(value, dict) and value.get("reference") in wanted


def relative_reference(text: str, parameter: SearchParameter, base: str) -> str:
    """`Patient/1`, also for an absolute URL of this server. Raises ValueError for types that the
    parameter does not point to.
    """
    reference = text.removeprefix(f"{base}/")
    if reference.partition("/")[0] not in parameter.targets:
        raise ValueError(
            f"{text[:60]!r} must be a reference to {' or '.join(parameter.targets)} on this server"
        )
    return reference
