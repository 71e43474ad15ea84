"""Journeys: who is fetched next, by which vehicle, to which free bed."""

from typing import Any

from shared.records.vocabulary import ResourceKind
from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.happenings import ARRIVAL, DEPARTURE, HOLD_OVER, VEHICLE_BACK
from shared.simulation.journal import ARRIVED, DEPARTED, DIVERTED, EVACUATION_REQUESTED, write_event
from shared.simulation.kernel import kernel, routine
from shared.simulation.outcomes import give_back, touch
from shared.simulation.resources import account_wait, first_in, is_free, join, leave, settle
from shared.simulation.triage import T1, T2, T3, precedence_of
from shared.simulation.watch_over import watch_over
from shared.simulation.world import (
    BED,
    BLOOD_CREWS,
    FIRST_SECOND_OF_DAY,
    FRONTS,
    HOLD_MAX_S,
    JOURNEY_QUEUE,
    NATO_PRECEDENCE,
    NOWHERE,
    QUEUES,
    RESOURCES,
    VEHICLE_ROLES,
    WAITING,
)

ROTARY, FIXED_WING = int(ResourceKind.HELICOPTER), int(ResourceKind.FIXED_WING)
CONVENIENT_ROLE, SURGICAL_ROLE = 1, 2
DAWN_S, DUSK_S, DAY_S = 6 * 3600, 20 * 3600, 86400


@kernel
def note_vehicles(w: Any) -> None:
    """Keep the record of the roles from which a vehicle is free to start: most searches for one end
    there.
    """
    roles = 0
    for pool_no in range(len(w.pools)):
        if is_free(w.resources[len(w.places) * RESOURCES + pool_no]):
            pool = w.pools[pool_no]
            roles |= (2 << pool["to_role"]) - (1 << pool["from_role"])
    w.counters[VEHICLE_ROLES] = roles


