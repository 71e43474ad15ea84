"""A contact between a casualty and those who treat: triage, treatments one after another, then what follows."""

from typing import Any

from services.generator.simulation import luck
from services.generator.simulation.agenda import enter
from services.generator.simulation.journal import (
    ADMITTED,
    EVACUATION_REQUESTED,
    HELD,
    INTENSIVE_CARE_ENDED,
    INTENSIVE_CARE_STARTED,
    SURGERY_ENDED,
    SURGERY_STARTED,
    TRIAGED,
    write_event,
    write_treatment,
)
from services.generator.simulation.kernel import kernel
from services.generator.simulation.outcomes import leave_theatre, reassess, return_to_duty, touch
from services.generator.simulation.resources import account_wait, first_in, is_free, join, leave, note_waiting, release, seize, spend_blood
from services.generator.simulation.transport import ask_for_journey
from services.generator.simulation.treatment import (
    AID_POST,
    HOSPITAL,
    INTENSIVE_CARE,
    INTUBATION,
    RED_CELLS,
    REPEATED,
    SURGICAL,
    WHOLE_BLOOD,
    next_treatment,
    operation_for,
    take_effect,
)
from services.generator.simulation.triage import categorise, precedence_of, revised_trauma_score
from services.generator.simulation.vital_signs import watch
from services.generator.simulation.world import (
    BED,
    BLOOD,
    EXTREMITY,
    FRONTS,
    ILLNESS,
    INTENSIVE,
    INTENSIVE_QUEUE,
    JUNCTIONAL,
    NATO_PRECEDENCE,
    NOWHERE,
    QUEUES,
    RESOURCES,
    SURGEONS,
    TABLE,
    TABLE_QUEUE,
    TEAM,
    TEAM_QUEUE,
    TRUNCAL,
    VENTILATOR,
)

MEDIC_READY, STEP, SURGERY_OVER, INTENSIVE_OVER, STAY_OVER = 3, 4, 5, 6, 10  # happenings
ALONGSIDE, WITH_MEDIC, ON_THE_WAY, IN_FACILITY = 1, 2, 3, 4  # stages of care
CONVENIENT_ROLE, SURGICAL_ROLE, LAST_ROLE = 1, 2, 4


@kernel
def level_at(w: Any, place: int) -> int:
    """Who treats in a facility."""
    role = w.places[place]["role"]
    if role == 1:
        return AID_POST
    return SURGICAL if role == 2 else HOSPITAL


