"""Counted resources and the queues before them: who waits, who is served, how long, how full."""

from typing import Any

from shared.simulation.kernel import kernel
from shared.simulation.world import (
    BLOOD,
    CLASSES,
    JOURNEY_QUEUE,
    NOWHERE,
    QUEUES,
    RESOURCES,
    WAITING,
)


@kernel
def settle(resource: Any, now_s: int) -> None:
    """Account the use up to now, before it changes."""
    resource["busy_s"] += resource["in_use"] * (now_s - resource["changed_at_s"])
    resource["changed_at_s"] = now_s


@kernel
def is_free(resource: Any) -> bool:
    return bool(resource["in_use"] < resource["capacity"])


@kernel
def seize(w: Any, place: int, kind: int, who: int, now_s: int) -> None:
    """Take one unit for `who`; there must be one free."""
    resource = w.resources[place * RESOURCES + kind]
    settle(resource, now_s)
    resource["in_use"] += 1
    resource["served"] += 1
    w.people[who]["holds"] |= 1 << kind


@kernel
def release(w: Any, place: int, kind: int, who: int, now_s: int) -> bool:
    """Give back the unit that `who` holds; False if none is held."""
    person = w.people[who]
    if (person["holds"] >> kind) & 1 == 0:
        return False
    resource = w.resources[place * RESOURCES + kind]
    settle(resource, now_s)
    resource["in_use"] -= 1
    person["holds"] &= ~(1 << kind)
    return True


@kernel
def spend_blood(w: Any, place: int) -> None:
    """Take a unit of blood off the shelf of `place`; there must be one."""
    shelf = w.resources[place * RESOURCES + BLOOD]
    shelf["in_use"] += 1
    shelf["served"] += 1


@kernel
def account_wait(resource: Any, waited_s: int) -> None:
    resource["waited_s"] += waited_s
    resource["wait_max_s"] = max(resource["wait_max_s"], waited_s)


@kernel
def _count_for_journey(w: Any, queue: int, change: int) -> None:
    """One more or one less waits where the queue is, and for every pool that may fetch from it."""
    place = w.places[queue // QUEUES]
    place["waiting"] += change
    w.counters[WAITING] += change
    for pool_no in range(len(w.pools)):
        pool = w.pools[pool_no]
        if pool["from_role"] <= place["role"] and queue % QUEUES - JOURNEY_QUEUE <= pool["to_role"]:
            fleet = w.resources[len(w.places) * RESOURCES + pool_no]
            fleet["waiting"] += change
            fleet["queue_max"] = max(fleet["queue_max"], fleet["waiting"])


@kernel
def join(w: Any, queue: int, who: int, category: int, now_s: int) -> None:
    """Stand at the end of one's triage class in `queue`."""
    person = w.people[who]
    last = w.queues[queue]["last"][category]
    person["queue"] = queue
    person["queue_class"] = category
    person["queued_at_s"] = now_s
    person["before"] = last
    person["after"] = NOWHERE
    if last == NOWHERE:
        w.queues[queue]["first"][category] = who
    else:
        w.people[last]["after"] = who
    w.queues[queue]["last"][category] = who
    w.queues[queue]["length"] += 1
    if queue % QUEUES > JOURNEY_QUEUE:
        _count_for_journey(w, queue, 1)


@kernel
def leave(w: Any, who: int) -> None:
    """Step out of one's queue, if in one."""
    person = w.people[who]
    queue = person["queue"]
    if queue == NOWHERE:
        return
    category = person["queue_class"]
    before = person["before"]
    after = person["after"]
    if before == NOWHERE:
        w.queues[queue]["first"][category] = after
    else:
        w.people[before]["after"] = after
    if after == NOWHERE:
        w.queues[queue]["last"][category] = before
    else:
        w.people[after]["before"] = before
    person["queue"] = NOWHERE
    w.queues[queue]["length"] -= 1
    if queue % QUEUES > JOURNEY_QUEUE:
        _count_for_journey(w, queue, -1)


@kernel
def first_in(w: Any, queue: int) -> int:
    """Who is next in `queue`: the gravest class first, within it the longest wait; NOWHERE if none
    waits.
    """
    if w.queues[queue]["length"] == 0:
        return NOWHERE
    for category in range(CLASSES):
        who = w.queues[queue]["first"][category]
        if who != NOWHERE:
            return int(who)
    return NOWHERE


@kernel
def note_waiting(w: Any, place: int, kind: int, queue_kind: int) -> None:
    """Keep the resource's record of its queue's length."""
    resource = w.resources[place * RESOURCES + kind]
    resource["waiting"] = w.queues[place * QUEUES + queue_kind]["length"]
    resource["queue_max"] = max(resource["queue_max"], resource["waiting"])
