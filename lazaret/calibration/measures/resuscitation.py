"""Bleeding, blood and the signs of shock: what was given, to whom, and how they fared."""

import numpy as np

from lazaret.calibration.cohort import NEVER_S, Cohort
from lazaret.calibration.measures.injuries import AIS_SERIOUS
from lazaret.calibration.measures.shares import mean, percentile, share
from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion, EventKind, Role, VitalsContext
from shared.scenarios.vocabulary import TransportKind

MASSIVE_TRANSFUSION_UNITS = 10
SHOCK_SYSTOLIC_MMHG = 90
SHOCK_HEART_RATE = 120
COMA_GCS = 8
PROXIMAL_AMPUTATIONS = ("amputation_thigh", "amputation_arm")  # at or above the knee or elbow


def transfused_share(cohort: Cohort) -> float:
    """A unit at least; of battle injuries who reached a facility."""
    return share(_transfused(cohort), cohort.battle & cohort.reached)


def massive_share_of_transfused(cohort: Cohort) -> float:
    """Ten units and more, of those given any."""
    return share(_massive(cohort), _transfused(cohort))


def transfused_units(cohort: Cohort, rank: int) -> float:
    """Units of those given any: a percentile."""
    return percentile(cohort.flat["transfused_units"], _transfused(cohort), rank)


def massive_units_mean(cohort: Cohort) -> float:
    """Units of the massively transfused."""
    return mean(cohort.flat["transfused_units"], _massive(cohort) & _transfused(cohort))


def transfused_survival(cohort: Cohort, *, most: bool) -> float:
    """Of the quarter who were given the most blood, or of the others given any.

    Fisher 2021: "those patients receiving the top quartile of PRBC and WB administered", "compared
    to all other blood product recipients".
    """
    units = cohort.flat["transfused_units"]
    top = units >= percentile(units, _transfused(cohort), 75)
    return share(~cohort.dead, _transfused(cohort) & (top == most))


def shock_index_area(cohort: Cohort) -> float:
    """How well heart rate over systolic pressure at the first facility tells the massively
    transfused: area under the curve.
    """
    pulse, systolic = _first_reading(cohort, "heart_rate"), _first_reading(cohort, "systolic")
    seen = cohort.battle & (systolic > 0)
    index = pulse[seen] / systolic[seen]
    massive = _massive(cohort)[seen]
    return _area_under_curve(index[massive], index[~massive])


def shock_mortality_role_3(cohort: Cohort) -> float:
    """Deaths of those who come to Role 3 with a systolic pressure of 90 and less.

    Buehner 2017: "Transfers from role 2 facilities were excluded."
    """
    systolic = _first_reading(cohort, "systolic", Role.ROLE_3)
    came = cohort.events.values["kind"] == EventKind.ARRIVED
    transferred = cohort.having(cohort.events, came & cohort.at_role(cohort.events, Role.ROLE_2))
    return share(
        cohort.dead,
        cohort.battle & ~transferred & (systolic >= 0) & (systolic <= SHOCK_SYSTOLIC_MMHG),
    )


def head_injury_coma_share(cohort: Cohort) -> float:
    """GCS of 8 and less at the first facility, of those with a grave injury of the head and of
    nothing else.
    """
    gcs = _first_reading(cohort, "gcs")
    return share(gcs <= COMA_GCS, _isolated_head_injury(cohort) & (gcs >= 0))


def head_injury_hypotension_share(cohort: Cohort) -> float:
    """Systolic pressure below 90 at the first facility, of the same."""
    systolic = _first_reading(cohort, "systolic")
    return share(systolic < SHOCK_SYSTOLIC_MMHG, _isolated_head_injury(cohort) & (systolic >= 0))


def tourniquet_survival(cohort: Cohort) -> float:
    """Of battle injuries with a tourniquet who reached a facility."""
    return share(~cohort.dead, _with_tourniquet(cohort))


def tourniquet_survival_by_shock(cohort: Cohort, *, shock: bool) -> float:
    """Of the same, by the last vital signs before the first tourniquet; before anybody had measured
    any there was no shock yet.

    Kragh 2011: "Shock was defined by medics or hospital providers as a weak or absent radial pulse
    in an uninjured limb without a tourniquet. Patients with tourniquets first placed after the
    onset of shock were analyzed as 'shock present'". Records do not say how a pulse feels; a
    systolic pressure stands for it.
    """
    put_on = cohort.first_at(cohort.treatments, cohort.treated_with(("tourniquet",)))
    before = cohort.vitals.values["at_s"] <= put_on[cohort.vitals.patient]
    systolic = _last_reading(cohort, "systolic", before)
    in_shock = (systolic >= 0) & (systolic < SHOCK_SYSTOLIC_MMHG)
    return share(~cohort.dead, _with_tourniquet(cohort) & (in_shock == shock))


def limb_tourniquet_share(cohort: Cohort) -> float:
    """With a tourniquet, of battle injuries with a limb of AIS 3 and more who reached a
    facility.
    """
    serious = cohort.worst_ais(BodyRegion.EXTREMITIES) >= AIS_SERIOUS
    return share(_with_tourniquet(cohort), cohort.battle & cohort.reached & serious)


def wounded_tourniquet_share(cohort: Cohort) -> float:
    """With a tourniquet, of all battle injuries who reached a facility."""
    return share(_with_tourniquet(cohort), cohort.battle & cohort.reached)


