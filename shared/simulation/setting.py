"""A scenario as arrays: places, ways between them, vehicles, resources and rules, worked out once
for each scenario.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from shared.clinical.parameters import parameters
from shared.records.columns import Array
from shared.records.vocabulary import ResourceKind
from shared.scenarios import Scenario
from shared.scenarios.medical_system import Facility, Transport
from shared.scenarios.shift import lasting_days
from shared.simulation.geography import distance_km
from shared.simulation.world import (
    BLOOD_CREWS,
    COUNTERS,
    FIRST_SECOND_OF_DAY,
    FRONTS,
    HOLD_MAX_S,
    HORIZON_S,
    NATO_PRECEDENCE,
    PLACE,
    POOL,
    RESOURCE,
    RESOURCES,
    SAMPLE_S,
    TEAM,
    TOURNIQUETS,
    TRAINED,
    WAY,
)

DAY_S, MINUTE_S = 86_400, 60
SETTINGS_MAX = 16  # scenarios kept ready in a process
SAMPLES = 64  # of census and resources over the whole observation
SAMPLE_MIN_S = 3_600
POOL_KINDS = {
    "ground": ResourceKind.GROUND_AMBULANCE,
    "rotary": ResourceKind.HELICOPTER,
    "fixed_wing": ResourceKind.FIXED_WING,
    "rail": ResourceKind.RAIL,
    "ship": ResourceKind.SHIP,
}
ON_THE_GROUND = frozenset({"ground", "rail"})
FACILITY_RESOURCES = (
    "beds",
    "operating_tables",
    "intensive_care_beds",
    "ventilators",
    "treatment_teams",
    "surgical_teams",
    "blood_units",
)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """The medical system of a scenario. `World` documents the arrays; none of these is changed by a
    simulation.
    """

    places: Array
    ways: Array
    pools: Array
    resources: Array
    counters: Array
    horizon_s: int


def number(name: str) -> float:
    """A parameter's value. Raises KeyError for an unknown name."""
    return parameters()[name].value


@lru_cache(maxsize=SETTINGS_MAX)
def setting_of(scenario: Scenario) -> Setting:
    """Work out a scenario's medical system."""
    distance = _distances(scenario)
    pools = sorted(
        enumerate(scenario.transport), key=lambda each: (-_speed_kmh(scenario, each[1]), each[0])
    )
    links = _links(scenario, distance)
    rules = _rules(scenario)
    return Setting(
        places=_places(scenario, links),
        ways=_ways(links, distance),
        pools=_pools(scenario, pools),
        resources=_resources(scenario, [pool for _, pool in pools]),
        counters=rules,
        horizon_s=int(rules[HORIZON_S]),
    )


def _points(scenario: Scenario) -> list[tuple[float, float]]:
    fronts = [(front.latitude_deg, front.longitude_deg) for front in scenario.fronts]
    return fronts + [
        (facility.latitude_deg, facility.longitude_deg) for facility in scenario.facilities
    ]


def _distances(scenario: Scenario) -> Array:
    points = _points(scenario)
    return np.array(
        [[distance_km(here, there) for there in points] for here in points], dtype=np.float64
    )


def _carried(scenario: Scenario, from_role: int, to_role: int) -> bool:
    return any(
        pool.from_role <= from_role and to_role <= pool.to_role for pool in scenario.transport
    )


def _links(scenario: Scenario, distance: Array) -> list[list[int]]:
    fronts = len(scenario.fronts)
    number_of = {
        facility.name: fronts + index for index, facility in enumerate(scenario.facilities)
    }
    links = []
    for index, front in enumerate(scenario.fronts):
        serving = [
            (facility.role, float(distance[index, fronts + place]), fronts + place)
            for place, facility in enumerate(scenario.facilities)
            if facility.front in (None, front.name)
            and facility.role < 4
            and _carried(scenario, 0, facility.role)
        ]
        links.append([place for _, _, place in sorted(serving)])
    roles = {facility.name: facility.role for facility in scenario.facilities}
    links += [
        [
            number_of[name]
            for name in facility.evacuates_to
            if _carried(scenario, facility.role, roles[name])
        ]
        for facility in scenario.facilities
    ]
    return links


def _feeders(links: Sequence[Sequence[int]]) -> list[list[int]]:
    return [
        [origin for origin, targets in enumerate(links) if place in targets]
        for place in range(len(links))
    ]


def _ways(links: Sequence[Sequence[int]], distance: Array) -> Array:
    """First every way on, by origin, then for each place the places that lead to it."""
    pairs = [
        (target, float(distance[origin, target]))
        for origin, targets in enumerate(links)
        for target in targets
    ]
    pairs += [(origin, 0.0) for origins in _feeders(links) for origin in origins]
    return np.array(pairs or [(0, 0.0)], dtype=WAY)


