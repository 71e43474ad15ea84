"""The words for the numbers of a record: the same in every format that is not somebody else's
standard.
"""

from collections.abc import Mapping
from enum import IntEnum
from functools import cache

from shared.clinical.tables import ranks
from shared.records.vocabulary import BloodGroup, DeathCause, EventKind, Precedence, Triage
from shared.scenarios import Scenario

NOWHERE = -1  # what a record holds in place of a facility, vehicle, unit or front

_BLOOD_GROUPS = {
    member: member.name.removesuffix("_POSITIVE").removesuffix("_NEGATIVE")
    + ("+" if member.name.endswith("POSITIVE") else "-")
    for member in BloodGroup
}


@cache
def words_of(vocabulary: type[IntEnum]) -> Mapping[int, str]:
    """Each number's word: battle_injury, T1, O+, role_2. What means none has no word."""
    if vocabulary is BloodGroup:
        return {member.value: word for member, word in _BLOOD_GROUPS.items()}
    if vocabulary is Triage:
        return {member.value: "dead" if member is Triage.DEAD else member.name for member in Triage}
    return {member.value: member.name.lower() for member in vocabulary if member.name != "NONE"}


@cache
def rank_codes() -> Mapping[int, str]:
    """NATO rank codes by id."""
    return {row.id: row.nato_code for row in ranks()}


DETAILS_PER_KIND = 16
DETAIL_MAX = DETAILS_PER_KIND * (max(EventKind) + 1) - 1
_DETAIL_OF = {
    EventKind.TRIAGED: Triage,
    EventKind.EVACUATION_REQUESTED: Precedence,
    EventKind.DIED: DeathCause,
}


@cache
def event_details() -> Mapping[int, str]:
    """The word for an event's detail under `DETAILS_PER_KIND * kind + detail`, for those kinds that
    have one.
    """
    return {
        DETAILS_PER_KIND * kind + number: word
        for kind, vocabulary in _DETAIL_OF.items()
        for number, word in words_of(vocabulary).items()
    }


def facility_names(scenario: Scenario) -> Mapping[int, str]:
    """The scenario's facilities by position."""
    return {place: facility.name for place, facility in enumerate(scenario.facilities)}


def vehicle_names(scenario: Scenario) -> Mapping[int, str]:
    """The scenario's pools of vehicles by position."""
    return {place: pool.name for place, pool in enumerate(scenario.transport)}


def unit_names(scenario: Scenario) -> Mapping[int, str]:
    """The scenario's units by position."""
    return {place: unit.name for place, unit in enumerate(scenario.units)}


def front_names(scenario: Scenario) -> Mapping[int, str]:
    """The scenario's fronts by position."""
    return {place: front.name for place, front in enumerate(scenario.fronts)}
