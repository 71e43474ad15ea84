"""Kinds of story that a surgeon stops at, each as a query over casualties: whom it concerns, and
of whom it is true.

`allowed` is the share of those concerned that clinical practice allows, with where it comes from.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared.clinical.tables import backgrounds, conditions, mechanisms, treatments
from shared.records.vocabulary import BodyRegion, EventKind, Outcome
from shared.simulation.surgery import IN_ORDER
from tests.simulation.stories import Story

HOUR_S = 3600
TREATMENT = {row.name: row.id for row in treatments()}
DRUGS = {row.id: row for row in treatments() if row.kind == "drug"}
CONDITION = {row.name: row.id for row in conditions()}
WAR = {row.id for row in mechanisms() if row.kind in {"explosion", "gunshot"}}
PLEURA = [row.id for row in conditions() if row.effect in {"pleura", "tension"}]
BRAIN = [row.id for row in conditions() if row.effect == "brain"]
OPERATIONS = {TREATMENT[operation.name.lower()] for operation in IN_ORDER}
ANTIBIOTICS = [
    TREATMENT[name]
    for name in (
        "moxifloxacin",
        "ertapenem",
        "cefazolin",
        "ceftriaxone",
        "ciprofloxacin",
        "doxycycline",
    )
]
ADULTS_ONLY = {
    row.id
    for row in backgrounds()
    if row.name in {"hypertension", "type_2_diabetes", "gout", "knee_osteoarthritis", "smoker"}
}
OBESITY = next(row.id for row in backgrounds() if row.name == "obesity")
DEAD = {Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE}


@dataclass(frozen=True, slots=True)
class Kind:
    """A question; `found` gives for a casualty whether it is true of them, None if it does not
    concern them.
    """

    name: str
    allowed: float
    source: str
    found: Callable[[Story], bool | None]


def given(story: Story, *names: str) -> np.ndarray:
    """Rows of treatments that are one of these."""
    return np.isin(story.treatments["treatment"], [TREATMENT[name] for name in names])


def has(story: Story, *names: str, ais: int = 0) -> bool:
    rows = np.isin(story.conditions["condition"], [CONDITION[name] for name in names])
    return bool(np.any(rows & (story.conditions["ais"] >= ais)))


def worst(story: Story, region: BodyRegion) -> int:
    return int(story.conditions["ais"][story.conditions["region"] == region].max(initial=0))


def happened(story: Story, kind: EventKind) -> np.ndarray:
    """Seconds of the events of a kind."""
    return story.events["at_s"][story.events["kind"] == kind]


def left_theatre(story: Story) -> bool:
    return story.flat["outcome"] == Outcome.EVACUATED


def adult_dose(story: Story) -> bool | None:
    rows = np.isin(story.treatments["treatment"], list(DRUGS))
    if story.age >= 12 or not rows.any():
        return None
    usual = np.array([DRUGS[each].dose for each in story.treatments["treatment"][rows].tolist()])
    return bool(np.any((story.treatments["dose"][rows] >= usual) & (usual > 0)))


def adult_signs(story: Story) -> bool | None:
    if story.age > 8 or not len(story.vitals["at_s"]):
        return None
    slow = story.vitals["heart_rate"][0] < 85 and story.vitals["respiratory_rate"][0] < 18
    return bool(slow and story.vitals["systolic"][0] > 118)


def awake_at_once(story: Story) -> bool | None:
    ended = happened(story, EventKind.SURGERY_ENDED)
    at_s, gcs = story.vitals["at_s"], story.vitals["gcs"]
    if not len(ended):
        return None
    return any(bool(np.any((at_s >= end) & (at_s < end + 600) & (gcs >= 14))) for end in ended)


def unwatched(story: Story) -> bool | None:
    ended = happened(story, EventKind.SURGERY_ENDED)
    last_s = story.flat["ended_at_s"]
    followed = [end for end in ended if last_s - end > HOUR_S]
    if not followed:
        return None
    at_s = story.vitals["at_s"]
    return any(not np.any((at_s > end) & (at_s <= end + HOUR_S)) for end in followed)


def thinned_head(story: Story) -> bool | None:
    grave = story.conditions["ais"][np.isin(story.conditions["condition"], BRAIN)]
    return bool(given(story, "ibuprofen").any()) if grave.max(initial=0) >= 3 else None


def swollen_limb(story: Story) -> bool | None:
    if not has(story, "compartment_syndrome"):
        return None
    return not given(story, "fasciotomy").any()


def craniotomy_forward(story: Story) -> bool | None:
    rows = given(story, "craniotomy")
    return bool(np.any(story.treatments["role"][rows] < 3)) if rows.any() else None


def craniotomy_at_the_door(story: Story) -> bool | None:
    rows = given(story, "craniotomy")
    if not rows.any():
        return None
    begun = story.treatments["at_s"][rows]
    came = happened(story, EventKind.ARRIVED)
    return any(bool(np.any((at >= came) & (at - came < 300))) for at in begun)


def eye_not_repaired(story: Story) -> bool | None:
    if not has(story, "globe_injury", ais=2) or not left_theatre(story):
        return None
    return not given(story, "eye_surgery").any()


def fracture_not_cleaned(story: Story) -> bool | None:
    if not has(story, "open_limb_fracture") or not left_theatre(story):
        return None
    return not given(story, "debridement").any()


def old_mans_illness(story: Story) -> bool | None:
    return bool(ADULTS_ONLY & set(story.background)) if story.age < 12 else None


def lean_obesity(story: Story) -> bool | None:
    if OBESITY not in story.background:
        return None
    return story.flat["weight_hg"] / 10 / (story.flat["height_cm"] / 100) ** 2 < 25


def awake_with_a_tube(story: Story) -> bool | None:
    tubed = story.treatments["ended_at_s"][given(story, "intubation")]
    if not len(tubed):
        return None
    after = [
        row for row in range(len(story.vitals["at_s"])) if story.vitals["at_s"][row] > tubed[0]
    ]
    return bool(story.vitals["gcs"][after[0]] >= 13) if after else None


def burn_without_fluids(story: Story) -> bool | None:
    reached = happened(story, EventKind.ADMITTED)
    if story.flat["burn_tbsa_pct"] < 20 or not len(reached) or story.age < 12:
        return None
    day = story.flat["injured_at_s"] + 24 * HOUR_S
    if story.flat["ended_at_s"] < day:
        return None
    rows = given(story, "crystalloid") & (story.treatments["at_s"] < day)
    return bool(story.treatments["dose"][rows].sum() <= 1000)


def massive_without_intensive_care(story: Story) -> bool | None:
    if story.flat["transfused_units"] < 10 or story.flat["outcome"] in DEAD:
        return None
    return not len(happened(story, EventKind.INTENSIVE_CARE_STARTED))


def war_wound_closed(story: Story) -> bool | None:
    concerned = story.flat["mechanism"] in WAR
    return bool(given(story, "suture").any()) if concerned else None


def antibiotic_twice(story: Story) -> bool | None:
    rows = np.isin(story.treatments["treatment"], ANTIBIOTICS)
    if not rows.any():
        return None
    drug, at_s = story.treatments["treatment"][rows], story.treatments["at_s"][rows]
    return any(
        bool(np.any(np.diff(np.sort(at_s[drug == each])) < 2 * HOUR_S)) for each in set(drug)
    )


def chest_cut_open(story: Story) -> bool | None:
    grave = worst(story, BodyRegion.CHEST) >= 3 and len(happened(story, EventKind.ADMITTED))
    return bool(given(story, "thoracotomy").any()) if grave else None


def drained_without_cause(story: Story) -> bool | None:
    if not given(story, "chest_drain").any():
        return None
    return not np.any(np.isin(story.conditions["condition"], PLEURA))


def dead_after_normal_signs(story: Story) -> bool | None:
    at_s = story.vitals["at_s"]
    if story.flat["outcome"] not in DEAD or not len(at_s):
        return None
    if story.flat["ended_at_s"] - at_s[-1] > HOUR_S / 2:
        return None
    last = {name: int(values[-1]) for name, values in story.vitals.items()}
    return last["systolic"] >= 100 and last["gcs"] >= 14 and last["spo2"] >= 94


def aboard_before_departure(story: Story) -> bool | None:
    left = happened(story, EventKind.DEPARTED).min(initial=2**31 - 1)
    before = story.events["at_s"] < left
    return bool(np.any(story.events["vehicle"][before] >= 0))


def short_flight(story: Story) -> bool | None:
    left, came = happened(story, EventKind.DEPARTED), happened(story, EventKind.ARRIVED)
    flown = story.flown[: len(came)]
    hops = [end - start for start, end, air in zip(left, came, flown, strict=False) if air]
    return min(hops) < 120 if hops else None


def unfit_for_duty(story: Story) -> bool | None:
    if story.flat["outcome"] != Outcome.RETURNED_TO_DUTY or not len(story.vitals["at_s"]):
        return None
    return bool(story.vitals["systolic"][-1] < 85 + min(story.age, 16) // 2 - 8)


def civilian_on_duty(story: Story) -> bool | None:
    return bool(len(happened(story, EventKind.RETURNED_TO_DUTY))) if story.civilian else None


def child_officer(story: Story) -> bool | None:
    rank = story.flat["rank"]
    if rank == 0:
        return None
    youngest = {5: 22, 6: 24, 7: 26, 8: 28, 9: 30, 13: 29, 14: 34, 15: 38}
    return story.age < youngest.get(rank, 17)


def hurried_blood(story: Story) -> bool | None:
    rows = given(story, "red_cells", "whole_blood") & (story.treatments["dose"] <= 1)
    took = story.treatments["ended_at_s"][rows] - story.treatments["at_s"][rows]
    took = took[took > 0]  # in theatre many are written at once
    return bool(np.median(took) < 120) if len(took) else None


def one_operation_for_two(story: Story) -> bool | None:
    belly = has(story, "liver_injury", "spleen_injury", "bowel_injury", ais=3)
    limb = has(story, "amputation_thigh", "femur_fracture", "limb_artery_injury", ais=3)
    if not (belly and limb) or not len(happened(story, EventKind.SURGERY_ENDED)):
        return None
    done = set(story.treatments["treatment"].tolist()) & OPERATIONS
    return len(done) < 2


def urgent_sprain(story: Story) -> bool | None:
    if not has(story, "ankle_sprain") or story.flat["iss"] > 1:
        return None
    return story.flat["precedence"] in (1, 2)


NEVER = "assumption: never right"
KINDS = [
    Kind("child with adult doses", 0.0, NEVER, adult_dose),
    Kind("child with adult signs", 0.02, "assumption: children differ", adult_signs),
    Kind("awake within ten minutes of surgery", 0.02, "assumption: sleep wears off", awake_at_once),
    Kind("no reading in the hour after surgery", 0.02, NEVER, unwatched),
    Kind("ibuprofen with a grave brain injury", 0.0, NEVER, thinned_head),
    Kind(
        "compartment syndrome without fasciotomy",
        0.35,
        "assumption: some die, wait for a table, or go where the record ends",
        swollen_limb,
    ),
    Kind("craniotomy before Role 3", 0.0, "F021", craniotomy_forward),
    Kind(
        "globe injury evacuated without eye surgery",
        0.5,
        "assumption: many are repaired at Role 4, within a day or two",
        eye_not_repaired,
    ),
    Kind(
        "open fracture evacuated without debridement",
        0.35,
        "F048 with assumption: some pass through places without a free table",
        fracture_not_cleaned,
    ),
    Kind("an old man's illness in a child", 0.0, NEVER, old_mans_illness),
    Kind("obesity of the lean", 0.0, NEVER, lean_obesity),
    Kind(
        "awake at the first reading with a tube",
        0.1,
        "assumption: tubes come out after short operations",
        awake_with_a_tube,
    ),
    Kind(
        "massive transfusion survived without intensive care",
        0.25,
        "assumption: where beds are full",
        massive_without_intensive_care,
    ),
    Kind("wound of war closed at once", 0.0, NEVER, war_wound_closed),
    Kind("same antibiotic twice within two hours", 0.0, NEVER, antibiotic_twice),
    Kind(
        "thoracotomy with a grave chest",
        0.25,
        "assumption: a tenth to a fifth of penetrating chests",
        chest_cut_open,
    ),
    Kind("chest drain without air or blood", 0.0, NEVER, drained_without_cause),
    Kind(
        "dead within half an hour of normal signs",
        0.2,
        "assumption: sudden bleeding and airways that shut; readings are a quarter hour apart",
        dead_after_normal_signs,
    ),
    Kind("aboard before departure", 0.0, NEVER, aboard_before_departure),
    Kind("duty with low pressure", 0.01, "P055", unfit_for_duty),
    Kind("civilian returned to duty", 0.0, NEVER, civilian_on_duty),
    Kind("too young for the rank", 0.0, NEVER, child_officer),
    Kind("blood faster than two minutes a unit", 0.05, "assumption: infusers", hurried_blood),
    Kind("belly and limb, one operation", 0.4, "assumption: some die first", one_operation_for_two),
    Kind("ankle sprain called urgent", 0.02, "assumption: error of triage", urgent_sprain),
]
