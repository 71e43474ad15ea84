"""`_sort`: another order for what is found within patients, where all of it is at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.gateway.fhir.dates import span_of_element
from services.gateway.fhir.resource_types import ResourceType
from services.gateway.fhir.search_parameters import SearchParameter, SearchType
from shared.scenarios.problems import nearest

RULES_MAX = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """One parameter to sort by."""

    parameter: SearchParameter
    descending: bool


def read_order(type_: ResourceType, text: str) -> list[Rule]:
    """Read what `_sort` says. Raises ValueError for what cannot be sorted by."""
    names = text.split(",", RULES_MAX)
    if len(names) > RULES_MAX:
        raise ValueError(f"must name at most {RULES_MAX} parameters")
    return [_read_rule(type_, each) for each in names]


def sortable(type_: ResourceType) -> dict[str, SearchParameter]:
    """Return the parameters to sort by: times, and the id."""
    return {
        name: each
        for name, each in type_.parameters.items()
        if each.kind is SearchType.DATE or name == "_id"
    }


def in_order(
    resources: list[Any], order: list[Rule], resource_of: Callable[[Any], Any]
) -> list[Any]:
    """Sort stably, the first rule counting most. What has no value for a rule comes last, whichever
    its direction.
    """
    for rule in reversed(order):
        keyed = [(_value(rule.parameter, resource_of(each)), each) for each in resources]
        present = sorted(
            (pair for pair in keyed if pair[0] is not None),
            key=lambda pair: pair[0],
            reverse=rule.descending,
        )
        resources = [each for _, each in present] + [each for value, each in keyed if value is None]
    return resources


def _read_rule(type_: ResourceType, text: str) -> Rule:
    name = text.removeprefix("-")
    offered = sortable(type_)
    if name not in offered:
        raise ValueError(
            f"{name[:60]!r} is not offered{nearest(name, offered)}; {', '.join(offered)} are"
        )
    return Rule(offered[name], text.startswith("-"))


def _value(parameter: SearchParameter, resource: Any) -> Any:
    """The lowest value, as FHIR has it; of a time, when it begins; None without one. One
    parameter's values are all of one kind.
    """
    if parameter.kind is not SearchType.DATE:
        return min(parameter.values(resource), default=None)
    spans = (span_of_element(value) for value in parameter.values(resource))
    return min((span.start for span in spans if span is not None), default=None)
