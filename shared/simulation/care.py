"""A contact between a casualty and those who treat: triage, treatments one after another, then what
follows.
"""

from typing import Any

from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.complications import foresee_from_wounds
from shared.simulation.happenings import MEDIC_READY, RECOVERED, STEP
from shared.simulation.indications import REPEATED, next_treatment
from shared.simulation.journal import (
    ADMITTED,
    TRIAGED,
    write_doses,
    write_event,
    write_treatment,
)
from shared.simulation.kernel import kernel, routine
from shared.simulation.outcomes import reassess, touch
from shared.simulation.resources import (
    account_wait,
    first_in,
    is_free,
    join,
    leave,
    note_waiting,
    release,
    seize,
    spend_blood,
)
from shared.simulation.transport import SURGICAL_ROLE, request_journey
from shared.simulation.treatment import (
    AID_POST,
    CARDIOPULMONARY_RESUSCITATION,
    CRYSTALLOID,
    HOSPITAL,
    MEDIC,
    RED_CELLS,
    SURGICAL,
    WHOLE_BLOOD,
)
from shared.simulation.treatment_effects import take_effect
from shared.simulation.triage import categorise, revised_trauma_score
from shared.simulation.vital_signs import watch
from shared.simulation.wards import ON_A_WARD, choose_course
from shared.simulation.world import (
    BLOOD,
    NOWHERE,
    QUEUES,
    RESOURCES,
    TEAM,
    TEAM_QUEUE,
    TREATED,
)

# Stages of care; between them is `wards.ON_A_WARD`.
ALONGSIDE, WITH_MEDIC, ON_THE_WAY, IN_FACILITY = range(1, 5)
AT_THE_BEDSIDE, IN_RECOVERY = 6, 7


@kernel
def level_at(w: Any, place: int) -> int:
    """Who treats in a facility."""
    role = w.places[place]["role"]
    if role == 1:
        return AID_POST
    return SURGICAL if role == SURGICAL_ROLE else HOSPITAL


