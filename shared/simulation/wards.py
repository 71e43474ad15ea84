"""The course of a patient in a facility after the first contact: operation, intensive care, a stay,
or further evacuation.
"""

from typing import Any

from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.complications import foresee
from shared.simulation.indications import operation_for
from shared.simulation.journal import (
    HELD,
    INTENSIVE_CARE_ENDED,
    INTENSIVE_CARE_STARTED,
    SURGERY_ENDED,
    SURGERY_STARTED,
    write_doses,
    write_event,
    write_treatment,
)
from shared.simulation.kernel import kernel, routine
from shared.simulation.model import TRANSFUSED
from shared.simulation.outcomes import leave_theatre, return_to_duty, touch
from shared.simulation.physiology import bleeding_rate
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
from shared.simulation.transport import request_journey
from shared.simulation.treatment import (
    CRANIOTOMY,
    INTENSIVE_CARE,
    INTUBATION,
    KETAMINE,
    LAPAROTOMY,
    MECHANICAL_VENTILATION,
    PLASMA,
    PLATELETS,
    PROPOFOL,
    RED_CELLS,
    REMEMBERED,
    ROCURONIUM,
    THORACOTOMY,
)
from shared.simulation.vital_signs import CLOCK, live_until, watch
from shared.simulation.watch_over import watch_over
from shared.simulation.world import (
    BED,
    BLOOD,
    EXTREMITY,
    ILLNESS,
    INTENSIVE,
    INTENSIVE_QUEUE,
    JUNCTIONAL,
    NOWHERE,
    QUEUES,
    RESOURCES,
    SURGEONS,
    TABLE,
    TABLE_QUEUE,
    TRUNCAL,
    VENTILATOR,
)

SURGERY_OVER, INTENSIVE_OVER, STAY_OVER = 5, 6, 10  # happenings
LAST_ROLE = 4
NEVER_TO_A_WARD = (1 << INTUBATION) | (1 << LAPAROTOMY) | (1 << THORACOTOMY) | (1 << CRANIOTOMY)


