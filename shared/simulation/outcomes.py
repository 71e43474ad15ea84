"""How a casualty's story ends, and what must be given back when it does."""

from typing import Any

from shared.records.vocabulary import Category, DeathCause, Outcome, Triage
from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.elementary import log
from shared.simulation.happenings import DEATH, STATE_MOVES
from shared.simulation.journal import (
    DIED,
    DISCHARGED,
    EVACUATED,
    RETURNED_TO_DUTY,
    write_event,
    write_treatment,
)
from shared.simulation.kernel import kernel, routine
from shared.simulation.physiology import NEVER, assess_hazards, forecast_death
from shared.simulation.resources import leave, note_waiting, release, settle
from shared.simulation.treatment import CARDIOPULMONARY_RESUSCITATION, MEDIC
from shared.simulation.world import (
    BED,
    INTENSIVE,
    INTENSIVE_QUEUE,
    NOWHERE,
    QUEUES,
    RESOURCES,
    TABLE,
    TABLE_QUEUE,
    TEAM,
    TEAM_QUEUE,
    TOUCHED,
    WAYS,
)

KIA, DOW, DUTY, OUT_OF_THEATRE, IN_CARE, DIED_NON_BATTLE = (int(outcome) for outcome in Outcome)
BATTLE_INJURY = int(Category.BATTLE_INJURY)
BLACK_TAG = int(Triage.DEAD)
# Bleeding, airway and chest stand together.
RESUSCITATED_FIRST, RESUSCITATED_LAST = (
    int(DeathCause.HAEMORRHAGE),
    int(DeathCause.TENSION_PNEUMOTHORAX),
)
SHOCK_STATE, ARREST = 0, 6  # places among the complications


@kernel
def touch(w: Any, place: int) -> None:
    """Remember that `place` may have something to hand out."""
    count = w.counters[TOUCHED]
    for index in range(count):
        if w.places[index]["touched"] == place:
            return
    w.places[count]["touched"] = place
    w.counters[TOUCHED] = count + 1


@routine
def reassess(w: Any, who: int) -> None:
    """After a change of state: new hazards, a new forecast, and its entry in the agenda; older
    entries are void.
    """
    person = w.people[who]
    if person["alive"] == 0 or person["doing"] == CARDIOPULMONARY_RESUSCITATION:
        return
    assess_hazards(person, w.model[0])
    if (
        person["complication_at_s"][SHOCK_STATE] == 0
        and person["volume"] < 1.0 - w.model[0]["class_2_loss"]
    ):
        person["complication_at_s"][SHOCK_STATE] = person["state_at_s"]
    dies, moves = person["death_at_s"], person["moves_at_s"]
    forecast_death(person, w.model[0])
    if person["death_at_s"] == dies and person["moves_at_s"] == moves:
        return
    person["version"] += 1
    if person["moves_at_s"] < person["death_at_s"]:
        enter(w, person["moves_at_s"], STATE_MOVES, who, person["version"])
    elif person["death_at_s"] != NEVER:
        enter(w, person["death_at_s"], DEATH, who, person["version"])


@routine
def step_out(w: Any, who: int) -> None:
    """Leave whatever queue `who` stands in, and keep the record of its length."""
    queue = w.people[who]["queue"]
    if queue == NOWHERE:
        return
    leave(w, who)
    place = queue // QUEUES
    kind = queue % QUEUES
    if kind == TEAM_QUEUE:
        note_waiting(w, place, TEAM, kind)
    elif kind == TABLE_QUEUE:
        note_waiting(w, place, TABLE, kind)
    elif kind == INTENSIVE_QUEUE:
        note_waiting(w, place, INTENSIVE, kind)


@routine
def give_back(w: Any, who: int, now_s: int) -> None:
    """Release every resource that `who` holds here, and the bed kept for them elsewhere."""
    person = w.people[who]
    place = person["place"]
    if place != NOWHERE:
        for kind in range(RESOURCES):
            release(w, place, kind, who, now_s)
        touch(w, place)
    if person["bound_for"] != NOWHERE:
        bed = w.resources[person["bound_for"] * RESOURCES + BED]
        settle(bed, now_s)
        bed["in_use"] -= 1
        touch(w, person["bound_for"])
        person["bound_for"] = NOWHERE


@kernel
def _end(w: Any, who: int, now_s: int, outcome: int) -> None:
    person = w.people[who]
    person["ended"] = 1
    person["ended_at_s"] = now_s
    person["outcome"] = outcome
    person["version"] += 1
    person["step"] += 1
    if person["place"] != NOWHERE and person["admitted"] > 0:
        w.places[person["place"]]["present"] -= 1


