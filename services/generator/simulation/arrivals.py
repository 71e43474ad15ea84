"""Stage 1, who is hurt when and where: the casualty stream of the scenario's tempo, in single wounds and in events with many victims."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from services.generator.simulation.elementary import exp_each
from services.generator.simulation.geography import KM_PER_DEGREE, cosine_of_degrees
from services.generator.simulation.lottery import Tickets, draw, tickets
from services.generator.simulation.model import DEVIATES, normal_deviates
from services.generator.simulation.setting import DAY_S, SETTINGS_MAX, number
from services.generator.simulation.streams import Concern, stream
from shared.records.columns import Array
from shared.records.vocabulary import Category
from shared.scenarios import Scenario

SLOT_S = 900  # the rate of casualties is constant for a quarter of an hour
ALONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Casualties in the order of wounding; arrays of equal length."""

    injured_at_s: Array  # int32
    category: Array  # int8, Category
    front: Array  # int8
    compound_event: Array  # int32, ALONE for a casualty alone
    latitude_udeg: Array  # int32
    longitude_udeg: Array  # int32


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    fighting: Tickets
    daily_life: Tickets
    categories: Tickets
    fronts: Tickets
    slots: int


def arrivals(scenario: Scenario, seed: int, sector: int, patients: int) -> Arrivals:
    """Exactly `patients` casualties."""
    course = _course(scenario)
    category = course.categories[draw(stream(seed, sector, Concern.CATEGORIES), patients)].astype(np.int8)
    rng = stream(seed, sector, Concern.ARRIVALS)
    fighting = category == Category.BATTLE_INJURY
    slot_ticket = draw(rng, patients)
    slot = np.where(fighting, course.fighting[slot_ticket], course.daily_life[slot_ticket]).astype(np.int64)
    at_s = slot * SLOT_S + rng.integers(0, SLOT_S, patients)
    front = course.fronts[draw(rng, patients)]
    event = _compound_events(scenario, seed, sector, np.flatnonzero(fighting), patients)
    place = stream(seed, sector, Concern.PLACES).integers(-1000, 1001, (2, patients))
    leader = _leaders(event)
    at_s = at_s[leader] + (event != ALONE) * (rng.integers(0, int(number("compound_minutes") * 60), patients))
    at_s = np.minimum(at_s, scenario.days * DAY_S - 1)
    order = np.argsort(at_s, kind="stable")
    latitude, longitude = _coordinates(scenario, front[leader], place[:, leader])
    return Arrivals(
        at_s[order].astype(np.int32),
        category[order],
        front[leader][order].astype(np.int8),
        event[order],
        latitude[order],
        longitude[order],
    )


@lru_cache(maxsize=SETTINGS_MAX)
def _course(scenario: Scenario) -> _Course:
    slots = scenario.days * DAY_S // SLOT_S
    mix = scenario.injury_mix
    return _Course(
        fighting=tickets([_tempo(scenario, slot / slots) * _daylight(scenario, slot) for slot in range(slots)]),
        daily_life=tickets([1.0] * slots),
        categories=tickets([mix.battle_injury, mix.non_battle_injury, mix.disease], [1, 2, 3]),
        fronts=tickets([front.share for front in scenario.fronts]),
        slots=slots,
    )


def _tempo(scenario: Scenario, time: float) -> float:
    if scenario.tempo == "sustained":
        return 1.0
    ratio = number(f"tempo_{scenario.tempo}_ratio")
    if scenario.tempo == "escalating":
        return 1.0 + (ratio - 1.0) * time
    if scenario.tempo == "declining":
        return ratio - (ratio - 1.0) * time
    if scenario.tempo == "surge":
        return ratio if 0.3 <= time < 0.5 else 1.0
    return ratio if int(time * scenario.days * 3) % 2 == 0 else 1.0


def _daylight(scenario: Scenario, slot: int) -> float:
    start = scenario.starts_at
    clock = (start.hour * 3600 + start.minute * 60 + slot * SLOT_S) % DAY_S
    return 1.0 if 6 * 3600 <= clock < 20 * 3600 else number("night_share")


def _sizes(seed: int, sector: int, victims: int) -> Array:
    rng = stream(seed, sector, Concern.COMPOUND_EVENTS)
    deviates = normal_deviates()[rng.integers(0, DEVIATES, victims // 6 + 1)]
    median, spread = number("compound_size_median"), number("compound_size_spread")
    sizes = spread * deviates
    exp_each(sizes)
    return np.maximum((median * sizes).astype(np.int64), 6)


def _compound_events(scenario: Scenario, seed: int, sector: int, wounded: Array, patients: int) -> Array:
    """Event number of each casualty: the first of the wounded, in their drawn order, are the victims of events."""
    share = min(number(f"compound_{scenario.intensity}_share") * number(f"compound_{scenario.warfare}_factor"), 1.0)
    victims = int(len(wounded) * share)
    event = np.full(patients, ALONE, dtype=np.int32)
    if victims >= 6:
        ends = np.cumsum(_sizes(seed, sector, victims))
        event[wounded[:victims]] = np.searchsorted(ends, np.arange(victims), side="right")
    return event


def _leaders(event: Array) -> Array:
    """For each casualty the one whose time and place it shares: the first of its event, or itself."""
    leader = np.arange(len(event))
    victims = np.flatnonzero(event != ALONE)
    _, first, members = np.unique(event[victims], return_index=True, return_inverse=True)
    leader[victims] = victims[first][members]
    return leader


def _coordinates(scenario: Scenario, front: Array, place: Array) -> tuple[Array, Array]:
    degrees = number("front_depth_km") / KM_PER_DEGREE / 1000
    north = np.array([int(each.latitude_deg * 1_000_000) for each in scenario.fronts])
    east = np.array([int(each.longitude_deg * 1_000_000) for each in scenario.fronts])
    micro_north = int(degrees * 1_000_000)
    micro_east = np.array([int(degrees * 1_000_000 / cosine_of_degrees(each.latitude_deg)) for each in scenario.fronts])
    latitude = north[front] + place[0] * micro_north
    longitude = (east[front] + place[1] * micro_east[front] + 180_000_000) % 360_000_000 - 180_000_000
    return latitude.astype(np.int32), longitude.astype(np.int32)
