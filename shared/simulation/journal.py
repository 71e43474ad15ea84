"""What is written down while the sector runs: events and treatments, in the order in which they
happen.
"""

from typing import Any

from shared.records.vocabulary import EventKind
from shared.simulation.kernel import kernel, routine
from shared.simulation.world import EVENT_ROWS, NOWHERE, OVERFLOW, TREATMENT_ROWS

AT_THE_WOUND = -1  # region of a treatment that is given where the worst wound lies

# As plain numbers, for compiled code.
(
    INJURED,
    FOUND,
    TRIAGED,
    EVACUATION_REQUESTED,
    DEPARTED,
    ARRIVED,
    ADMITTED,
    SURGERY_STARTED,
    SURGERY_ENDED,
    INTENSIVE_CARE_STARTED,
    INTENSIVE_CARE_ENDED,
    HELD,
    DISCHARGED,
    RETURNED_TO_DUTY,
    DIED,
    EVACUATED,
    DIVERTED,
) = (int(kind) for kind in EventKind)


@kernel
def write_event(w: Any, who: int, at_s: int, kind: int, detail: int) -> None:
    """Write an event of `who` where they are now."""
    row_no = w.counters[EVENT_ROWS]
    if row_no >= len(w.events) - 1:
        w.counters[OVERFLOW] = 1
        return
    w.counters[EVENT_ROWS] = row_no + 1
    person = w.people[who]
    row = w.events[row_no]
    row["who"] = who
    row["at_s"] = at_s
    row["kind"] = kind
    row["detail"] = detail
    row["vehicle"] = person["vehicle"]
    if person["place"] == NOWHERE:
        row["role"] = person["role_last"]
        row["facility"] = NOWHERE
    else:
        row["role"] = w.places[person["place"]]["role"]
        row["facility"] = w.places[person["place"]]["facility"]


@kernel
def write_treatment(w: Any, who: int, treatment: int, at_s: int, ended_at_s: int) -> None:
    """Write a treatment of `who` given once where they are now."""
    write_doses(w, who, treatment, at_s, ended_at_s, 1.0)


@routine
def write_doses(w: Any, who: int, treatment: int, at_s: int, ended_at_s: int, doses: float) -> None:
    """Write a treatment of `who` with several doses as one row, by the size of the body."""
    row_no = w.counters[TREATMENT_ROWS]
    if row_no >= len(w.treatments) - 1:
        w.counters[OVERFLOW] = 1
        return
    w.counters[TREATMENT_ROWS] = row_no + 1
    person = w.people[who]
    person["free_since_s"] = ended_at_s
    if w.model[0]["antibiotic"][treatment] > 0:
        person["antibiotic_at_s"] = at_s
    row = w.treatments[row_no]
    row["who"] = who
    row["at_s"] = at_s
    row["ended_at_s"] = ended_at_s
    row["treatment"] = treatment
    row["dose"] = w.model[0]["dose"][treatment] * doses * person["size"]
    region = w.model[0]["region"][treatment]
    row["region"] = person["wound_region"] if region == AT_THE_WOUND else region
    if person["place"] == NOWHERE:
        row["role"] = person["role_last"]
        row["facility"] = NOWHERE
    else:
        row["role"] = w.places[person["place"]]["role"]
        row["facility"] = w.places[person["place"]]["facility"]
