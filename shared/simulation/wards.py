"""The course of a patient in a facility after the first contact: operation, intensive care, a stay,
or further evacuation.
"""

from typing import Any

from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.happenings import INTENSIVE_OVER, STAY_OVER
from shared.simulation.journal import (
    HELD,
    INTENSIVE_CARE_ENDED,
    INTENSIVE_CARE_STARTED,
    write_event,
    write_treatment,
)
from shared.simulation.kernel import kernel, routine
from shared.simulation.outcomes import leave_theatre, return_to_duty, step_out, touch
from shared.simulation.resources import (
    account_wait,
    first_in,
    is_free,
    join,
    leave,
    note_waiting,
    release,
    seize,
)
from shared.simulation.surgery import (
    can_operate,
    need_for_bleeding,
)
from shared.simulation.transport import request_journey
from shared.simulation.treatment import (
    CRANIOTOMY,
    CRICOTHYROIDOTOMY,
    INTENSIVE_CARE,
    INTUBATION,
    LAPAROTOMY,
    MECHANICAL_VENTILATION,
    MILD,
    THORACOTOMY,
)
from shared.simulation.vital_signs import CLOCK, gcs_of, live_until, watch
from shared.simulation.watch_over import watch_over
from shared.simulation.world import (
    BED,
    ILLNESS,
    INTENSIVE,
    INTENSIVE_QUEUE,
    JOURNEY_QUEUE,
    NOWHERE,
    QUEUES,
    RESOURCES,
    SURGEONS,
    TABLE,
    TABLE_QUEUE,
    VENTILATOR,
)

LAST_ROLE = 4
ON_A_WARD = 5  # stage of care: nobody is treating
NEVER_TO_A_WARD = (1 << INTUBATION) | (1 << LAPAROTOMY) | (1 << THORACOTOMY) | (1 << CRANIOTOMY)


@routine
def choose_course(w: Any, who: int, now_s: int) -> None:
    """After a contact in a facility: operation, intensive care, further evacuation or a stay."""
    person = w.people[who]
    person["stage"] = ON_A_WARD
    place = person["place"]
    person["needs"] |= need_for_bleeding(person, w.model[0])
    person["surgery"] = 1 if person["needs"] != 0 else 0
    if w.places[place]["role"] == LAST_ROLE:
        leave_theatre(w, who, now_s)
    elif operates(w, who) and _takes(w, place, TABLE, TABLE_QUEUE):
        join(w, place * QUEUES + TABLE_QUEUE, who, person["triage"], now_s)
        note_waiting(w, place, TABLE, TABLE_QUEUE)
        watch_over(w, who, now_s)
        touch(w, place)
    elif needs_intensive_care(person, w.model[0]) and _takes(w, place, INTENSIVE, INTENSIVE_QUEUE):
        join(w, place * QUEUES + INTENSIVE_QUEUE, who, person["triage"], now_s)
        note_waiting(w, place, INTENSIVE, INTENSIVE_QUEUE)
        touch(w, place)
    else:
        stay_or_go(w, who, now_s)


@kernel
def operates(w: Any, who: int) -> bool:
    """Whether something that `who` needs can be done where they are, now or later."""
    place = w.people[who]["place"]
    staffed = _has(w, place, SURGEONS) and _has(w, place, TABLE)
    return bool(staffed and can_operate(w, who, w.places[place]["role"]))


@kernel
def _has(w: Any, place: int, kind: int) -> bool:
    return bool(w.resources[place * RESOURCES + kind]["capacity"] > 0)


@kernel
def _takes(w: Any, place: int, kind: int, queue_kind: int) -> bool:
    """Whether to wait here for a unit of `kind`: yes at the end of the chain, else while the queue
    is shorter than the units.
    """
    capacity = w.resources[place * RESOURCES + kind]["capacity"]
    waiting = w.queues[place * QUEUES + queue_kind]["length"]
    return bool(capacity > 0 and (w.places[place]["ways"] == 0 or waiting < capacity))


