"""The sector's clock: a binary heap of what happens next. Equal seconds keep the order in which they were entered."""

from typing import Any

from services.generator.simulation.kernel import kernel

# counters[...] of the agenda
LENGTH = 0
ENTERED = 1

# An entry's key is second and entry number, its item is what happens, to whom, and in which version of their state.
ENTRY_BITS = 34
VERSION_BITS = 24
SUBJECT_BITS = 24
VERSION_MASK = (1 << VERSION_BITS) - 1
SUBJECT_MASK = (1 << SUBJECT_BITS) - 1


@kernel
def enter(keys: Any, items: Any, counters: Any, at_s: int, happening: int, subject: int, version: int) -> None:
    """Put a happening (below 256) into the agenda. The arrays must have room: `counters[LENGTH] < len(keys)`."""
    place = counters[LENGTH]
    key = (int(at_s) << ENTRY_BITS) | counters[ENTERED]
    counters[LENGTH] += 1
    counters[ENTERED] += 1
    while place > 0:
        parent = (place - 1) >> 1
        if keys[parent] <= key:
            break
        keys[place] = keys[parent]
        items[place] = items[parent]
        place = parent
    keys[place] = key
    items[place] = (((happening << SUBJECT_BITS) | int(subject)) << VERSION_BITS) | (int(version) & VERSION_MASK)


@kernel
def remove_first(keys: Any, items: Any, counters: Any) -> None:
    """Take the earliest entry (place 0) out."""
    counters[LENGTH] -= 1
    length = counters[LENGTH]
    key = keys[length]
    item = items[length]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= length:
            break
        if child + 1 < length and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[place] = keys[child]
        items[place] = items[child]
        place = child
    keys[place] = key
    items[place] = item