def limb_injury_survival(cohort: Cohort, ais: int) -> float:
    """Of battle injuries who reached a facility with a limb of this grade and nothing graver than
    AIS 2 elsewhere.
    """
    limb = cohort.worst_ais(BodyRegion.EXTREMITIES) == ais
    return share(
        ~cohort.dead,
        cohort.battle & cohort.reached & limb & ~_serious_beyond(cohort, BodyRegion.EXTREMITIES),
    )


def flown_in_shock_mortality(cohort: Cohort, hours: int) -> float:
    """Dead so many hours after the helicopter took off, of those alive then and in shock or with a
    limb off before the first facility.

    Shackelford 2017 counted those "rescued alive" by helicopters "with either (1) a traumatic limb
    amputation at or above the knee or elbow or (2) shock defined as a systolic blood pressure of
    less than 90 mm Hg or a heart rate greater than 120 beats per minute". The same casualties are
    counted in both twins, whether or not their crew gave them blood.
    """
    departed = _departed_by_helicopter(cohort)
    died_within = cohort.dead & (cohort.flat["ended_at_s"] <= departed + hours * 3600)
    in_need = _in_shock_before_facility(cohort) | cohort.with_condition(PROXIMAL_AMPUTATIONS)
    alive = (
        cohort.first_at(cohort.treatments, cohort.treated_with(("cardiopulmonary_resuscitation",)))
        > departed
    )
    return share(died_within, (departed < NEVER_S) & alive & cohort.battle & in_need)


def circulation_restored_share(cohort: Cohort) -> float:
    """Of those brought to a facility without a pulse, whose heart beat again."""
    return share(~cohort.dead_on_arrival & cohort.reached, _brought_in_arrest(cohort))


def arrest_survival(cohort: Cohort) -> float:
    """Of those brought to a facility without a pulse."""
    return share(~cohort.dead, _brought_in_arrest(cohort))


def died_of_wounds_arrived_in_arrest_share(cohort: Cohort) -> float:
    """Brought in without a pulse, of those who died of wounds."""
    return share(_brought_in_arrest(cohort), cohort.died_of_wounds)


def _brought_in_arrest(cohort: Cohort) -> Array:
    arrived = cohort.first_event(EventKind.ARRIVED)[cohort.treatments.patient]
    rows = cohort.treatments.values
    to_the_door = (rows["at_s"] < arrived) & (rows["ended_at_s"] == arrived)
    return cohort.battle & cohort.having(
        cohort.treatments, to_the_door & cohort.treated_with(("cardiopulmonary_resuscitation",))
    )


def _transfused(cohort: Cohort) -> Array:
    given: Array = cohort.battle & cohort.reached & (cohort.flat["transfused_units"] > 0)
    return given


def _massive(cohort: Cohort) -> Array:
    massive: Array = cohort.flat["transfused_units"] >= MASSIVE_TRANSFUSION_UNITS
    return massive


def _with_tourniquet(cohort: Cohort) -> Array:
    return (
        cohort.battle
        & cohort.reached
        & cohort.having(cohort.treatments, cohort.treated_with(("tourniquet",)))
    )


def _isolated_head_injury(cohort: Cohort) -> Array:
    head = cohort.with_effect("brain") & (cohort.worst_ais(BodyRegion.HEAD_NECK) >= AIS_SERIOUS)
    return cohort.battle & cohort.reached & head & ~_serious_beyond(cohort, BodyRegion.HEAD_NECK)


def _serious_beyond(cohort: Cohort, here: BodyRegion) -> Array:
    elsewhere: Array = np.max(
        [cohort.worst_ais(region) for region in BodyRegion if region is not here], axis=0
    )
    return elsewhere >= AIS_SERIOUS


def _first_reading(cohort: Cohort, sign: str, role: int | None = None) -> Array:
    at_facility = (cohort.vitals.values["context"] == VitalsContext.CONTACT) & (
        cohort.vitals.values["facility"] >= 0
    )
    rows = cohort.vitals.where(
        at_facility if role is None else at_facility & cohort.at_role(cohort.vitals, role)
    )
    reading = np.full(len(cohort.flat["category"]), -1, dtype=np.int64)
    reading[rows.patient[::-1]] = rows.values[sign][::-1]
    return reading


def _last_reading(cohort: Cohort, sign: str, mask: Array) -> Array:
    rows = cohort.vitals.where(mask)
    reading = np.full(len(cohort.flat["category"]), -1, dtype=np.int64)
    reading[rows.patient] = rows.values[sign]
    return reading


def _departed_by_helicopter(cohort: Cohort) -> Array:
    from_field = (cohort.events.values["kind"] == EventKind.DEPARTED) & (
        cohort.events.values["facility"] < 0
    )
    return cohort.first_at(cohort.events, from_field & cohort.by_transport(TransportKind.ROTARY))


def _in_shock_before_facility(cohort: Cohort) -> Array:
    signs, arrived = cohort.vitals.values, cohort.first_event(EventKind.ARRIVED)
    shock = (signs["systolic"] < SHOCK_SYSTOLIC_MMHG) | (signs["heart_rate"] > SHOCK_HEART_RATE)
    before = (signs["facility"] < 0) & (signs["at_s"] <= arrived[cohort.vitals.patient])
    return cohort.having(cohort.vitals, shock & before)


def _area_under_curve(positive: Array, negative: Array) -> float:
    if not len(positive) or not len(negative):
        return float("nan")
    ranks = np.searchsorted(np.sort(negative), positive, "left") + np.searchsorted(
        np.sort(negative), positive, "right"
    )
    return float(ranks.mean() / (2 * len(negative)))