@kernel
def needs_intensive_care(person: Any, p: Any) -> bool:
    """Shock, burns, an injured brain, a failing body, a tube, and whoever was cut in head, chest or
    belly; once. Scores come later.
    """
    if (person["done"] >> INTENSIVE_CARE) & 1 == 1:
        return False
    if person["done"] & NEVER_TO_A_WARD != 0:
        return True
    shocked = (
        person["volume"] < p["intensive_volume"] or person["transfused"] >= p["intensive_units"]
    )
    burnt = person["burn_pct"] >= p["burn_fluid_pct"]
    return bool(
        shocked
        or burnt
        or person["stupor"] >= p["intensive_stupor"]
        or person["strain"] > p["intensive_strain"]
    )


@kernel
def _hold_s(w: Any, place: int) -> int:
    # A facility that fills up holds nobody for long if there is a way on.
    row = w.places[place]
    bed = w.resources[place * RESOURCES + BED]
    full = bed["in_use"] > bed["capacity"] * w.model[0]["hold_occupancy"]
    return (
        int(min(row["hold_s"], w.model[0]["hold_when_full_s"]))
        if full and row["ways"] > 0
        else int(row["hold_s"])
    )


@kernel
def is_light(person: Any, p: Any) -> bool:
    """Whether somebody is treated and goes back to light duty, without a bed until all has
    healed.
    """
    well = person["strain"] < p["strain_grave"] and (
        person["illness"] == 0 or person["recovery_s"] <= p["light_illness_s"]
    )
    return bool(
        person["worst_ais"] <= MILD
        and well
        and person["surgery"] == 0
        and person["burn_pct"] < p["light_burn_pct"]
    )


@routine
def stay_or_go(w: Any, who: int, now_s: int) -> None:
    """Stay until fit for duty if the evacuation policy allows it, else ask for evacuation; without
    a way on, stay for the policy's days.
    """
    person = w.people[who]
    place = w.places[person["place"]]
    if is_light(person, w.model[0]):
        person["recovery_s"] = min(
            person["recovery_s"], now_s + int(w.model[0]["light_duty_s"]) - person["injured_at_s"]
        )
    fit_s = person["injured_at_s"] + person["recovery_s"]
    limit_s = person["arrived_at_s"] + _hold_s(w, person["place"])
    if person["surgery"] == 0 and fit_s <= limit_s:
        write_event(w, who, now_s, HELD, 0)
        over_s = max(int(fit_s), now_s + int(w.model[0]["stay_min_s"]))
        _stay_until(w, who, over_s)
    elif place["ways"] > 0:
        request_journey(w, who, now_s)
    else:
        write_event(w, who, now_s, HELD, 0)
        _stay_until(w, who, max(limit_s, now_s))


@kernel
def _stay_until(w: Any, who: int, over_s: int) -> None:
    """An older end of a stay is void."""
    w.people[who]["stay"] += 1
    enter(w, over_s, STAY_OVER, who, w.people[who]["stay"])


@kernel
def _is_well(person: Any, p: Any) -> bool:
    """Fit to leave by what a doctor sees on the day."""
    calm = person["strain"] < p["strain_grave"] and abs(person["fever"]) < p["fever_treated"]
    clear = person["volume"] >= p["discharge_volume"] and gcs_of(p, person) >= p["discharge_gcs"]
    return bool(calm and clear and person["tube"] == 0)


@kernel
def call_to_theatre(w: Any, who: int, now_s: int) -> None:
    """Somebody on a ward or waiting for a journey needs an operation now."""
    person = w.people[who]
    queue = person["queue"]
    waits_for_team = queue != NOWHERE and queue % QUEUES < JOURNEY_QUEUE
    busy = waits_for_team or person["doing"] > 0 or person["bound_for"] != NOWHERE
    if busy or person["stage"] != ON_A_WARD or not operates(w, who):
        return
    step_out(w, who)
    person["stay"] += 1
    choose_course(w, who, now_s)