@routine
def _triage(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    row = w.vitals[watch(w, who)]
    category = categorise(
        person, w.model[0], row, luck.ticket(person, luck.TRIAGE + person["role_last"])
    )
    person["triage"] = category
    if person["triage_first"] == 0:
        person["triage_first"] = category
        person["rts_e4"] = revised_trauma_score(
            row["gcs"], row["systolic"], row["respiratory_rate"]
        )
    write_event(w, who, now_s, TRIAGED, category)


@routine
def begin_contact(w: Any, who: int, stage: int, level: int, now_s: int) -> None:
    """Start treating; the state of `who` is already advanced to `now_s`."""
    person = w.people[who]
    person["stage"] = stage
    person["free_since_s"] = now_s
    person["level"] = level
    if stage in (WITH_MEDIC, IN_FACILITY) and person["interrupted"] == 0:
        _triage(w, who, now_s)
    if stage == IN_FACILITY and person["interrupted"] == 0:
        foresee_from_wounds(w, who, now_s)
        person["done"] &= ~REPEATED
        write_event(w, who, now_s, ADMITTED, 0)
    if stage == WITH_MEDIC:
        request_journey(w, who, now_s)
    person["interrupted"] = 0
    carry_on(w, who, now_s)


@routine
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
    over_s = now_s + luck.treating(model, person, purpose, model["median_s"][treatment])
    enter(w, over_s, STEP, who, person["step"])


@routine
def finish_step(w: Any, who: int, now_s: int) -> None:
    """The treatment under way is done: it is written down, takes effect, and the next begins."""
    person = w.people[who]
    treatment = int(person["doing"])
    write_treatment(w, who, treatment, person["doing_since_s"], now_s)
    person["doing"] = 0
    if (
        treatment == CRYSTALLOID
        and person["level"] >= AID_POST
        and person["burn_pct"] >= w.model[0]["burn_fluid_pct"]
    ):
        _pour(w, who, now_s)
    take_effect(
        person,
        w.model[0],
        treatment,
        luck.ticket(person, luck.SUCCESS + treatment + luck.PER_ROLE * int(person["role_last"])),
    )
    reassess(w, who)
    carry_on(w, who, now_s)


@kernel
def _pour(w: Any, who: int, now_s: int) -> None:
    """The rest of the first day's fluids for a burn, beyond the bag that was given."""
    bags = w.model[0]["burn_bags_per_pct"] * w.people[who]["burn_pct"] - 1.0
    if bags > 0.0:
        write_doses(w, who, CRYSTALLOID, now_s, now_s, bags)


@routine
def treat_again(w: Any, who: int, now_s: int) -> None:
    """Whoever looks after somebody who waits treats what has changed."""
    person = w.people[who]
    if person["queue"] == NOWHERE or person["doing"] > 0 or person["vehicle"] != NOWHERE:
        return
    place = person["place"]
    if w.places[place]["role"] == 0 and w.resources[place * RESOURCES + TEAM]["capacity"] == 0:
        return
    person["stage"] = AT_THE_BEDSIDE
    person["level"] = MEDIC if w.places[place]["role"] == 0 else level_at(w, place)
    carry_on(w, who, now_s)


@routine
def begin_recovery(w: Any, who: int, now_s: int) -> None:
    """Blood and fluids after an operation, until the anaesthesia has worn off."""
    person = w.people[who]
    person["stage"] = IN_RECOVERY
    person["level"] = level_at(w, person["place"])
    person["free_since_s"] = now_s
    carry_on(w, who, now_s)


@routine
def cut_short(w: Any, who: int, now_s: int) -> None:
    """A journey begins or ends while a treatment is under way: it is broken off, without effect."""
    person = w.people[who]
    person["step"] += 1
    if person["doing"] > 0:
        enough_s = w.model[0]["broken_off_share"] * w.model[0]["median_s"][person["doing"]]
        if (
            person["doing"] == CARDIOPULMONARY_RESUSCITATION
            or now_s - person["doing_since_s"] >= enough_s
        ):
            write_treatment(w, who, person["doing"], person["doing_since_s"], now_s)
        person["doing"] = 0


@kernel
def _end_contact(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    place = person["place"]
    if person["stage"] == ALONGSIDE:
        enter(w, max(now_s, person["arrived_at_s"]), MEDIC_READY, who, 0)
    elif person["stage"] == IN_RECOVERY:
        enter(w, max(now_s, int(person["drowsy_until_s"])), RECOVERED, who, 0)
    elif person["stage"] == AT_THE_BEDSIDE:
        person["stage"] = ON_A_WARD
    elif person["stage"] == WITH_MEDIC:
        if release(w, place, TEAM, who, now_s):
            touch(w, place)
    elif person["stage"] == IN_FACILITY:
        leave(w, who)
        release(w, place, TEAM, who, now_s)
        touch(w, place)
        choose_course(w, who, now_s)


@kernel
def next_for_team(w: Any, place: int, now_s: int) -> int:
    """Give a free team to the next in the queue; NOWHERE if there is no team or nobody waits."""
    if w.queues[place * QUEUES + TEAM_QUEUE]["length"] == 0 or not is_free(
        w.resources[place * RESOURCES + TEAM]
    ):
        return NOWHERE
    who = first_in(w, place * QUEUES + TEAM_QUEUE)
    account_wait(w.resources[place * RESOURCES + TEAM], now_s - w.people[who]["queued_at_s"])
    leave(w, who)
    note_waiting(w, place, TEAM, TEAM_QUEUE)
    seize(w, place, TEAM, who, now_s)
    if w.places[place]["role"] > 0:
        join(w, place * QUEUES + TREATED, who, w.people[who]["triage"], now_s)
    return int(who)


@kernel
def turn_to_the_gravest(w: Any, place: int) -> int:
    """When a T1 waits and every team is busy, the team of the lightest patient turns to them; that
    patient waits again.

    Returns who has to wait, NOWHERE if nobody: only T3 are left alone.
    """
    if w.queues[place * QUEUES + TEAM_QUEUE]["first"][1] == NOWHERE or is_free(
        w.resources[place * RESOURCES + TEAM]
    ):
        return NOWHERE
    return int(w.queues[place * QUEUES + TREATED]["last"][3])


@kernel
def leave_alone(w: Any, who: int, now_s: int) -> None:
    """Break off the treatment under way; its team is free."""
    person = w.people[who]
    place = person["place"]
    cut_short(w, who, now_s)
    leave(w, who)
    release(w, place, TEAM, who, now_s)
    person["interrupted"] = 1
    join(w, place * QUEUES + TEAM_QUEUE, who, 3, now_s)
    note_waiting(w, place, TEAM, TEAM_QUEUE)
