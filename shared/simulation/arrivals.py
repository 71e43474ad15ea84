"""Stage 1, who is hurt when and where: the casualty stream of the scenario's tempo, in single
wounds and in events with many victims.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from shared.records.columns import Array
from shared.records.vocabulary import Category
from shared.scenarios import Scenario
from shared.simulation.elementary import exp_each
from shared.simulation.geography import KM_PER_DEGREE, cosine_of_degrees
from shared.simulation.kernel import entry
from shared.simulation.lottery import Tickets, draw, tickets
from shared.simulation.model import DEVIATES, normal_deviates
from shared.simulation.setting import DAY_S, SETTINGS_MAX, number
from shared.simulation.streams import Concern, stream

SLOT_S = 900  # the rate of casualties is constant for a quarter of an hour
ALONE = -1
VICTIMS_MIN = 6  # of an event
BATTLE_INJURY = int(Category.BATTLE_INJURY)
NUMBER_BITS = 32
NUMBER_MASK = (1 << NUMBER_BITS) - 1


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
    # int64[4, fronts]: micro-degrees north and east of each, and of a thousandth of its depth north
    # and east
    ground: Array
    last_s: int


def arrivals(scenario: Scenario, seed: int, sector: int, patients: int) -> Arrivals:
    """Exactly `patients` casualties."""
    course = _course(scenario)
    category, front = np.empty(patients, dtype=np.int8), np.empty(patients, dtype=np.int8)
    at_s, event, leader, order = np.empty((4, patients), dtype=np.int64)
    rng = stream(seed, sector, Concern.ARRIVALS)
    drawn = (
        draw(stream(seed, sector, Concern.CATEGORIES), patients),
        draw(rng, patients),
        rng.integers(0, SLOT_S, patients),
    )
    fighting = _tell_by_course(
        drawn, (course.categories, course.fighting, course.daily_life), category, at_s
    )
    _tell_front(draw(rng, patients), course.fronts, front)
    delay_s = rng.integers(0, int(number("compound_minutes") * 60), patients)
    victims, sizes = _compound_events(scenario, seed, sector, fighting)
    _join_events(category, victims, sizes, event, leader)
    _tell_order((at_s, delay_s, event, leader), course.last_s, order)
    order.sort()  # no two are equal: every method of sorting gives the same
    place = stream(seed, sector, Concern.PLACES).integers(-1000, 1001, (2, patients))
    return _in_order(order, (category, front, event, leader), place, course.ground)


def _in_order(order: Array, drawn: tuple[Array, ...], place: Array, ground: Array) -> Arrivals:
    hurt = Arrivals(
        *(
            np.empty(len(order), dtype=dtype)
            for dtype in (np.int32, np.int8, np.int8, np.int32, np.int32, np.int32)
        )
    )
    _write_in_order(
        order, drawn, (hurt.injured_at_s, hurt.category, hurt.front, hurt.compound_event)
    )
    _write_places(order, drawn, place, ground, (hurt.latitude_udeg, hurt.longitude_udeg))
    return hurt


@entry
def _tell_by_course(drawn: Any, tables: Any, category: Any, at_s: Any) -> int:
    """Category and second of each casualty; returns how many were hurt in battle."""
    category_ticket, slot_ticket, second = drawn
    categories, fighting, daily_life = tables
    fighters = 0
    for who in range(len(category)):
        category[who] = categories[category_ticket[who]]
        in_battle = category[who] == BATTLE_INJURY
        slot = int(fighting[slot_ticket[who]]) if in_battle else int(daily_life[slot_ticket[who]])
        at_s[who] = slot * SLOT_S + second[who]
        fighters += 1 if in_battle else 0
    return fighters


@entry
def _tell_front(ticket: Any, fronts: Any, front: Any) -> None:
    for who in range(len(front)):
        front[who] = fronts[ticket[who]]


@entry
def _join_events(category: Any, victims: int, sizes: Any, event: Any, leader: Any) -> None:
    """Event of each casualty, and whose time and place it shares: the first `victims` of the
    fighters fill one event after another.
    """
    number_of_event, first, room = ALONE, 0, 0
    for who in range(len(category)):
        event[who], leader[who] = ALONE, who
        if victims > 0 and category[who] == BATTLE_INJURY:
            if room == 0:
                number_of_event, first = number_of_event + 1, who
                room = sizes[number_of_event]
            event[who], leader[who] = number_of_event, first
            room -= 1
            victims -= 1


@entry
def _tell_order(drawn: Any, last_s: int, order: Any) -> None:
    """What sorts the casualties by time and then as drawn: second and number in one."""
    at_s, delay_s, event, leader = drawn
    for who in range(len(order)):
        injured_at_s = at_s[leader[who]] + (delay_s[who] if event[who] != ALONE else 0)
        order[who] = min(injured_at_s, last_s) << NUMBER_BITS | who


@entry
def _write_in_order(order: Any, drawn: Any, columns: Any) -> None:
    category_drawn, front_drawn, event, leader = drawn
    injured_at_s, category, front, compound_event = columns
    for place in range(len(order)):
        who = order[place] & NUMBER_MASK
        injured_at_s[place] = order[place] >> NUMBER_BITS
        category[place] = category_drawn[who]
        front[place] = front_drawn[leader[who]]
        compound_event[place] = event[who]


@entry
def _write_places(order: Any, drawn: Any, chances: Any, ground: Any, columns: Any) -> None:
    _, front, _, leader = drawn
    latitude_udeg, longitude_udeg = columns
    for place in range(len(order)):
        who = leader[order[place] & NUMBER_MASK]
        here = front[who]
        latitude_udeg[place] = ground[0, here] + chances[0, who] * ground[2, here]
        longitude_udeg[place] = (
            ground[1, here] + chances[1, who] * ground[3, here] + 180_000_000
        ) % 360_000_000 - 180_000_000


@lru_cache(maxsize=SETTINGS_MAX)
def _course(scenario: Scenario) -> _Course:
    slots = scenario.days * DAY_S // SLOT_S
    mix = scenario.injury_mix
    return _Course(
        fighting=tickets(
            [_tempo(scenario, slot / slots) * _daylight(scenario, slot) for slot in range(slots)]
        ),
        daily_life=tickets([1.0] * slots),
        categories=tickets([mix.battle_injury, mix.non_battle_injury, mix.disease], [1, 2, 3]),
        fronts=tickets([front.share for front in scenario.fronts]),
        ground=_ground(scenario),
        last_s=scenario.days * DAY_S - 1,
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
    deviates = normal_deviates()[rng.integers(0, DEVIATES, victims // VICTIMS_MIN + 1)]
    median, spread = number("compound_size_median"), number("compound_size_spread")
    sizes = spread * deviates
    exp_each(sizes)
    return np.maximum((median * sizes).astype(np.int64), VICTIMS_MIN)


def _compound_events(
    scenario: Scenario, seed: int, sector: int, fighters: int
) -> tuple[int, Array]:
    """How many are victims of events, and the size of each event."""
    share = min(
        number(f"compound_{scenario.intensity}_share")
        * number(f"compound_{scenario.warfare}_factor"),
        1.0,
    )
    victims = int(fighters * share)
    return (
        (victims, _sizes(seed, sector, victims))
        if victims >= VICTIMS_MIN
        else (0, np.empty(0, dtype=np.int64))
    )


def _ground(scenario: Scenario) -> Array:
    degrees = number("front_depth_km") / KM_PER_DEGREE / 1000
    fronts = [
        (
            int(front.latitude_deg * 1_000_000),
            int(front.longitude_deg * 1_000_000),
            int(degrees * 1_000_000),
            int(degrees * 1_000_000 / cosine_of_degrees(front.latitude_deg)),
        )
        for front in scenario.fronts
    ]
    return np.array(fronts, dtype=np.int64).T.copy()
