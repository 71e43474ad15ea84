"""The sector's clock: what happens next. Equal seconds keep the order in which they were entered.

What is due within the open window of time stands in a binary heap, which stays small; what comes
later hangs in a chain for each window, which costs nothing to enter and is put into the heap when
its window opens.
"""

from typing import Any

from shared.simulation.kernel import kernel
from shared.simulation.world import ENTERED, FREED, HUNG, LENGTH, OPEN_WINDOW, OVERFLOW

# An entry's key is second and entry number, its item is what happens, to whom, and in which version
# of their state.
ENTRY_BITS = 34
VERSION_BITS = 24
SUBJECT_BITS = 24
VERSION_MASK = (1 << VERSION_BITS) - 1
SUBJECT_MASK = (1 << SUBJECT_BITS) - 1
# a window is 256 s: a sector of a thousand has a few entries in each, and most windows stay in the
# cache
WINDOW_BITS = 8
NEVER_S = 2**31 - 1


@kernel
def _put_into_heap(w: Any, key: int, item: int) -> None:
    place = w.counters[LENGTH]
    if place >= len(w.agenda):
        w.counters[OVERFLOW] = 1
        return
    w.counters[LENGTH] = place + 1
    while place > 0:
        parent = (place - 1) >> 1
        if w.agenda[parent]["key"] <= key:
            break
        w.agenda[place]["key"] = w.agenda[parent]["key"]
        w.agenda[place]["item"] = w.agenda[parent]["item"]
        place = parent
    w.agenda[place]["key"] = key
    w.agenda[place]["item"] = item


@kernel
def _hang(w: Any, window: int, key: int, item: int) -> None:
    link = w.counters[FREED]
    if link > 0:
        w.counters[FREED] = w.later[link - 1]["after"]
    elif w.counters[HUNG] < len(w.later):
        w.counters[HUNG] += 1
        link = w.counters[HUNG]
    else:
        w.counters[OVERFLOW] = 1
        return
    entry = w.later[link - 1]
    entry["key"] = key
    entry["item"] = item
    entry["after"] = w.windows[window]
    w.windows[window] = link


@kernel
def enter(w: Any, at_s: int, happening: int, subject: int, version: int) -> None:
    """Put a happening (below 256) into the agenda; beyond the horizon's window it is forgotten.
    Sets OVERFLOW when there is no room.
    """
    key = (int(at_s) << ENTRY_BITS) | w.counters[ENTERED]
    item = (((happening << SUBJECT_BITS) | int(subject)) << VERSION_BITS) | (
        int(version) & VERSION_MASK
    )
    w.counters[ENTERED] += 1
    window = at_s >> WINDOW_BITS
    if window <= w.counters[OPEN_WINDOW]:
        _put_into_heap(w, key, item)
    elif window < len(w.windows):
        _hang(w, window, key, item)


@kernel
def _open_next_window(w: Any) -> None:
    w.counters[OPEN_WINDOW] += 1
    link = w.windows[w.counters[OPEN_WINDOW]]
    while link > 0:
        entry = w.later[link - 1]
        _put_into_heap(w, entry["key"], entry["item"])
        after = entry["after"]
        entry["after"] = w.counters[FREED]
        w.counters[FREED] = link
        link = after


@kernel
def first_s(w: Any, until_s: int) -> int:
    """The second of the earliest entry; NEVER_S if there is none up to the window of `until_s`,
    which then is open.
    """
    window = min(until_s >> WINDOW_BITS, len(w.windows) - 1)
    while w.counters[LENGTH] == 0 and w.counters[OPEN_WINDOW] < window:
        _open_next_window(w)
    if w.counters[LENGTH] == 0:
        return NEVER_S
    return int(w.agenda[0]["key"] >> ENTRY_BITS)


@kernel
def take_first(w: Any) -> int:
    """Take the earliest entry out of the heap, which must have one; returns its item."""
    taken = w.agenda[0]["item"]
    w.counters[LENGTH] -= 1
    length = w.counters[LENGTH]
    key = w.agenda[length]["key"]
    item = w.agenda[length]["item"]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= length:
            break
        if child + 1 < length and w.agenda[child + 1]["key"] < w.agenda[child]["key"]:
            child += 1
        if w.agenda[child]["key"] >= key:
            break
        w.agenda[place]["key"] = w.agenda[child]["key"]
        w.agenda[place]["item"] = w.agenda[child]["item"]
        place = child
    w.agenda[place]["key"] = key
    w.agenda[place]["item"] = item
    return int(taken)
