"""From the wound, or the first sign of illness, to the first help at hand."""

from typing import Any

from shared.records.vocabulary import DeathCause
from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.care import ALONGSIDE, begin_contact
from shared.simulation.happenings import AT_HAND
from shared.simulation.journal import FOUND, INJURED, write_event
from shared.simulation.kernel import routine
from shared.simulation.outcomes import die, reassess
from shared.simulation.treatment import BUDDY, BYSTANDER, ILL
from shared.simulation.world import TOURNIQUETS, TRAINED

IMMEDIATE = int(DeathCause.IMMEDIATE)


@routine
def wound(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    write_event(w, who, now_s, INJURED, 0)
    if person["immediate"] > 0:
        die(w, who, now_s, IMMEDIATE)
        return
    reassess(w, who)
    p = w.model[0]
    median_s = p["found_disease_median_s"] if person["category"] == ILL else p["found_median_s"]
    found_s = now_s + luck.lasting(w.model[0], person, luck.FINDING, median_s, p["found_spread"])
    enter(w, found_s, AT_HAND, who, 0)


@routine
def help_at_hand(w: Any, who: int, now_s: int) -> None:
    person = w.people[who]
    write_event(w, who, now_s, FOUND, 0)
    p = w.model[0]
    person["arrived_at_s"] = now_s + luck.lasting(
        w.model[0], person, luck.MEDIC, p["medic_median_s"], p["medic_spread"]
    )
    person["own_tourniquet"] = luck.ticket(person, luck.TOURNIQUET) < w.counters[TOURNIQUETS]
    trained = luck.ticket(person, luck.TRAINED) < w.counters[TRAINED]
    begin_contact(w, who, ALONGSIDE, BUDDY if trained else BYSTANDER, now_s)