def _hold_s(scenario: Scenario, facility: Facility) -> int:
    days = scenario.evacuation.policy_days
    return int({1: days.role_1, 2: days.role_2, 3: days.role_3, 4: 0.0}[facility.role] * DAY_S)


def _places(scenario: Scenario, links: Sequence[Sequence[int]]) -> Array:
    places = np.zeros(len(links), dtype=PLACE)
    starts = np.cumsum(
        [0, *(len(targets) for targets in links), *(len(origins) for origins in _feeders(links))]
    )
    places["first_way"], places["first_feeder"] = starts[:-1].reshape(2, -1)
    places["ways"], places["feeders"] = np.diff(starts).reshape(2, -1)
    places["facility"] = -1
    for index, facility in enumerate(scenario.facilities, start=len(scenario.fronts)):
        places[index]["role"] = facility.role
        places[index]["facility"] = index - len(scenario.fronts)
        places[index]["hold_s"] = _hold_s(scenario, facility)
    return places


def _speed_kmh(scenario: Scenario, pool: Transport) -> float:
    if pool.kind not in ON_THE_GROUND:
        return pool.speed_kmh
    ground = number(f"terrain_{scenario.terrain}_speed") * number(
        f"weather_{scenario.weather}_speed"
    )
    return pool.speed_kmh * ground / number("detour")


def _pools(scenario: Scenario, ordered: Sequence[tuple[int, Transport]]) -> Array:
    pools = np.zeros(len(ordered), dtype=POOL)
    for row, (index, pool) in zip(pools, ordered, strict=True):
        row["kind"] = POOL_KINDS[pool.kind]
        row["transport"] = index
        row["capacity"] = pool.capacity_patients
        row["speed_km_s"] = _speed_kmh(scenario, pool) / 3600
        row["from_role"] = pool.from_role
        row["to_role"] = pool.to_role
        row["at_night"] = pool.moves_at_night
        row["ready_s"] = (
            number(f"ready_{pool.kind}_s")
            if pool.notice_min is None
            else pool.notice_min * MINUTE_S
        )
    return pools


def fit_vehicles(scenario: Scenario, pool: Transport) -> int:
    """How many of a pool's vehicles move at all: none in weather that stops them, else the
    available share, at least one.
    """
    if scenario.weather in pool.stopped_by:
        return 0
    return max(int(pool.vehicles * pool.availability_share + 0.5), 1)


def _medics(scenario: Scenario, front: str) -> int:
    at_risk = sum(unit.population_at_risk for unit in scenario.units if unit.front == front)
    return int(at_risk * scenario.point_of_injury.medics_per_100 / 100 + 0.5)


def _resources(scenario: Scenario, pools: Sequence[Transport]) -> Array:
    capacities = np.zeros(
        (len(scenario.fronts) + len(scenario.facilities), RESOURCES), dtype=np.int32
    )
    for index, front in enumerate(scenario.fronts):
        capacities[index, TEAM] = _medics(scenario, front.name)
    for index, facility in enumerate(scenario.facilities, start=len(scenario.fronts)):
        capacities[index] = [getattr(facility, name) for name in FACILITY_RESOURCES]
    fleets = [fit_vehicles(scenario, pool) for pool in pools]
    resources = np.zeros(capacities.size + len(fleets), dtype=RESOURCE)
    resources["capacity"] = np.concatenate([capacities.ravel(), np.array(fleets, dtype=np.int32)])
    return resources


def _rules(scenario: Scenario) -> Array:
    rules = np.zeros(COUNTERS, dtype=np.int64)
    start = scenario.starts_at
    rules[FIRST_SECOND_OF_DAY] = start.hour * 3600 + start.minute * 60 + start.second
    rules[HORIZON_S] = int(lasting_days(scenario) * DAY_S)
    rules[SAMPLE_S] = max(int(rules[HORIZON_S]) // SAMPLES, SAMPLE_MIN_S)
    rules[FRONTS] = len(scenario.fronts)
    rules[NATO_PRECEDENCE] = scenario.evacuation.precedence == "nato"
    rules[HOLD_MAX_S] = int(scenario.evacuation.hold_hours_max * 3600)
    rules[TRAINED] = int(scenario.point_of_injury.buddy_aid_share * 65536)
    rules[TOURNIQUETS] = int(scenario.point_of_injury.tourniquet_share * 65536)
    rules[BLOOD_CREWS] = int(scenario.point_of_injury.forward_blood_share * 65536)
    return rules
