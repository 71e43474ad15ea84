"""The sector's event loop: one clock, counted resources, casualties whose state goes on while they
wait.

Entries of the agenda name a happening and its subject. A treatment's or a death's entry also names
the version of the state that it was made for; when the state has moved on since, the entry is void.
"""

from typing import Any

from shared.simulation.agenda import (
    NEVER_S,
    SUBJECT_BITS,
    SUBJECT_MASK,
    VERSION_BITS,
    VERSION_MASK,
    enter,
    first_s,
    take_first,
)
from shared.simulation.care import (
    IN_FACILITY,
    ON_THE_WAY,
    WITH_MEDIC,
    begin_contact,
    begin_recovery,
    cut_short,
    finish_step,
    leave_alone,
    level_at,
    next_for_team,
    treat_again,
    turn_to_the_gravest,
)
from shared.simulation.census import resupply, take_sample
from shared.simulation.complications import set_in
from shared.simulation.happenings import (
    ARRIVAL,
    AT_HAND,
    COMPLICATION,
    DAWN,
    DEATH,
    DEPARTURE,
    HOLD_OVER,
    INTENSIVE_OVER,
    LAST_OF_CASUALTIES,
    MEDIC_READY,
    RECOVERED,
    RESUPPLY,
    SAMPLE,
    SECOND_LOOK,
    STATE_MOVES,
    STAY_OVER,
    STEP,
    SURGERY_OVER,
    VEHICLE_BACK,
    WOUNDED,
)
from shared.simulation.kernel import entry, kernel, routine
from shared.simulation.onset import help_at_hand, wound
from shared.simulation.outcomes import (
    arrest,
    close_books,
    die,
    is_brought_in,
    reassess,
    restore_circulation,
    starts_again,
)
from shared.simulation.resources import is_free, join, note_waiting, settle
from shared.simulation.surgery import FASCIA
from shared.simulation.theatre import end_surgery, next_for_surgery, start_bleeding_control
from shared.simulation.transport import (
    DAWN_S,
    DAY_S,
    arrive,
    arrive_lifeless,
    depart,
    dispatch_all,
    dispatch_from,
    note_seats,
    note_vehicles,
    request_journey,
)
from shared.simulation.treatment import CARDIOPULMONARY_RESUSCITATION, MEDIC
from shared.simulation.triage import T2
from shared.simulation.vital_signs import CLOCK, TRANSIT, live_until, watch
from shared.simulation.wards import (
    call_to_theatre,
    end_intensive_care,
    end_recovery,
    end_stay,
    next_for_intensive_care,
)
from shared.simulation.watch_over import look_again
from shared.simulation.world import (
    BED,
    FIRST_SECOND_OF_DAY,
    HORIZON_S,
    NOWHERE,
    OVERFLOW,
    QUEUES,
    RESOURCES,
    SAMPLE_S,
    TEAM,
    TEAM_QUEUE,
    TOUCHED,
)


