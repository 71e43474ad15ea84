"""What planners look at: who is where and what is in use, sampled on a fixed clock, and the daily resupply of blood."""

from typing import Any

from services.generator.simulation.kernel import kernel
from services.generator.simulation.transport import waiting_for
from services.generator.simulation.world import BLOOD, CENSUS_ROWS, FRONTS, OVERFLOW, RESOURCES, SERIES_ROWS

SAMPLE, RESUPPLY = 13, 14  # happenings


@kernel
def _sample_resource(w: Any, index: int, now_s: int) -> None:
    resource = w.resources[index]
    if resource["in_use"] == resource["shown_in_use"] and resource["waiting"] == resource["shown_waiting"]:
        return
    row_no = w.counters[SERIES_ROWS]
    if row_no >= len(w.series):
        w.counters[OVERFLOW] = 1
        return
    w.counters[SERIES_ROWS] = row_no + 1
    row = w.series[row_no]
    row["at_s"] = now_s
    row["resource"] = index
    row["in_use"] = resource["in_use"]
    row["waiting"] = resource["waiting"]
    resource["shown_in_use"] = resource["in_use"]
    resource["shown_waiting"] = resource["waiting"]


@kernel
def take_sample(w: Any, now_s: int) -> None:
    """Write the census of every facility, and every resource whose use or queue changed since the last sample."""
    fronts = w.rules[FRONTS]
    for place in range(fronts, len(w.places)):
        row_no = w.counters[CENSUS_ROWS]
        if row_no >= len(w.census):
            w.counters[OVERFLOW] = 1
            return
        w.counters[CENSUS_ROWS] = row_no + 1
        row = w.census[row_no]
        row["at_s"] = now_s
        row["facility"] = place - fronts
        row["present"] = w.places[place]["present"]
    for pool_no in range(len(w.pools)):
        w.resources[len(w.places) * RESOURCES + pool_no]["waiting"] = waiting_for(w, pool_no)
    for index in range(fronts * RESOURCES, len(w.resources)):
        if w.resources[index]["capacity"] > 0:
            _sample_resource(w, index, now_s)


@kernel
def resupply(w: Any) -> None:
    """Every shelf of blood is full again."""
    for place in range(len(w.places)):
        w.resources[place * RESOURCES + BLOOD]["in_use"] = 0