@routine
def end_stay(w: Any, who: int, now_s: int) -> None:
    """Fit for duty, or at the end of what the policy allows here."""
    person = w.people[who]
    limit_s = person["arrived_at_s"] + w.places[person["place"]]["hold_s"]
    healed = person["surgery"] == 0 and person["injured_at_s"] + person["recovery_s"] <= now_s
    if healed and _is_well(person, w.model[0]):
        return_to_duty(w, who, now_s)
    elif healed and now_s + int(w.model[0]["stay_more_s"]) <= limit_s:
        _stay_until(w, who, now_s + int(w.model[0]["stay_more_s"]))
    elif healed and w.places[person["place"]]["ways"] > 0:
        request_journey(w, who, now_s)
    else:
        leave_theatre(w, who, now_s)


@kernel
def take_tube_out(person: Any, p: Any) -> None:
    """Unless the airway still needs it."""
    safe = gcs_of(p, person) >= p["intubation_gcs"] and person["burn_pct"] < p["burn_grave_pct"]
    if safe and (person["done"] >> CRICOTHYROIDOTOMY) & 1 == 0:
        person["tube"] = 0


@routine
def end_recovery(w: Any, who: int, now_s: int) -> None:
    """Awake after an operation, or bound for intensive care."""
    person = w.people[who]
    if not needs_intensive_care(person, w.model[0]):
        take_tube_out(person, w.model[0])
    watch(w, who)
    choose_course(w, who, now_s)


@routine
def _start_intensive_care(w: Any, place: int, now_s: int) -> None:
    who = first_in(w, place * QUEUES + INTENSIVE_QUEUE)
    person = w.people[who]
    account_wait(w.resources[place * RESOURCES + INTENSIVE], now_s - person["queued_at_s"])
    leave(w, who)
    note_waiting(w, place, INTENSIVE, INTENSIVE_QUEUE)
    seize(w, place, INTENSIVE, who, now_s)
    if person["doing"] > 0:  # at the bedside
        person["step"] += 1
        person["doing"] = 0
    write_event(w, who, now_s, INTENSIVE_CARE_STARTED, 0)
    person["done"] |= 1 << INTENSIVE_CARE
    person["doing"] = INTENSIVE_CARE
    person["doing_since_s"] = now_s
    p = w.model[0]
    if _breathes_with_help(w, place, who, now_s):
        person["hazard"][ILLNESS] *= p["intensive_hazard_factor"]
        if (person["holds"] >> VENTILATOR) & 1 == 1:
            person["doing"] = MECHANICAL_VENTILATION
    over_s = now_s + luck.lasting(
        w.model[0],
        person,
        luck.INTENSIVE + person["role_last"],
        p["intensive_median_s"],
        p["intensive_spread"],
    )
    enter(w, over_s, INTENSIVE_OVER, who, 0)


@kernel
def _breathes_with_help(w: Any, place: int, who: int, now_s: int) -> bool:
    """Whether intensive care can do its work: the intubated need a ventilator for it."""
    if w.people[who]["tube"] == 0:
        return True
    if not is_free(w.resources[place * RESOURCES + VENTILATOR]):
        return False
    seize(w, place, VENTILATOR, who, now_s)
    return True


@routine
def end_intensive_care(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    write_treatment(w, who, person["doing"], person["doing_since_s"], now_s)
    person["doing"] = 0
    take_tube_out(person, w.model[0])
    person["watched_since_s"] = now_s
    watch(w, who)
    write_event(w, who, now_s, INTENSIVE_CARE_ENDED, 0)
    release(w, person["place"], INTENSIVE, who, now_s)
    release(w, person["place"], VENTILATOR, who, now_s)
    touch(w, person["place"])
    choose_course(w, who, now_s)


@kernel
def next_for_intensive_care(w: Any, place: int, now_s: int) -> int:
    """Give a free intensive care bed to the next in the queue; NOWHERE as above."""
    if w.queues[place * QUEUES + INTENSIVE_QUEUE]["length"] == 0 or not is_free(
        w.resources[place * RESOURCES + INTENSIVE]
    ):
        return NOWHERE
    who = first_in(w, place * QUEUES + INTENSIVE_QUEUE)
    live_until(w, who, now_s, CLOCK)
    _start_intensive_care(w, place, now_s)
    return int(who)
