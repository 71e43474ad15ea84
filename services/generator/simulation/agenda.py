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
def enter(agenda: Any, counters: Any, at_s: int, happening: int, subject: int, version: int) -> None:
    """Put a happening (below 256) into the agenda. It must have room: `counters[LENGTH] < len(agenda)`."""
    place = counters[LENGTH]
    key = (int(at_s) << ENTRY_BITS) | counters[ENTERED]
    counters[LENGTH] += 1
    counters[ENTERED] += 1
    while place > 0:
        parent = (place - 1) >> 1
        if agenda[parent]["key"] <= key:
            break
        agenda[place]["key"] = agenda[parent]["key"]
        agenda[place]["item"] = agenda[parent]["item"]
        place = parent
    agenda[place]["key"] = key
    agenda[place]["item"] = (((happening << SUBJECT_BITS) | int(subject)) << VERSION_BITS) | (int(version) & VERSION_MASK)


@kernel
def remove_first(agenda: Any, counters: Any) -> None:
    """Take the earliest entry (place 0) out."""
    counters[LENGTH] -= 1
    length = counters[LENGTH]
    key = agenda[length]["key"]
    item = agenda[length]["item"]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= length:
            break
        if child + 1 < length and agenda[child + 1]["key"] < agenda[child]["key"]:
            child += 1
        if agenda[child]["key"] >= key:
            break
        agenda[place]["key"] = agenda[child]["key"]
        agenda[place]["item"] = agenda[child]["item"]
        place = child
    agenda[place]["key"] = key
    agenda[place]["item"] = item
