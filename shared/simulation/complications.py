"""What may follow a wound: shock, infection, failing lungs, swollen limbs; each has its cause, its
onset and its effect.
"""

from typing import Any

from shared.simulation import luck
from shared.simulation.agenda import enter
from shared.simulation.happenings import COMPLICATION
from shared.simulation.journal import write_treatment
from shared.simulation.kernel import kernel
from shared.simulation.model import LIMB, OPEN_WOUND
from shared.simulation.surgery import FASCIA
from shared.simulation.treatment import (
    FASCIOTOMY,
    INTENSIVE_CARE,
    MECHANICAL_VENTILATION,
    MODERATE,
    SERIOUS,
)
from shared.simulation.world import COMPLICATIONS, ILLNESS, NOWHERE


@kernel
def foresee(w: Any, who: int, cause: int, now_s: int) -> None:
    """Decide which complications `cause` will have, and enter their onset."""
    person = w.people[who]
    p = w.model[0]
    for place in range(COMPLICATIONS):
        if (
            p["complication_follows"][place] == cause
            and luck.share(person, luck.COMPLICATION + place) < p["complication_share"][place]
        ):
            spread = p["complication_onset_spread"][place]
            onset_s = now_s + luck.lasting(
                p, person, luck.ONSET + place, p["complication_onset_s"][place], spread
            )
            enter(w, onset_s, COMPLICATION, who, place)


@kernel
def foresee_from_wounds(w: Any, who: int, now_s: int) -> None:
    """At the first facility."""
    person = w.people[who]
    if person["foreseen"] > 0:
        return
    person["foreseen"] = 1
    if person["open_wound"] > 0 and person["worst_ais"] >= MODERATE:
        foresee(w, who, OPEN_WOUND, now_s)
    if person["limb_ais"] >= SERIOUS:
        foresee(w, who, LIMB, now_s)


@kernel
def set_in(w: Any, who: int, place: int, now_s: int) -> None:
    """A complication shows: it is noted, treated at the bedside, and goes on to what follows from
    it.
    """
    person = w.people[who]
    p = w.model[0]
    watched = person["doing"] in (INTENSIVE_CARE, MECHANICAL_VENTILATION)
    if person["place"] == NOWHERE or (person["doing"] > 0 and not watched):
        enter(w, now_s + int(p["complication_later_s"]), COMPLICATION, who, place)
        return
    person["complication_at_s"][place] = now_s
    person["fever"] += p["complication_fever"][place]
    person["strain"] = min(person["strain"] + p["complication_strain"][place], 1.0)
    person["hazard"][ILLNESS] += p["complication_hazard_per_min"][place]
    person["recovery_s"] = max(
        person["recovery_s"], now_s - person["injured_at_s"] + int(p["complication_recovery_s"])
    )
    treatment = int(p["complication_treatment"][place])
    covered = (
        person["antibiotic_at_s"] > 0
        and now_s - person["antibiotic_at_s"] < p["antibiotic_interval_s"]
    )
    if treatment == FASCIOTOMY:
        person["needs"] |= FASCIA
        person["surgery"] = 1
    elif treatment > 0 and not (covered and p["antibiotic"][treatment] > 0):
        write_treatment(w, who, treatment, now_s, now_s)
    foresee(w, who, place, now_s)
