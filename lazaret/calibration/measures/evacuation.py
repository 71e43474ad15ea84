"""How long people wait for care, and what becomes of those who arrive."""

import numpy as np

from lazaret.calibration.cohort import NEVER_S, Cohort
from lazaret.calibration.measures.shares import mean, percentile, share
from shared.records.columns import Array
from shared.records.vocabulary import EventKind, Role, Triage
from shared.scenarios.vocabulary import TransportKind

HELICOPTER_MISSION_MIN = 60
URGENT_MISSION_MIN = 90


def flown_median_min(cohort: Cohort) -> float:
    """Minutes from the call to the first facility, of battle injuries flown to Role 2 and above who
    arrive alive.
    """
    mission, flown = _helicopter_missions(cohort)
    return percentile(mission / 60, flown, 50)


def flown_within_hour_share(cohort: Cohort) -> float:
    """Of the same, in sixty minutes or less."""
    mission, flown = _helicopter_missions(cohort)
    return share(mission <= HELICOPTER_MISSION_MIN * 60, flown)


def urgent_flown_within_90_min_share(cohort: Cohort) -> float:
    """The same share of those triaged T1 or T2, in ninety minutes or less: the command's standard
    for its categories A and B (F059).
    """
    mission, flown = _helicopter_missions(cohort)
    urgent = np.isin(cohort.flat["triage_first"], (Triage.T1, Triage.T2))
    return share(mission <= URGENT_MISSION_MIN * 60, flown & urgent)


def urgent_arrival_median_min(cohort: Cohort) -> float:
    """Minutes from wounding to the first facility, of those triaged T1."""
    arrived_s = cohort.first_event(EventKind.ARRIVED)
    waited_min = (arrived_s - cohort.flat["injured_at_s"]) / 60
    return percentile(
        waited_min, (arrived_s < NEVER_S) & (cohort.flat["triage_first"] == Triage.T1), 50
    )


def dead_on_arrival_share(cohort: Cohort) -> float:
    """Died on the way to Role 2 or arrived there under resuscitation in vain, of those who set out
    for it.
    """
    pronounced = _brought_in_lifeless(cohort) | (cohort.dead_on_arrival & _died_at_role_2(cohort))
    return share(_died_on_way_to_role_2(cohort) | pronounced, _bound_for_role_2(cohort))


def left_role_2_alive_share(cohort: Cohort) -> float:
    """Battle injuries who set out for Role 2 and did not die before, on the way or there."""
    return share(~_role_2_deaths(cohort), _bound_for_role_2(cohort) & cohort.battle)


def role_2_deaths_on_way_share(cohort: Cohort) -> float:
    """On the way, of the battle deaths on the way to Role 2 and there."""
    on_way = _died_on_way_to_role_2(cohort)
    return share(on_way, cohort.battle & (on_way | _died_at_role_2(cohort)))


def role_2_deaths_before_transport_share(cohort: Cohort) -> float:
    """Before transport and brought in under resuscitation, of all battle deaths that Role 2 has on
    its books.
    """
    return share(_brought_in_lifeless(cohort), cohort.battle & _role_2_deaths(cohort))


def operation_hours(cohort: Cohort) -> float:
    """Mean length of the first operation of each who is operated."""
    started, ended = (
        cohort.first_event(EventKind.SURGERY_STARTED),
        cohort.first_event(EventKind.SURGERY_ENDED),
    )
    return mean((ended - started) / 3600, (started < NEVER_S) & (ended < NEVER_S))


def hospital_operated_share(cohort: Cohort) -> float:
    """Operated at Role 3, of all treated there."""
    return share(
        _had_at_hospital(cohort, EventKind.SURGERY_STARTED),
        _had_at_hospital(cohort, EventKind.ARRIVED),
    )


def hospital_intensive_share(cohort: Cohort) -> float:
    """In intensive care at Role 3, of those who stay there a night or are operated."""
    intensive = _had_at_hospital(cohort, EventKind.INTENSIVE_CARE_STARTED)
    stayed = _had_at_hospital(cohort, EventKind.HELD) | _had_at_hospital(
        cohort, EventKind.SURGERY_STARTED
    )
    return share(intensive, stayed | intensive)


def _helicopter_missions(cohort: Cohort) -> tuple[Array, Array]:
    called = cohort.first_event(EventKind.EVACUATION_REQUESTED)
    by_helicopter = (cohort.events.values["kind"] == EventKind.ARRIVED) & cohort.by_transport(
        TransportKind.ROTARY
    )
    arrived = cohort.first_at(cohort.events, by_helicopter)
    straight = (
        (arrived == cohort.first_event(EventKind.ARRIVED))
        & (arrived < NEVER_S)
        & cohort.battle
        & cohort.reached
        & (cohort.flat["role_first"] >= Role.ROLE_2)
    )
    return arrived - called, straight


def _had_at_hospital(cohort: Cohort, kind: EventKind) -> Array:
    return cohort.having(
        cohort.events,
        (cohort.events.values["kind"] == kind) & cohort.at_role(cohort.events, Role.ROLE_3),
    )


def _bound_for_role_2(cohort: Cohort) -> Array:
    arrived = (cohort.events.values["kind"] == EventKind.ARRIVED) & cohort.at_role(
        cohort.events, Role.ROLE_2
    )
    return cohort.having(cohort.events, arrived) | _died_on_way_to_role_2(cohort)


def _died_on_way_to_role_2(cohort: Cohort) -> Array:
    # The record does not name where a journey that was not finished would have ended: where a front
    # has a Role 2, vehicles that go beyond Role 1 lead there first.
    scenario = cohort.scenario
    served = {place.front for place in scenario.facilities if place.role == Role.ROLE_2}
    fronts = [
        position
        for position, front in enumerate(scenario.fronts)
        if front.name in served or None in served
    ]
    pools = [
        position for position, pool in enumerate(scenario.transport) if pool.to_role >= Role.ROLE_2
    ]
    died = (cohort.events.values["kind"] == EventKind.DIED) & np.isin(
        cohort.events.values["vehicle"], pools
    )
    legs = _count(cohort, EventKind.DEPARTED) - _count(cohort, EventKind.ARRIVED)
    under_way: Array = (
        (legs > 0)
        & (cohort.flat["role_last"] < Role.ROLE_2)
        & np.isin(cohort.flat["front"], fronts)
    )
    return under_way & cohort.having(cohort.events, died)


def _role_2_deaths(cohort: Cohort) -> Array:
    deaths: Array = (
        _brought_in_lifeless(cohort) | _died_on_way_to_role_2(cohort) | _died_at_role_2(cohort)
    )
    return deaths


def _brought_in_lifeless(cohort: Cohort) -> Array:
    # Resuscitation began in the field: killed in action, and yet carried to the door.
    arrived = (cohort.events.values["kind"] == EventKind.ARRIVED) & cohort.at_role(
        cohort.events, Role.ROLE_2
    )
    return cohort.killed & cohort.having(cohort.events, arrived)


def _died_at_role_2(cohort: Cohort) -> Array:
    at_role_2: Array = cohort.dead & (cohort.flat["role_last"] == Role.ROLE_2)
    return at_role_2


def _count(cohort: Cohort, kind: EventKind) -> Array:
    events = cohort.events
    return np.bincount(
        events.patient[events.values["kind"] == kind], minlength=len(cohort.flat["category"])
    )