@routine
def choose_course(w: Any, who: int, now_s: int) -> None:
    """After a contact in a facility: operation, intensive care, further evacuation or a stay."""
    person = w.people[who]
    place = person["place"]
    if bleeding_rate(person) > w.model[0]["packing_bleeding_per_min"]:
        person["surgery"] = 1
    if w.places[place]["role"] == LAST_ROLE:
        leave_theatre(w, who, now_s)
    elif (
        person["surgery"] > 0 and _takes(w, place, TABLE, TABLE_QUEUE) and _has(w, place, SURGEONS)
    ):
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
    shocked = person["volume"] < p["intensive_volume"]
    return bool(
        shocked or person["burn_pct"] >= 20 or person["stupor"] >= 6.0 or person["strain"] > 0.6
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
        person["worst_ais"] <= 1 and well and person["surgery"] == 0 and person["burn_pct"] < 5
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
        enter(w, over_s, STAY_OVER, who, 0)
    elif place["ways"] > 0:
        request_journey(w, who, now_s)
    else:
        write_event(w, who, now_s, HELD, 0)
        enter(w, max(limit_s, now_s), STAY_OVER, who, 0)


@routine
def end_stay(w: Any, who: int, now_s: int) -> None:
    """Fit for duty, or at the end of what the policy allows here."""
    person = w.people[who]
    if person["surgery"] == 0 and person["injured_at_s"] + person["recovery_s"] <= now_s:
        return_to_duty(w, who, now_s)
    else:
        leave_theatre(w, who, now_s)


@kernel
def _put_to_sleep(w: Any, who: int, now_s: int) -> None:
    """Anaesthesia for an operation: ketamine in shock, else propofol, and a tube for who has
    none.
    """
    person = w.people[who]
    shocked = person["volume"] < w.model[0]["fluid_volume"]
    write_treatment(w, who, KETAMINE if shocked else PROPOFOL, now_s, now_s)
    if (person["done"] >> INTUBATION) & 1 == 0:
        write_treatment(w, who, ROCURONIUM, now_s, now_s)
        write_treatment(w, who, INTUBATION, now_s, now_s)


@routine
def _start_surgery(w: Any, place: int, now_s: int) -> None:
    who = first_in(w, place * QUEUES + TABLE_QUEUE)
    person = w.people[who]
    account_wait(w.resources[place * RESOURCES + TABLE], now_s - person["queued_at_s"])
    leave(w, who)
    note_waiting(w, place, TABLE, TABLE_QUEUE)
    seize(w, place, TABLE, who, now_s)
    seize(w, place, SURGEONS, who, now_s)
    write_event(w, who, now_s, SURGERY_STARTED, 0)
    _put_to_sleep(w, who, now_s)
    person["doing"] = operation_for(person, person["role_last"])
    person["doing_since_s"] = now_s
    p = w.model[0]
    over_s = now_s + luck.lasting(
        w.model[0],
        person,
        luck.SURGERY + person["role_last"],
        p["surgery_median_s"],
        p["surgery_spread"],
    )
    enter(w, over_s, SURGERY_OVER, who, 0)


@kernel
def start_bleeding_control(w: Any, who: int) -> None:
    """The surgeon's hand and clamp: most of the bleeding stops when the operation begins, the rest
    when it ends.
    """
    for site in (EXTREMITY, JUNCTIONAL, TRUNCAL):
        w.people[who]["bleeding"][site] *= w.model[0]["clamped_leak"]


@routine
def end_surgery(w: Any, who: int, now_s: int) -> None:
    """Bleeding and contamination are controlled; the table is free."""
    person = w.people[who]
    place = person["place"]
    write_treatment(w, who, person["doing"], person["doing_since_s"], now_s)
    if person["doing"] <= REMEMBERED:
        person["done"] |= 1 << int(person["doing"])
    person["doing"] = 0
    person["surgery"] = 0
    person["operation"] = 0
    _replace_blood(w, who, now_s)
    for site in (EXTREMITY, JUNCTIONAL, TRUNCAL):
        w.people[who]["bleeding"][site] = 0.0
    person["collapse"] *= w.model[0]["surgery_collapse_factor"]
    person["hazard"][ILLNESS] *= w.model[0]["surgery_hazard_factor"]
    write_event(w, who, now_s, SURGERY_ENDED, 0)
    release(w, place, TABLE, who, now_s)
    release(w, place, SURGEONS, who, now_s)
    touch(w, place)
    watch(w, who)
    choose_course(w, who, now_s)


@kernel
def _replace_blood(w: Any, who: int, now_s: int) -> None:
    """Blood for each amputation by protocol, and the more the deeper the shock was; what the shelf
    cannot give is missing.
    """
    person = w.people[who]
    p = w.model[0]
    usual = p["amputation_units"] * person["amputation"]
    person["amputation"] = 0
    if person["transfused"] > 0:
        usual += p["operative_units"] * max(
            1.0 - person["volume_min"] - p["operative_loss_borne"], 0.0
        )
    if usual == 0.0:
        return
    needed = (
        luck.lasting(p, person, luck.LOSS + person["role_last"], usual, p["operative_spread"]) - 1
    )
    shelf = w.resources[person["place"] * RESOURCES + BLOOD]
    given = min(needed, shelf["capacity"] - shelf["in_use"])
    shelf["in_use"] += given
    shelf["served"] += given
    person["transfused"] += given
    if given > 0:
        for product, doses in ((RED_CELLS, given), (PLASMA, given), (PLATELETS, (given + 5) // 6)):
            write_doses(w, who, product, now_s, now_s, doses)
    missing = (needed - given) * p["blood_unit_volume"] * p["operative_loss_unreplaced"]
    person["volume"] = max(person["volume"] - missing, p["volume_floor"])
    person["volume_min"] = min(person["volume_min"], person["volume"])
    if person["transfused"] >= p["transfused_grave_units"]:
        foresee(w, who, TRANSFUSED, now_s)


@routine
def _start_intensive_care(w: Any, place: int, now_s: int) -> None:
    who = first_in(w, place * QUEUES + INTENSIVE_QUEUE)
    person = w.people[who]
    account_wait(w.resources[place * RESOURCES + INTENSIVE], now_s - person["queued_at_s"])
    leave(w, who)
    note_waiting(w, place, INTENSIVE, INTENSIVE_QUEUE)
    seize(w, place, INTENSIVE, who, now_s)
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
    if (w.people[who]["done"] >> INTUBATION) & 1 == 0:
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
    write_event(w, who, now_s, INTENSIVE_CARE_ENDED, 0)
    release(w, person["place"], INTENSIVE, who, now_s)
    release(w, person["place"], VENTILATOR, who, now_s)
    touch(w, person["place"])
    stay_or_go(w, who, now_s)


@kernel
def next_for_surgery(w: Any, place: int, now_s: int) -> int:
    """Give a free table and surgeons to the next in the queue; NOWHERE as above."""
    if (
        w.queues[place * QUEUES + TABLE_QUEUE]["length"] == 0
        or not is_free(w.resources[place * RESOURCES + TABLE])
        or not is_free(w.resources[place * RESOURCES + SURGEONS])
    ):
        return NOWHERE
    who = first_in(w, place * QUEUES + TABLE_QUEUE)
    live_until(w, who, now_s, CLOCK)
    _start_surgery(w, place, now_s)
    return int(who)


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
