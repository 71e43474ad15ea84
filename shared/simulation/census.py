"""What planners look at: who is where and what is in use, sampled on a fixed clock, and the daily
resupply of blood.
"""

from typing import Any

from shared.simulation.kernel import kernel, routine
from shared.simulation.world import BLOOD, FRONTS, NOWHERE, OVERFLOW, RESOURCES, SAMPLE_ROWS


@kernel
def _write(w: Any, now_s: int, facility: int, resource: int, in_use: int, waiting: int) -> None:
    row_no = w.counters[SAMPLE_ROWS]
    if row_no >= len(w.samples):
        w.counters[OVERFLOW] = 1
        return
    w.counters[SAMPLE_ROWS] = row_no + 1
    row = w.samples[row_no]
    row["at_s"] = now_s
    row["facility"] = facility
    row["resource"] = resource
    row["in_use"] = in_use
    row["waiting"] = waiting


@routine
def take_sample(w: Any, now_s: int) -> None:
    """Write the census of every facility, and every resource whose use or queue changed since the
    last sample.
    """
    fronts = w.counters[FRONTS]
    for place in range(fronts, len(w.places)):
        _write(w, now_s, place - fronts, NOWHERE, w.places[place]["present"], 0)
    for index in range(fronts * RESOURCES, len(w.resources)):
        resource = w.resources[index]
        changed = (
            resource["in_use"] != resource["shown_in_use"]
            or resource["waiting"] != resource["shown_waiting"]
        )
        if resource["capacity"] > 0 and changed:
            _write(w, now_s, NOWHERE, index, resource["in_use"], resource["waiting"])
            resource["shown_in_use"] = resource["in_use"]
            resource["shown_waiting"] = resource["waiting"]


@kernel
def resupply(w: Any) -> None:
    """Every shelf of blood is full again."""
    for place in range(len(w.places)):
        w.resources[place * RESOURCES + BLOOD]["in_use"] = 0
