"""Those who wait are looked at again while their state moves; who has become graver goes to the
head of the queue.
"""

from typing import Any

from shared.records.vocabulary import Triage
from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.happenings import SECOND_LOOK
from shared.simulation.journal import TRIAGED, write_event
from shared.simulation.kernel import kernel
from shared.simulation.outcomes import touch
from shared.simulation.physiology import bleeding_rate
from shared.simulation.resources import join, leave
from shared.simulation.triage import categorise
from shared.simulation.vital_signs import watch
from shared.simulation.world import NOWHERE

EXPECTANT = int(Triage.T4)


@kernel
def _moves(person: Any, p: Any) -> bool:
    bleeds = bleeding_rate(person) > p["dressing_bleeding_per_min"]
    short_of_air = (
        person["obstruction"] > p["obstruction_borne"] or person["collapse"] > p["collapse_borne"]
    )
    shocked = person["volume"] < p["fluid_volume"]
    return bool(bleeds or shocked or short_of_air or person["strain"] > p["strain_grave"])


@kernel
def watch_over(w: Any, who: int, now_s: int) -> None:
    """Look at somebody who begins to wait again after a while, unless nothing is likely to
    change.
    """
    person = w.people[who]
    if 0 < person["queue_class"] < EXPECTANT and _moves(person, w.model[0]):
        enter(w, now_s + int(w.model[0]["second_look_s"]), SECOND_LOOK, who, 0)


@kernel
def look_again(w: Any, who: int, now_s: int) -> None:
    """Triage anew; a graver class moves up in the queue, keeping the time of joining."""
    person = w.people[who]
    queue = person["queue"]
    if queue == NOWHERE:
        return
    row = w.vitals[watch(w, who)]
    category = categorise(person, w.model[0], row, luck.ticket(person, luck.AGAIN))
    if category < person["queue_class"]:
        person["triage"] = category
        write_event(w, who, now_s, TRIAGED, category)
        since_s = person["queued_at_s"]
        leave(w, who)
        join(w, queue, who, category, since_s)
        touch(w, person["place"])
    watch_over(w, who, now_s)