@kernel
def _resuscitate(w: Any, who: int, now_s: int) -> None:
    """The last minutes of somebody who dies among those who treat, in vain."""
    person = w.people[who]
    since_s = max(now_s - int(w.model[0]["resuscitation_s"]), person["free_since_s"])
    person["complication_at_s"][ARREST] = since_s
    write_treatment(w, who, CARDIOPULMONARY_RESUSCITATION, since_s, now_s)


@kernel
def is_brought_in(person: Any, p: Any, now_s: int) -> bool:
    """Whether somebody whose heart stops now, for lack of blood or air, is resuscitated to the door
    of a facility.

    The crew does so on the way when arrival is not too far (O031); who waits in the field is taken
    along when the vehicle leaves soon: of the fatalities of Role 2 some had died before transport
    (O066).
    """
    revocable = RESUSCITATED_FIRST <= person["death_cause"] <= RESUSCITATED_LAST
    if not revocable or person["bound_for"] == NOWHERE:
        return False
    if person["place"] == NOWHERE:
        return bool(person["arrives_at_s"] - now_s <= p["resuscitation_on_way_s"])
    return bool(
        person["admitted"] == 0 and person["leaves_at_s"] - now_s <= p["resuscitation_in_field_s"]
    )


@routine
def arrest(w: Any, who: int, now_s: int) -> None:
    """The heart stops: resuscitation goes on until the facility, which pronounces the death
    (O031).
    """
    person = w.people[who]
    if person["doing"] > 0:
        write_treatment(w, who, person["doing"], person["doing_since_s"], now_s)
    person["step"] += 1
    person["version"] += 1
    person["doing"] = CARDIOPULMONARY_RESUSCITATION
    person["doing_since_s"] = now_s
    person["complication_at_s"][ARREST] = now_s
    person["vitals_due_s"] = NEVER


@kernel
def starts_again(person: Any, p: Any) -> bool:
    """Whether a heart that stopped on the way beats again when blood and hands are there.

    Of those whose heart stopped before, in the field, nobody lived (O093).
    """
    on_the_way = person["doing_since_s"] > person["leaves_at_s"]
    return bool(
        on_the_way and luck.share(person, luck.CIRCULATION) < p["circulation_restored_share"]
    )


@kernel
def restore_circulation(person: Any, p: Any) -> None:
    """Blood to a little above what this heart bears, and another reserve for what was used up; the
    debt of oxygen stays.
    """
    person["volume"] = max(person["volume"], person["tolerance"] + p["circulation_restored_volume"])
    for way in range(WAYS):
        if person["reserve"][way] <= 0.0:
            person["reserve"][way] = -log(1.0 - luck.share(person, luck.RESERVE))


@routine
def die(w: Any, who: int, now_s: int, cause: int) -> None:
    """End a life; a treatment under way ends with it."""
    person = w.people[who]
    if person["doing"] > 0:
        write_treatment(w, who, person["doing"], person["doing_since_s"], now_s)
        person["doing"] = 0
    # Who came in under resuscitation has it written already.
    elif (
        person["free_since_s"] < now_s
        and person["level"] >= MEDIC
        and RESUSCITATED_FIRST <= cause <= RESUSCITATED_LAST
    ):
        _resuscitate(w, who, now_s)
    write_event(w, who, now_s, DIED, cause)
    person["alive"] = 0
    person["death_cause"] = cause
    if person["triage_first"] == 0:
        person["triage_first"] = BLACK_TAG
    outcome = DIED_NON_BATTLE
    if person["category"] == BATTLE_INJURY:
        outcome = DOW if person["admitted"] > 0 else KIA
    step_out(w, who)
    _end(w, who, now_s, outcome)
    give_back(w, who, now_s)


@routine
def return_to_duty(w: Any, who: int, now_s: int) -> None:
    write_event(w, who, now_s, DISCHARGED, 0)
    if w.people[who]["civilian"] == 0:
        write_event(w, who, now_s, RETURNED_TO_DUTY, 0)
    _end(w, who, now_s, DUTY)
    give_back(w, who, now_s)


@routine
def leave_theatre(w: Any, who: int, now_s: int) -> None:
    """Reach Role 4, or be handed over beyond the scenario's last facility."""
    write_event(w, who, now_s, EVACUATED, 0)
    _end(w, who, now_s, OUT_OF_THEATRE)
    give_back(w, who, now_s)


@kernel
def close_books(w: Any, horizon_s: int) -> None:
    """Whoever has no end yet is still in care when the observation ends."""
    for who in range(len(w.people)):
        if w.people[who]["ended"] == 0:
            _end(w, who, horizon_s, IN_CARE)
