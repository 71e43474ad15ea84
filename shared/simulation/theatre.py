"""The operating theatre: one operation after another, blood, and sleep that wears off."""

from typing import Any

from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.complications import foresee
from shared.simulation.happenings import SURGERY_OVER
from shared.simulation.journal import (
    SURGERY_ENDED,
    SURGERY_STARTED,
    write_doses,
    write_event,
    write_treatment,
)
from shared.simulation.kernel import kernel, routine
from shared.simulation.model import TRANSFUSED
from shared.simulation.outcomes import touch
from shared.simulation.resources import (
    account_wait,
    first_in,
    is_free,
    leave,
    note_waiting,
    release,
    seize,
)
from shared.simulation.surgery import (
    OPERATIONS,
    next_operation,
    settle_needs,
)
from shared.simulation.treatment import (
    INTUBATION,
    KETAMINE,
    PLASMA,
    PLATELETS,
    PROPOFOL,
    RED_CELLS,
    REMEMBERED,
    ROCURONIUM,
)
from shared.simulation.vital_signs import CLOCK, live_until, watch
from shared.simulation.world import (
    BLOOD,
    EXTREMITY,
    ILLNESS,
    JUNCTIONAL,
    NOWHERE,
    QUEUES,
    RESOURCES,
    SURGEONS,
    TABLE,
    TABLE_QUEUE,
    TRUNCAL,
)


@kernel
def _put_to_sleep(w: Any, who: int, now_s: int) -> None:
    """Anaesthesia for an operation: ketamine in shock, else propofol, and a tube for who has
    none.
    """
    person = w.people[who]
    shocked = person["volume"] < w.model[0]["fluid_volume"]
    write_treatment(w, who, KETAMINE if shocked else PROPOFOL, now_s, now_s)
    if person["tube"] == 0:
        write_treatment(w, who, ROCURONIUM, now_s, now_s)
        write_treatment(w, who, INTUBATION, now_s, now_s)
        person["tube"] = 1


@routine
def _start_surgery(w: Any, place: int, now_s: int) -> None:
    who = first_in(w, place * QUEUES + TABLE_QUEUE)
    person = w.people[who]
    account_wait(w.resources[place * RESOURCES + TABLE], now_s - person["queued_at_s"])
    leave(w, who)
    note_waiting(w, place, TABLE, TABLE_QUEUE)
    seize(w, place, TABLE, who, now_s)
    seize(w, place, SURGEONS, who, now_s)
    if person["doing"] > 0:  # at the bedside
        person["step"] += 1
        person["doing"] = 0
    write_event(w, who, now_s, SURGERY_STARTED, 0)
    _put_to_sleep(w, who, now_s)
    person["operated"] = 0
    _cut(w, who, now_s)


@kernel
def _cut(w: Any, who: int, now_s: int) -> None:
    """Begin the most urgent operation."""
    person = w.people[who]
    p = w.model[0]
    number = next_operation(w, who, person["role_last"], person["operated"])
    person["operating"] = number
    person["doing"] = OPERATIONS[number]
    person["doing_since_s"] = now_s
    median_s = p["surgery_median_s"] if person["operated"] == 0 else p["surgery_next_median_s"]
    purpose = luck.OPERATION + luck.PER_ROLE * int(person["role_last"]) + number
    enter(
        w,
        now_s + luck.lasting(p, person, purpose, median_s, p["surgery_spread"]),
        SURGERY_OVER,
        who,
        0,
    )


@kernel
def start_bleeding_control(w: Any, who: int) -> None:
    """The surgeon's hand and clamp: most of the bleeding stops when the operation begins, the rest
    when it ends.
    """
    for site in (EXTREMITY, JUNCTIONAL, TRUNCAL):
        w.people[who]["bleeding"][site] *= w.model[0]["clamped_leak"]


@routine
def end_surgery(w: Any, who: int, now_s: int) -> bool:
    """An operation is done; returns whether the session is, so that anaesthesia wears off."""
    person = w.people[who]
    write_treatment(w, who, person["doing"], person["doing_since_s"], now_s)
    if person["doing"] <= REMEMBERED:
        person["done"] |= 1 << int(person["doing"])
    person["doing"] = 0
    settle_needs(person, int(person["operating"]))
    person["operated"] += 1
    _repair(w, who)
    if next_operation(w, who, person["role_last"], person["operated"]) >= 0:
        _cut(w, who, now_s)
        return False
    _close(w, who, now_s)
    return True


@kernel
def _repair(w: Any, who: int) -> None:
    person, p = w.people[who], w.model[0]
    for site in (EXTREMITY, JUNCTIONAL, TRUNCAL):
        person["bleeding"][site] = 0.0
    person["collapse"] *= p["surgery_collapse_factor"]
    removed = person["soiling"] * (1.0 - p["surgery_soiling_left"])
    person["soiling"] -= removed
    person["hazard"][ILLNESS] = max(person["hazard"][ILLNESS] - removed, 0.0)


@kernel
def _close(w: Any, who: int, now_s: int) -> None:
    """The session is over: blood, a free table, and sleep that wears off."""
    person, p = w.people[who], w.model[0]
    place = person["place"]
    _replace_blood(w, who, now_s)
    write_event(w, who, now_s, SURGERY_ENDED, 0)
    release(w, place, TABLE, who, now_s)
    release(w, place, SURGEONS, who, now_s)
    touch(w, place)
    purpose = luck.WAKING + int(person["role_last"])
    person["asleep_until_s"] = now_s + luck.lasting(
        p, person, purpose, p["waking_median_s"], p["waking_spread"]
    )
    person["drowsy_until_s"] = person["asleep_until_s"] + int(p["drowsy_s"])
    person["watched_since_s"] = now_s
    watch(w, who)


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
        for product, doses in (
            (RED_CELLS, given),
            (PLASMA, given),
            (PLATELETS, int((given + p["units_a_platelets"] - 1.0) / p["units_a_platelets"])),
        ):
            write_doses(w, who, product, now_s, now_s, doses)
    missing = (needed - given) * p["blood_unit_volume"] * p["operative_loss_unreplaced"]
    person["volume"] = max(person["volume"] - missing, p["volume_floor"])
    person["volume_min"] = min(person["volume_min"], person["volume"])
    if person["transfused"] >= p["transfused_grave_units"]:
        foresee(w, who, TRANSFUSED, now_s)


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