@kernel
def _want_team(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    place = person["place"]
    category = person["triage"] if person["triage"] > 0 else T2
    join(w, place * QUEUES + TEAM_QUEUE, who, category, now_s)
    note_waiting(w, place, TEAM, TEAM_QUEUE)


@kernel
def _medic_ready(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    if w.resources[person["place"] * RESOURCES + TEAM]["capacity"] > 0:
        _want_team(w, who, now_s)
        hand_out(w, person["place"], now_s)
    else:
        watch(w, who)
        person["triage"] = T2
        request_journey(w, who, now_s)


@kernel
def _go(w: Any, who: int, now_s: int) -> None:
    if w.people[who]["doing"] == CARDIOPULMONARY_RESUSCITATION:
        depart(w, who, now_s)
        return
    cut_short(w, who, now_s)
    depart(w, who, now_s)
    reassess(w, who)
    begin_contact(w, who, ON_THE_WAY, MEDIC, now_s)


@kernel
def _pronounce(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    in_field = person["doing_since_s"] <= person["leaves_at_s"]
    cut_short(w, who, now_s)
    if in_field:
        arrive_lifeless(w, who, now_s)
    else:
        arrive(w, who, now_s)
    die(w, who, now_s, person["death_cause"])


@kernel
def _come_in(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    arrested = person["doing"] == CARDIOPULMONARY_RESUSCITATION
    if arrested and not starts_again(person, w.model[0]):
        _pronounce(w, who, now_s)
        return
    cut_short(w, who, now_s)
    if arrested:
        restore_circulation(person, w.model[0])
        reassess(w, who)
    arrive(w, who, now_s)
    _want_team(w, who, now_s)
    hand_out(w, w.people[who]["place"], now_s)


@routine
def hand_out(w: Any, place: int, now_s: int) -> None:
    """Give what is free at `place` to those who wait for it, and its free beds to those who wait
    elsewhere.
    """
    while True:
        who = turn_to_the_gravest(w, place)
        if who != NOWHERE:
            live_until(w, who, now_s, CLOCK)
            leave_alone(w, who, now_s)
        who = next_for_team(w, place, now_s)
        if who == NOWHERE:
            break
        live_until(w, who, now_s, CLOCK)
        reassess(w, who)
        role = w.places[place]["role"]
        begin_contact(
            w,
            who,
            WITH_MEDIC if role == 0 else IN_FACILITY,
            MEDIC if role == 0 else level_at(w, place),
            now_s,
        )
    while True:
        who = next_for_surgery(w, place, now_s)
        if who == NOWHERE:
            break
        start_bleeding_control(w, who)
        reassess(w, who)
    while True:
        who = next_for_intensive_care(w, place, now_s)
        if who == NOWHERE:
            break
        reassess(w, who)
    _send_on(w, place, now_s)


@kernel
def _send_on(w: Any, place: int, now_s: int) -> None:
    if w.places[place]["waiting"] > 0:
        dispatch_from(w, place, now_s)
    if is_free(w.resources[place * RESOURCES + BED]):
        here = w.places[place]
        for feeder in range(here["first_feeder"], here["first_feeder"] + here["feeders"]):
            origin = w.ways[feeder]["place"]
            if w.places[origin]["waiting"] > 0:
                dispatch_from(w, origin, now_s)


@kernel
def _to_dying(w: Any, who: int, now_s: int) -> None:
    if is_brought_in(w.people[who], w.model[0], now_s):
        arrest(w, who, now_s)
    else:
        die(w, who, now_s, w.people[who]["death_cause"])


@routine
def _to_casualty(w: Any, happening: int, who: int, now_s: int) -> None:
    person = w.people[who]
    live_until(w, who, now_s, TRANSIT if person["place"] == NOWHERE else CLOCK)
    if happening == WOUNDED:
        wound(w, who, now_s)
    elif happening == AT_HAND:
        help_at_hand(w, who, now_s)
    elif happening == MEDIC_READY:
        _medic_ready(w, who, now_s)
    elif happening == DEPARTURE:
        _go(w, who, now_s)
    elif happening == ARRIVAL:
        _come_in(w, who, now_s)
    elif happening == DEATH:
        _to_dying(w, who, now_s)
    else:
        _to_patient(w, happening, who, now_s)


@routine
def _to_patient(w: Any, happening: int, who: int, now_s: int) -> None:
    if happening == STEP:
        finish_step(w, who, now_s)
    elif happening == SURGERY_OVER:
        if end_surgery(w, who, now_s):
            begin_recovery(w, who, now_s)
        reassess(w, who)
    elif happening == RECOVERED:
        end_recovery(w, who, now_s)
        reassess(w, who)
    elif happening == INTENSIVE_OVER:
        end_intensive_care(w, who, now_s)
        reassess(w, who)
    elif happening == STAY_OVER:
        end_stay(w, who, now_s)
    elif happening == STATE_MOVES:
        reassess(w, who)
    elif happening == SECOND_LOOK:
        look_again(w, who, now_s)
        treat_again(w, who, now_s)


@routine
def _to_system(w: Any, happening: int, subject: int, now_s: int) -> None:
    if happening == VEHICLE_BACK:
        fleet = w.resources[len(w.places) * RESOURCES + subject]
        settle(fleet, now_s)
        fleet["in_use"] -= 1
        note_vehicles(w)
        dispatch_all(w, now_s)
    elif happening == HOLD_OVER:
        _send_on(w, subject, now_s)
    elif happening == DAWN:
        dispatch_all(w, now_s)
        enter(w, now_s + DAY_S, DAWN, 0, 0)
    elif happening == SAMPLE:
        take_sample(w, now_s)
        enter(w, now_s + w.counters[SAMPLE_S], SAMPLE, 0, 0)
    elif happening == RESUPPLY:
        resupply(w)
        enter(w, now_s + DAY_S, RESUPPLY, 0, 0)


@kernel
def _is_void(w: Any, happening: int, who: int, version: int) -> bool:
    person = w.people[who]
    if person["ended"] > 0:
        return True
    if happening == STEP:
        return bool(version != person["step"] & VERSION_MASK)
    if happening == STAY_OVER:
        return bool(version != person["stay"] & VERSION_MASK)
    return bool(happening in (DEATH, STATE_MOVES) and version != person["version"] & VERSION_MASK)


@kernel
def _open(w: Any) -> None:
    note_seats(w)
    note_vehicles(w)
    dawn_s = (DAWN_S - w.counters[FIRST_SECOND_OF_DAY]) % DAY_S
    enter(w, dawn_s, DAWN, 0, 0)
    enter(w, w.counters[SAMPLE_S], SAMPLE, 0, 0)
    enter(w, DAY_S, RESUPPLY, 0, 0)


@kernel
def _happen(w: Any, item: int, now_s: int) -> None:
    happening = item >> (SUBJECT_BITS + VERSION_BITS)
    subject = (item >> VERSION_BITS) & SUBJECT_MASK
    if happening > LAST_OF_CASUALTIES:
        _to_system(w, happening, subject, now_s)
    elif not _is_void(w, happening, subject, item & VERSION_MASK):
        _to_casualty(w, happening, subject, now_s)
        if happening == COMPLICATION:
            set_in(w, subject, item & VERSION_MASK, now_s)
            if w.people[subject]["needs"] & FASCIA != 0:
                call_to_theatre(w, subject, now_s)
            reassess(w, subject)


@entry
def run(w: Any) -> None:
    """Run the sector from the first wound to the horizon; `w.people` stand in the order of
    wounding.

    Sets `counters[OVERFLOW]` when an array was too small for the result.
    """
    _open(w)
    horizon_s = w.counters[HORIZON_S]
    wounded = 0
    while w.counters[OVERFLOW] == 0:
        wound_s = w.people[wounded]["injured_at_s"] if wounded < len(w.people) else NEVER_S
        now_s = min(wound_s, first_s(w, min(wound_s, horizon_s)))
        if now_s > horizon_s:
            break
        if wound_s == now_s:
            _to_casualty(w, WOUNDED, wounded, now_s)
            wounded += 1
        else:
            _happen(w, take_first(w), now_s)
        while w.counters[TOUCHED] > 0:
            w.counters[TOUCHED] -= 1
            hand_out(w, w.places[w.counters[TOUCHED]]["touched"], now_s)
    close_books(w, horizon_s)
