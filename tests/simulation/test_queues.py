import heapq
import math
from typing import Any

import numpy as np
import pytest

from shared.records.columns import Array
from shared.simulation.agenda import (
    NEVER_S,
    SUBJECT_BITS,
    SUBJECT_MASK,
    VERSION_BITS,
    WINDOW_BITS,
    enter,
    first_s,
    take_first,
)
from shared.simulation.care import next_for_team
from shared.simulation.kernel import entry
from shared.simulation.model import model
from shared.simulation.resources import join, release
from shared.simulation.world import (
    CASUALTY,
    COUNTERS,
    ENTRY,
    EVENT_ROW,
    LATER,
    NOWHERE,
    PLACE,
    POOL,
    QUEUE,
    QUEUES,
    RESOURCE,
    RESOURCES,
    SAMPLE_ROW,
    TEAM,
    TEAM_QUEUE,
    TREATMENT_ROW,
    VITALS_ROW,
    WAY,
    World,
)

COMES, GOES = 1, 2
LAST_S = 400_000_000


@entry
def serve(w: Any, comes_s: Any, service_s: Any, category: Any, started_s: Any) -> None:
    """Let everybody come, wait for a team of the one place, be served and go, on the simulation's
    own agenda and queues.
    """
    for who in range(len(comes_s)):
        enter(w, comes_s[who], COMES, who, 0)
    while True:
        now_s = first_s(w, LAST_S)
        if now_s == NEVER_S:
            break
        item = take_first(w)
        who = (item >> VERSION_BITS) & SUBJECT_MASK
        if item >> (SUBJECT_BITS + VERSION_BITS) == COMES:
            join(w, TEAM_QUEUE, who, category[who], now_s)
        else:
            release(w, 0, TEAM, who, now_s)
        while True:
            following = next_for_team(w, 0, now_s)
            if following == NOWHERE:
                break
            started_s[following] = now_s
            enter(w, now_s + service_s[following], GOES, following, 0)


def one_place(patients: int, teams: int) -> World:
    queues = np.zeros(QUEUES, dtype=QUEUE)
    queues["first"] = queues["last"] = NOWHERE
    people = np.zeros(patients, dtype=CASUALTY)
    people["queue"] = NOWHERE
    resources = np.zeros(RESOURCES, dtype=RESOURCE)
    resources[TEAM]["capacity"] = teams
    none = 1
    return World(
        people=people,
        places=np.zeros(1, dtype=PLACE),
        ways=np.zeros(none, dtype=WAY),
        pools=np.zeros(none, dtype=POOL),
        resources=resources,
        queues=queues,
        agenda=np.empty(2 * patients + 8, dtype=ENTRY),
        later=np.empty(2 * patients + 8, dtype=LATER),
        windows=np.zeros((LAST_S >> WINDOW_BITS) + 1, dtype=np.int32),
        counters=np.zeros(COUNTERS, dtype=np.int64),
        events=np.empty(none, dtype=EVENT_ROW),
        vitals=np.empty(none, dtype=VITALS_ROW),
        treatments=np.empty(none, dtype=TREATMENT_ROW),
        samples=np.empty(none, dtype=SAMPLE_ROW),
        model=model(),
    )


def oracle(comes_s: Array, service_s: Array, category: Array, teams: int) -> list[int]:
    """The same queue, written independently: heaps of tuples, no shared code."""
    clock = [(int(at_s), number, "comes", number) for number, at_s in enumerate(comes_s)]
    heapq.heapify(clock)
    waiting: list[tuple[int, int, int]] = []
    started, free, number = [-1] * len(comes_s), teams, len(comes_s)
    while clock:
        now_s, order, what, who = heapq.heappop(clock)
        if what == "comes":
            heapq.heappush(waiting, (int(category[who]), order, who))
        else:
            free += 1
        while free and waiting:
            following = heapq.heappop(waiting)[2]
            free -= 1
            started[following] = now_s
            heapq.heappush(clock, (now_s + int(service_s[following]), number, "goes", following))
            number += 1
    return started


def erlang_wait_s(arrivals_per_s: float, mean_service_s: float, servers: int) -> float:
    """Mean wait in M/M/c (Erlang C)."""
    load = arrivals_per_s * mean_service_s
    below = sum(load**k / math.factorial(k) for k in range(servers))
    full = load**servers / math.factorial(servers) * servers / (servers - load)
    return full / (below + full) / (servers / mean_service_s - arrivals_per_s)


@pytest.mark.parametrize("teams", [1, 2, 5])
def test_priority_queues_equal_an_independent_event_loop(teams: int) -> None:
    """With three triage classes and any number of teams everybody starts at the very second that a
    plain event loop gives.
    """
    rng = np.random.default_rng(teams)
    comes_s, service_s = np.sort(rng.integers(0, 20_000, 400)), rng.integers(1, 120 * teams, 400)
    category = rng.integers(1, 4, 400)
    started_s = np.full(400, -1)
    world = one_place(400, teams)
    serve(world, comes_s, service_s, category, started_s)
    assert started_s.tolist() == oracle(comes_s, service_s, category, teams)
    assert int(world.resources[TEAM]["served"]) == 400
    assert int(world.resources[TEAM]["waited_s"]) == int((started_s - comes_s).sum())


@pytest.mark.parametrize(("teams", "mean_service_s"), [(1, 700.0), (3, 2400.0), (8, 6800.0)])
def test_waits_are_those_of_queueing_theory(teams: int, mean_service_s: float) -> None:
    """With Poisson arrivals and exponential service the mean wait is Erlang's, to 8 %."""
    patients, between_s = 200_000, 1000.0
    rng = np.random.default_rng(2027)
    comes_s = np.cumsum(rng.exponential(between_s, patients)).astype(np.int64)
    service_s = rng.exponential(mean_service_s, patients).astype(np.int64)
    started_s = np.empty(patients, dtype=np.int64)
    serve(one_place(patients, teams), comes_s, service_s, np.full(patients, 2), started_s)
    assert (started_s - comes_s).mean() == pytest.approx(
        erlang_wait_s(1 / between_s, mean_service_s, teams), rel=0.08
    )