@kernel
def _triage(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    row = w.vitals[watch(w, who)]
    category = categorise(person, w.model[0], row, luck.ticket(person, luck.TRIAGE + person["role_last"]))
    person["triage"] = category
    if person["triage_first"] == 0:
        person["triage_first"] = category
        person["rts_e4"] = revised_trauma_score(row["gcs"], row["systolic"], row["respiratory_rate"])
    write_event(w, who, now_s, TRIAGED, category)


@kernel
def begin_contact(w: Any, who: int, stage: int, level: int, now_s: int) -> None:
    """Start treating; the state of `who` is already advanced to `now_s`."""
    person = w.people[who]
    person["stage"] = stage
    person["level"] = level
    if stage in (WITH_MEDIC, IN_FACILITY):
        _triage(w, who, now_s)
    if stage == IN_FACILITY:
        person["done"] &= ~REPEATED
        write_event(w, who, now_s, ADMITTED, 0)
    if stage == WITH_MEDIC:
        request_journey(w, who, now_s)
    carry_on(w, who, now_s)


@kernel
def carry_on(w: Any, who: int, now_s: int) -> None:
    """Begin the next treatment, or end the contact."""
    person = w.people[who]
    shelf = person["place"] * RESOURCES + BLOOD
    blood = int(person["crew_blood"])
    if person["place"] != NOWHERE and is_free(w.resources[shelf]):
        blood += 1
    treatment = next_treatment(person, w.model[0], person["level"], blood)
    if treatment in (RED_CELLS, WHOLE_BLOOD):
        if person["crew_blood"] > 0:
            person["crew_blood"] -= 1
        else:
            spend_blood(w, person["place"])
    if treatment == 0:
        _end_contact(w, who, now_s)
        return
    model = w.model[0]
    person["doing"] = treatment
    person["doing_since_s"] = now_s
    person["step"] += 1
    purpose = luck.DURATION + treatment + luck.PER_ROLE * int(person["role_last"])
    over_s = now_s + luck.lasting(w.model[0], person, purpose, model["median_s"][treatment], model["treatment_spread"])
    enter(w.agenda, w.counters, over_s, STEP, who, person["step"])


@kernel
def finish_step(w: Any, who: int, now_s: int) -> None:
    """The treatment under way is done: it is written down, takes effect, and the next begins."""
    person = w.people[who]
    treatment = int(person["doing"])
    write_treatment(w, who, treatment, person["doing_since_s"], now_s, person["wound_region"])
    person["doing"] = 0
    take_effect(person, w.model[0], treatment, luck.ticket(person, luck.SUCCESS + treatment + luck.PER_ROLE * int(person["role_last"])))
    reassess(w, who)
    carry_on(w, who, now_s)


@kernel
def cut_short(w: Any, who: int, now_s: int) -> None:
    """A journey begins or ends while a treatment is under way: it is broken off, without effect."""
    person = w.people[who]
    person["step"] += 1
    if person["doing"] > 0:
        write_treatment(w, who, person["doing"], person["doing_since_s"], now_s, person["wound_region"])
        person["doing"] = 0


@kernel
def _end_contact(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    place = person["place"]
    if person["stage"] == ALONGSIDE:
        enter(w.agenda, w.counters, max(now_s, person["arrived_at_s"]), MEDIC_READY, who, 0)
    elif person["stage"] == WITH_MEDIC:
        if release(w, place, TEAM, who, now_s):
            touch(w, place)
    elif person["stage"] == IN_FACILITY:
        release(w, place, TEAM, who, now_s)
        touch(w, place)
        choose_course(w, who, now_s)


@kernel
def request_journey(w: Any, who: int, now_s: int) -> None:
    """Ask for evacuation to the role that this casualty needs next."""
    person = w.people[who]
    person["precedence"] = max(person["precedence"], 0)
    asked = precedence_of(person["triage"], person["surgery"], w.counters[NATO_PRECEDENCE])
    if person["precedence"] == 0:
        person["precedence"] = asked
    write_event(w, who, now_s, EVACUATION_REQUESTED, asked)
    if person["place"] < w.counters[FRONTS]:
        urgent = person["triage"] == 1 or (person["triage"] == 2 and person["surgery"] > 0)
        wanted = SURGICAL_ROLE if urgent and _leads_to(w, person["place"], SURGICAL_ROLE) else CONVENIENT_ROLE
    else:
        wanted = w.places[person["place"]]["role"]
        if _leads_to(w, person["place"], wanted + 1):
            wanted += 1
    ask_for_journey(w, who, wanted, now_s)


@kernel
def _leads_to(w: Any, place: int, role: int) -> bool:
    row = w.places[place]
    found = False
    for way in range(row["first_way"], row["first_way"] + row["ways"]):
        found = found or w.places[w.ways[way]["place"]]["role"] >= role
    return found


@kernel
def _has(w: Any, place: int, kind: int) -> bool:
    return bool(w.resources[place * RESOURCES + kind]["capacity"] > 0)


@kernel
def choose_course(w: Any, who: int, now_s: int) -> None:
    """After a contact in a facility: operation, intensive care, further evacuation or a stay."""
    person = w.people[who]
    place = person["place"]
    if w.places[place]["role"] == LAST_ROLE:
        leave_theatre(w, who, now_s)
    elif person["surgery"] > 0 and _takes(w, place, TABLE, TABLE_QUEUE) and _has(w, place, SURGEONS):
        join(w, place * QUEUES + TABLE_QUEUE, who, person["triage"], now_s)
        note_waiting(w, place, TABLE, TABLE_QUEUE)
        touch(w, place)
    elif needs_intensive_care(person, w.model[0]) and _takes(w, place, INTENSIVE, INTENSIVE_QUEUE):
        join(w, place * QUEUES + INTENSIVE_QUEUE, who, person["triage"], now_s)
        note_waiting(w, place, INTENSIVE, INTENSIVE_QUEUE)
        touch(w, place)
    else:
        stay_or_go(w, who, now_s)


@kernel
def _takes(w: Any, place: int, kind: int, queue_kind: int) -> bool:
    """Whether to wait here for a unit of `kind`: yes at the end of the chain, else while the queue is shorter than the units."""
    capacity = w.resources[place * RESOURCES + kind]["capacity"]
    waiting = w.queues[place * QUEUES + queue_kind]["length"]
    return bool(capacity > 0 and (w.places[place]["ways"] == 0 or waiting < capacity))


@kernel
def needs_intensive_care(person: Any, p: Any) -> bool:
    """Grave wounds, shock, an injured brain or a failing body; once a facility."""
    if (person["done"] >> INTENSIVE_CARE) & 1 == 1:
        return False
    grave = person["iss"] >= p["intensive_iss"] or person["burn_pct"] >= 20
    return bool(grave or person["volume"] < p["intensive_volume"] or person["stupor"] >= 6.0 or person["strain"] > 0.6)


@kernel
def _hold_s(w: Any, place: int) -> int:
    # A facility that fills up holds nobody for long if there is a way on.
    row = w.places[place]
    bed = w.resources[place * RESOURCES + BED]
    full = bed["in_use"] > bed["capacity"] * w.model[0]["hold_occupancy"]
    return int(min(row["hold_s"], w.model[0]["hold_when_full_s"])) if full and row["ways"] > 0 else int(row["hold_s"])


@kernel
def is_light(person: Any) -> bool:
    """Whether somebody is treated and goes back to light duty, without a bed until all has healed."""
    return bool(person["worst_ais"] <= 1 and person["strain"] < 0.3 and person["surgery"] == 0 and person["burn_pct"] < 5)


@kernel
def stay_or_go(w: Any, who: int, now_s: int) -> None:
    """Stay until fit for duty if the evacuation policy allows it, else ask for evacuation; without a way on, stay for the policy's days."""
    person = w.people[who]
    place = w.places[person["place"]]
    if is_light(person):
        person["recovery_s"] = min(person["recovery_s"], now_s + int(w.model[0]["light_duty_s"]) - person["injured_at_s"])
    fit_s = person["injured_at_s"] + person["recovery_s"]
    limit_s = person["arrived_at_s"] + _hold_s(w, person["place"])
    if person["surgery"] == 0 and fit_s <= limit_s:
        write_event(w, who, now_s, HELD, 0)
        over_s = max(int(fit_s), now_s + int(w.model[0]["stay_min_s"]))
        enter(w.agenda, w.counters, over_s, STAY_OVER, who, 0)
    elif place["ways"] > 0:
        request_journey(w, who, now_s)
    else:
        write_event(w, who, now_s, HELD, 0)
        enter(w.agenda, w.counters, max(limit_s, now_s), STAY_OVER, who, 0)


@kernel
def end_stay(w: Any, who: int, now_s: int) -> None:
    """Fit for duty, or at the end of what the policy allows here."""
    person = w.people[who]
    if person["surgery"] == 0 and person["injured_at_s"] + person["recovery_s"] <= now_s:
        return_to_duty(w, who, now_s)
    else:
        leave_theatre(w, who, now_s)


@kernel
def _start_surgery(w: Any, place: int, now_s: int) -> None:
    who = first_in(w, place * QUEUES + TABLE_QUEUE)
    person = w.people[who]
    account_wait(w.resources[place * RESOURCES + TABLE], now_s - person["queued_at_s"])
    leave(w, who)
    note_waiting(w, place, TABLE, TABLE_QUEUE)
    seize(w, place, TABLE, who, now_s)
    seize(w, place, SURGEONS, who, now_s)
    write_event(w, who, now_s, SURGERY_STARTED, 0)
    person["doing"] = operation_for(person)
    person["doing_since_s"] = now_s
    p = w.model[0]
    over_s = now_s + luck.lasting(w.model[0], person, luck.SURGERY + person["role_last"], p["surgery_median_s"], p["surgery_spread"])
    enter(w.agenda, w.counters, over_s, SURGERY_OVER, who, 0)


@kernel
def start_bleeding_control(w: Any, who: int) -> None:
    """The surgeon's hand and clamp: most of the bleeding stops when the operation begins, the rest when it ends."""
    for site in (EXTREMITY, JUNCTIONAL, TRUNCAL):
        w.people[who]["bleeding"][site] *= w.model[0]["clamped_leak"]


@kernel
def end_surgery(w: Any, who: int, now_s: int) -> None:
    """Bleeding and contamination are controlled; the table is free."""
    person = w.people[who]
    place = person["place"]
    write_treatment(w, who, person["doing"], person["doing_since_s"], now_s, person["wound_region"])
    person["doing"] = 0
    person["surgery"] = 0
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
    over_s = now_s + luck.lasting(w.model[0], person, luck.INTENSIVE + person["role_last"], p["intensive_median_s"], p["intensive_spread"])
    enter(w.agenda, w.counters, over_s, INTENSIVE_OVER, who, 0)


@kernel
def _breathes_with_help(w: Any, place: int, who: int, now_s: int) -> bool:
    """Whether intensive care can do its work: the intubated need a ventilator for it."""
    if (w.people[who]["done"] >> INTUBATION) & 1 == 0:
        return True
    if not is_free(w.resources[place * RESOURCES + VENTILATOR]):
        return False
    seize(w, place, VENTILATOR, who, now_s)
    return True


@kernel
def end_intensive_care(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    write_treatment(w, who, person["doing"], person["doing_since_s"], now_s, 0)
    person["doing"] = 0
    write_event(w, who, now_s, INTENSIVE_CARE_ENDED, 0)
    release(w, person["place"], INTENSIVE, who, now_s)
    release(w, person["place"], VENTILATOR, who, now_s)
    touch(w, person["place"])
    stay_or_go(w, who, now_s)


@kernel
def next_for_team(w: Any, place: int, now_s: int) -> int:
    """Give a free team to the next in the queue; NOWHERE if there is no team or nobody waits."""
    if w.queues[place * QUEUES + TEAM_QUEUE]["length"] == 0 or not is_free(w.resources[place * RESOURCES + TEAM]):
        return NOWHERE
    who = first_in(w, place * QUEUES + TEAM_QUEUE)
    account_wait(w.resources[place * RESOURCES + TEAM], now_s - w.people[who]["queued_at_s"])
    leave(w, who)
    note_waiting(w, place, TEAM, TEAM_QUEUE)
    seize(w, place, TEAM, who, now_s)
    return int(who)


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
    _start_surgery(w, place, now_s)
    return int(who)


@kernel
def next_for_intensive_care(w: Any, place: int, now_s: int) -> int:
    """Give a free intensive care bed to the next in the queue; NOWHERE as above."""
    if w.queues[place * QUEUES + INTENSIVE_QUEUE]["length"] == 0 or not is_free(w.resources[place * RESOURCES + INTENSIVE]):
        return NOWHERE
    who = first_in(w, place * QUEUES + INTENSIVE_QUEUE)
    _start_intensive_care(w, place, now_s)
    return int(who)
