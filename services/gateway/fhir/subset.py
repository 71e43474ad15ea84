"""Parts of resources: what `_summary` and `_elements` ask for. What FHIR wants in every resource is
never left out.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.errors import FieldProblem, Invalid
from shared.scenarios.problems import nearest

# the top-level elements of R4's (4.0.1) definitions of the served types
ELEMENTS = Path(__file__).with_name("elements.csv")
COUNT, WHOLE = "count", "false"
SUMMARIES = ("true", "text", "data", COUNT, WHOLE)
PARAMETERS = ("_summary", "_elements")
SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}

_ALWAYS = frozenset({"resourceType", "id", "meta"})
_CHOICE = "[x]"

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Elements:
    """Names of a type's elements, those with a choice of types without `[x]`. `needed` are
    mandatory or change the meaning of others.
    """

    all: frozenset[str]
    choices: frozenset[str]
    needed: frozenset[str]
    summary: frozenset[str]

    def element_of(self, name: str) -> str:
        """The element that a name in JSON belongs to: `value` for `valueQuantity`."""
        own = name.removeprefix("_")
        return next((each for each in self.choices if own.startswith(each)), own)


@dataclass(slots=True)
class Subset:
    """`elements` are those of `resource_type` that `_elements` names; empty: all."""

    resource_type: str
    summary: str = WHOLE
    elements: frozenset[str] = frozenset()

    def read(self, name: str, value: str) -> None:
        """Read one of `PARAMETERS`. Raises ValueError."""
        if name == "_summary":
            self.summary = _summary(value)
        else:
            self.elements |= _elements(self.resource_type, value.split(","))

    def problem(self) -> FieldProblem | None:
        """Why the parameters contradict each other."""
        if self.elements and self.summary not in {COUNT, WHOLE}:
            return FieldProblem("_elements", f"cannot be joined with _summary={self.summary}")
        return None

    def of(self, resource: Resource) -> Resource:
        """The part of a resource that is asked for, marked as a part; included resources of other
        types have all elements.
        """
        kept = self._kept(resource["resourceType"])
        if kept is None:
            return resource
        element_of = elements_of(resource["resourceType"]).element_of
        part = {
            name: value
            for name, value in resource.items()
            if name in _ALWAYS or element_of(name) in kept
        }
        meta = part.get("meta", {})
        return {**part, "meta": {**meta, "tag": [*meta.get("tag", []), SUBSETTED]}}

    def _kept(self, resource_type: str) -> frozenset[str] | None:
        known = elements_of(resource_type)
        if self.elements:
            return known.needed | self.elements if resource_type == self.resource_type else None
        return {
            "true": known.needed | known.summary,
            "text": known.needed | {"text"},
            "data": known.all - {"text"},
        }.get(self.summary)


def read_subset(resource_type: str, given: Iterable[tuple[str, str]]) -> Subset:
    """Read what is asked for of one resource, which is not counted; other parameters are passed
    over. Raises Invalid.
    """
    subset = Subset(resource_type)
    problems: list[FieldProblem] = []
    for name, value in given:
        try:
            if name in PARAMETERS:
                subset.read(name, value)
        except ValueError as error:
            problems.append(FieldProblem(name, str(error)))
    if subset.summary == COUNT:
        problems.append(FieldProblem("_summary", "one resource is not counted; search instead"))
    if contradiction := subset.problem():
        problems.append(contradiction)
    if problems:
        raise Invalid(tuple(problems))
    return subset


def elements_of(resource_type: str) -> Elements:
    """The elements of a served type."""
    return _tables()[resource_type]


@cache
def _tables() -> Mapping[str, Elements]:
    with ELEMENTS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    types = dict.fromkeys(row["resource_type"] for row in rows)
    return {each: _table([row for row in rows if row["resource_type"] == each]) for each in types}


def _table(rows: list[dict[str, str]]) -> Elements:
    def named(*columns: str) -> frozenset[str]:
        return frozenset(
            row["element"].removesuffix(_CHOICE)
            for row in rows
            if "1" in {row[column] for column in columns}
        )

    names = [row["element"] for row in rows]
    return Elements(
        all=frozenset(each.removesuffix(_CHOICE) for each in names),
        choices=frozenset(each.removesuffix(_CHOICE) for each in names if each.endswith(_CHOICE)),
        needed=named("mandatory", "modifier"),
        summary=named("summary"),
    )


def _summary(value: str) -> str:
    if value not in SUMMARIES:
        raise ValueError(f"must be one of {', '.join(SUMMARIES)}, not {value[:60]!r}")
    return value


def _elements(resource_type: str, names: Iterable[str]) -> frozenset[str]:
    known = elements_of(resource_type).all | _ALWAYS
    for name in names:
        if name not in known:
            raise ValueError(
                f"{name[:60]!r} is no top-level element of {resource_type}{nearest(name, known)}"
            )
    return frozenset(names)