@kernel
def note_seats(w: Any) -> None:
    """Note the smallest vehicle that may fetch from each journey queue; 0 where none may."""
    for queue in range(len(w.queues)):
        w.queues[queue]["seats_min"] = 0
        for pool_no in range(len(w.pools)):
            pool = w.pools[pool_no]
            serves = (
                pool["from_role"] <= w.places[queue // QUEUES]["role"]
                and queue % QUEUES - JOURNEY_QUEUE <= pool["to_role"]
            )
            if serves and (
                w.queues[queue]["seats_min"] == 0 or pool["capacity"] < w.queues[queue]["seats_min"]
            ):
                w.queues[queue]["seats_min"] = pool["capacity"]


@kernel
def is_night(w: Any, now_s: int) -> bool:
    clock = (w.counters[FIRST_SECOND_OF_DAY] + now_s) % DAY_S
    return bool(clock < DAWN_S or clock >= DUSK_S)


@kernel
def _covers(w: Any, pool_no: int, origin: int, target: int) -> bool:
    pool = w.pools[pool_no]
    return bool(
        pool["from_role"] <= w.places[origin]["role"]
        and w.places[target]["role"] <= pool["to_role"]
    )


@kernel
def _too_near(w: Any, pool_no: int, distance_km: float) -> bool:
    """Nobody flies a few minutes where a vehicle can drive."""
    kind = w.pools[pool_no]["kind"]
    p = w.model[0]
    return bool(
        (kind == ROTARY and distance_km < p["flight_rotary_km"])
        or (kind == FIXED_WING and distance_km < p["flight_fixed_wing_km"])
    )


@kernel
def _goes_by_road(w: Any, origin: int, target: int) -> bool:
    found = False
    for pool_no in range(len(w.pools)):
        kind = w.pools[pool_no]["kind"]
        flies = kind in (ROTARY, FIXED_WING)
        found = found or (not flies and _covers(w, pool_no, origin, target))
    return found


@kernel
def _vehicle(w: Any, origin: int, way: int, category: int, now_s: int) -> int:
    # Pools stand fastest first. Light casualties take the slowest, and no helicopter where another
    # pool serves the leg.
    night = is_night(w, now_s)
    target = w.ways[way]["place"]
    distance_km = w.ways[way]["distance_km"]
    by_road = _goes_by_road(w, origin, target)
    chosen = NOWHERE
    other = False
    for pool_no in range(len(w.pools)):
        if not _covers(w, pool_no, origin, target):
            continue
        pool = w.pools[pool_no]
        if pool["kind"] != ROTARY:
            other = True
        resource = w.resources[len(w.places) * RESOURCES + pool_no]
        if resource["in_use"] >= resource["capacity"] or (night and pool["at_night"] == 0):
            continue
        if by_road and _too_near(w, pool_no, distance_km):
            continue
        if chosen == NOWHERE or category >= T3:
            chosen = pool_no
    if category >= T3 and other and chosen != NOWHERE and w.pools[chosen]["kind"] == ROTARY:
        return NOWHERE
    return chosen


@kernel
def _destination(w: Any, origin: int, wanted_role: int, category: int) -> int:
    """The way to the first free bed at `wanted_role` or above; for the gravest, failing that, to
    any free bed.
    """
    place = w.places[origin]
    ways = range(place["first_way"], place["first_way"] + place["ways"])
    for way in ways:
        target = w.ways[way]["place"]
        if w.places[target]["role"] >= wanted_role and is_free(
            w.resources[target * RESOURCES + BED]
        ):
            return int(way)
    if category == T1:
        for way in ways:
            if is_free(w.resources[w.ways[way]["place"] * RESOURCES + BED]):
                return int(way)
    return NOWHERE


@kernel
def _preferred(w: Any, origin: int, wanted_role: int) -> int:
    place = w.places[origin]
    for way in range(place["first_way"], place["first_way"] + place["ways"]):
        if w.places[w.ways[way]["place"]]["role"] >= wanted_role:
            return int(way)
    return NOWHERE


@kernel
def _board(w: Any, who: int, pool_no: int, target: int, departs_s: int, now_s: int) -> None:
    person = w.people[who]
    fleet = w.resources[len(w.places) * RESOURCES + pool_no]
    fleet["served"] += 1
    account_wait(fleet, departs_s - person["queued_at_s"])
    leave(w, who)
    bed = w.resources[target * RESOURCES + BED]
    settle(bed, now_s)
    bed["in_use"] += 1
    bed["served"] += 1
    person["bound_for"] = target
    person["coming"] = pool_no
    enter(w, departs_s, DEPARTURE, who, 0)


@routine
def _send(w: Any, queue: int, pool_no: int, way: int, now_s: int) -> None:
    origin = queue // QUEUES
    pool = w.pools[pool_no]
    target = int(w.ways[way]["place"])
    way_s = int(w.ways[way]["distance_km"] / pool["speed_km_s"])
    departs_s = now_s + pool["ready_s"] + way_s + int(w.model[0]["loading_s"])
    arrives_s = departs_s + way_s + 1
    preferred = _preferred(w, origin, queue % QUEUES - JOURNEY_QUEUE)
    seats = pool["capacity"]
    while (
        seats > 0
        and w.queues[queue]["length"] > 0
        and is_free(w.resources[target * RESOURCES + BED])
    ):
        who = first_in(w, queue)
        if way != preferred:
            write_event(w, who, now_s, DIVERTED, 0)
        w.people[who]["leaves_at_s"] = departs_s
        w.people[who]["arrives_at_s"] = arrives_s
        _board(w, who, pool_no, target, departs_s, now_s)
        enter(w, arrives_s, ARRIVAL, who, 0)
        seats -= 1
    fleet = w.resources[len(w.places) * RESOURCES + pool_no]
    settle(fleet, now_s)
    fleet["in_use"] += 1
    note_vehicles(w)
    back_s = arrives_s + int(w.model[0]["unloading_s"])
    enter(w, back_s, VEHICLE_BACK, pool_no, 0)


@kernel
def _may_wait(w: Any, queue: int, who: int, now_s: int) -> bool:
    # Stable patients of a facility wait for a fuller vehicle, up to the scenario's limit.
    stable = queue // QUEUES >= w.counters[FRONTS] and w.people[who]["queue_class"] >= T3
    return bool(stable and now_s - w.people[who]["queued_at_s"] < w.counters[HOLD_MAX_S])


@routine
def dispatch(w: Any, queue: int, now_s: int) -> None:
    """Send vehicles for whoever waits in the journey queue, as long as there are vehicles and
    beds.
    """
    origin = queue // QUEUES
    while w.queues[queue]["length"] > 0:
        who = first_in(w, queue)
        waits = _may_wait(w, queue, who, now_s)
        if waits and w.queues[queue]["length"] < w.queues[queue]["seats_min"]:
            return  # the end of most searches: no vehicle would be full
        category = w.people[who]["queue_class"]
        way = _destination(w, origin, queue % QUEUES - JOURNEY_QUEUE, category)
        if way == NOWHERE:
            return
        pool_no = _vehicle(w, origin, way, category, now_s)
        if pool_no == NOWHERE or (
            waits and w.queues[queue]["length"] < w.pools[pool_no]["capacity"]
        ):
            return
        _send(w, queue, pool_no, way, now_s)


@kernel
def _has_vehicle(w: Any, place: int) -> bool:
    return bool((w.counters[VEHICLE_ROLES] >> w.places[place]["role"]) & 1)


@routine
def dispatch_from(w: Any, place: int, now_s: int) -> None:
    """Send vehicles for everybody who waits at `place` for a journey."""
    if not _has_vehicle(w, place):
        return
    for role in range(1, 5):
        queue = place * QUEUES + JOURNEY_QUEUE + role
        if w.queues[queue]["length"] > 0:
            dispatch(w, queue, now_s)


@routine
def dispatch_all(w: Any, now_s: int) -> None:
    """Offer a vehicle that came back (or may move again) to every place, the gravest casualties
    first.
    """
    if w.counters[WAITING] == 0:
        return
    for category in range(1, 5):
        for place in range(len(w.places)):
            if w.places[place]["waiting"] == 0 or not _has_vehicle(w, place):
                continue
            for role in range(1, 5):
                queue = place * QUEUES + JOURNEY_QUEUE + role
                if w.queues[queue]["length"] > 0 and w.queues[queue]["first"][category] != NOWHERE:
                    dispatch(w, queue, now_s)


@routine
def ask_for_journey(w: Any, who: int, wanted_role: int, now_s: int) -> None:
    """Wait for a vehicle to `wanted_role` or above."""
    person = w.people[who]
    queue = person["place"] * QUEUES + JOURNEY_QUEUE + wanted_role
    join(w, queue, who, person["triage"], now_s)
    watch_over(w, who, now_s)
    touch(w, person["place"])
    if person["triage"] >= T3 and person["place"] >= w.counters[FRONTS]:
        due_s = now_s + w.counters[HOLD_MAX_S]
        enter(w, due_s, HOLD_OVER, person["place"], 0)


@routine
def depart(w: Any, who: int, now_s: int) -> None:
    """The vehicle leaves with `who`; what they held here is free."""
    person = w.people[who]
    target = person["bound_for"]
    person["bound_for"] = NOWHERE
    person["vehicle"] = person["coming"]
    write_event(w, who, now_s, DEPARTED, 0)
    if person["admitted"] > 0:
        w.places[person["place"]]["present"] -= 1
    give_back(w, who, now_s)
    person["bound_for"] = target
    person["place"] = NOWHERE
    units = int(w.model[0]["crew_blood_units"])
    person["crew_blood"] = (
        units
        if luck.ticket(person, luck.CREW + person["role_last"]) < w.counters[BLOOD_CREWS]
        else 0
    )


@routine
def arrive(w: Any, who: int, now_s: int) -> None:
    """Come in at the facility whose bed was kept."""
    person = w.people[who]
    place = person["bound_for"]
    person["place"] = place
    person["bound_for"] = NOWHERE
    person["holds"] = 1 << BED
    person["arrived_at_s"] = now_s
    person["watched_since_s"] = now_s
    person["role_last"] = w.places[place]["role"]
    person["facility_last"] = w.places[place]["facility"]
    if person["admitted"] == 0:
        person["role_first"] = person["role_last"]
    person["admitted"] = 1
    w.places[place]["present"] += 1
    write_event(w, who, now_s, ARRIVED, 0)
    person["vehicle"] = NOWHERE


@routine
def arrive_lifeless(w: Any, who: int, now_s: int) -> None:
    """Come in under a resuscitation that began before transport: death is pronounced, nobody is
    admitted.
    """
    person = w.people[who]
    person["place"] = person["bound_for"]
    write_event(w, who, now_s, ARRIVED, 0)
    person["vehicle"] = NOWHERE


@kernel
def _leads_to(w: Any, place: int, role: int) -> bool:
    row = w.places[place]
    found = False
    for way in range(row["first_way"], row["first_way"] + row["ways"]):
        found = found or w.places[w.ways[way]["place"]]["role"] >= role
    return found


@routine
def request_journey(w: Any, who: int, now_s: int) -> None:
    """Ask for evacuation to the role that this casualty needs next."""
    person = w.people[who]
    asked = precedence_of(person["triage"], person["surgery"], w.counters[NATO_PRECEDENCE])
    if person["precedence"] == 0:
        person["precedence"] = asked
    write_event(w, who, now_s, EVACUATION_REQUESTED, asked)
    if person["place"] < w.counters[FRONTS]:
        urgent = person["triage"] == T1 or (person["triage"] == T2 and person["surgery"] > 0)
        wanted = (
            SURGICAL_ROLE
            if urgent and _leads_to(w, person["place"], SURGICAL_ROLE)
            else CONVENIENT_ROLE
        )
    else:
        wanted = w.places[person["place"]]["role"]
        if _leads_to(w, person["place"], wanted + 1):
            wanted += 1
    ask_for_journey(w, who, wanted, now_s)
