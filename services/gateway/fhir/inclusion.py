"""`_include` and `_revinclude`: which resources come along with those that were found."""

from dataclasses import dataclass

from services.gateway.fhir.resource_types import ResourceType, resource_types
from services.gateway.fhir.search_parameters import SearchParameter

# What points at what was found: only from types that are written with a patient, to their patient
# or to their own kind of things.
REVERSED_TARGETS = ("Patient", "Encounter")


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Follow `parameter` of `source`: forward to its targets, or backward to the resources that
    hold the reference. If `iterated`, from what came along, too.
    """

    source: ResourceType
    parameter: SearchParameter
    backward: bool
    iterated: bool = False


def read_inclusion(
    name: str, text: str, searched: ResourceType, *, iterated: bool = False
) -> Inclusion:
    """Read `Observation:patient`, with a target behind a second colon or not. Raises ValueError,
    naming what is offered.
    """
    backward = name == "_revinclude"
    source_name, _, rest = text.partition(":")
    parameter_name, _, target = rest.partition(":")
    types = resource_types().values() if iterated else (searched,)
    known = {
        name: parameter
        for each in types
        for name, parameter in (reverse_inclusions(each) if backward else each.includes).items()
    }
    parameter = known.get(f"{source_name}:{parameter_name}")
    if parameter is None or (target and target not in parameter.targets):
        raise ValueError(f"{text[:60]!r} is not offered; {', '.join(known) or 'nothing is'}")
    return Inclusion(resource_types()[source_name], parameter, backward, iterated)


def reverse_inclusions(searched: ResourceType) -> dict[str, SearchParameter]:
    """Return what `_revinclude` offers for a type, as `Type:parameter`."""
    if searched.name not in REVERSED_TARGETS:
        return {}
    return {
        name: parameter
        for source in resource_types().values()
        if source.of_patient
        for name, parameter in source.includes.items()
        if searched.name in parameter.targets
    }
