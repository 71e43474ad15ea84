"""Vital signs: what a measurement shows of the latent state, with the scatter of real patients
(P024) around the teaching values.
"""

from typing import Any

from shared.records.vocabulary import VitalsContext
from shared.simulation.kernel import kernel, routine
from shared.simulation.luck import next_of
from shared.simulation.physiology import (
    advance,
    breathing_gain,
    consciousness_lost,
    dying,
    heart_rate_gain,
    systolic_drop,
)
from shared.simulation.treatment import GRAVE, OXYGEN
from shared.simulation.world import NOWHERE, OVERFLOW, TABLE, VITALS_ROWS

CONTACT, CLOCK, TRANSIT = (int(context) for context in VitalsContext)
# What a monitor can show.
HEART_RATE_LOW, HEART_RATE_HIGH = 20, 210
SYSTOLIC_HIGH, SYSTOLIC_FELT, PULSE_PRESSURE_LOW = 230, 20, 5
BREATHS_HIGH, SPO2_LOW, SPO2_HIGH, PAIN_HIGH = 60, 40, 100, 10
TENTHS, TEMPERATURE_LOW_DC, TEMPERATURE_HIGH_DC = 10, 280, 420
# of the table of deviates for the scatter: small, as it is read more than everything else
SCATTER_BITS = 10
SCATTER_MASK = (1 << SCATTER_BITS) - 1


@kernel
def _scatter(p: Any, noise: int, place: int) -> float:
    """The deviate that ten bits of `noise` stand for: the first three (`place` 0 to 2) of its
    31.
    """
    return float(p["scatter"][(noise >> place * SCATTER_BITS) & SCATTER_MASK])


@kernel
def _held(value: float, low: int, high: int) -> int:
    return int(min(max(value, low), high) + 0.5)


@kernel
def gcs_of(p: Any, person: Any) -> float:
    """Glasgow Coma Scale of the state, without rounding: brain, blood loss, lack of air and illness
    each take their points.
    """
    lost = person["stupor"] + consciousness_lost(p, 1.0 - person["volume"])
    lost += (
        p["gcs_per_obstruction"] * person["obstruction"]
        + p["gcs_per_collapse"] * person["collapse"]
    )
    lost += p["gcs_per_strain"] * max(person["strain"] - p["strain_clouding"], 0.0)
    lost += p["gcs_per_dying"] * dying(person, p)
    return float(max(p["gcs_own"] - lost, p["gcs_least"]))


@kernel
def gcs_shown(p: Any, person: Any) -> float:
    """As `gcs_of`, but for those whom drugs keep asleep, and for who wakes from them."""
    if (
        person["tube"] > 0
        or (person["holds"] >> TABLE) & 1
        or person["state_at_s"] < person["asleep_until_s"]
    ):
        return float(p["gcs_least"])
    if person["state_at_s"] < person["drowsy_until_s"]:
        return float(min(gcs_of(p, person), p["gcs_drowsy"]))
    return float(gcs_of(p, person))


@kernel
def _pulse(p: Any, person: Any, loss: float) -> float:
    pulse = (
        person["pulse_own"] + heart_rate_gain(p, loss) + p["heart_rate_per_pain"] * person["pain"]
    )
    pulse += (
        p["heart_rate_per_fever"] * person["fever"] + p["heart_rate_per_strain"] * person["strain"]
    )
    pulse += person["pulse_age"] + p["heart_rate_per_dying"] * dying(person, p)
    if person["cord_ais"] >= GRAVE:
        pulse -= p["cord_heart_rate"]
    return float(pulse + p["heart_rate_per_collapse"] * person["collapse"])


@kernel
def _pressure(p: Any, person: Any, loss: float) -> float:
    pressure = (
        person["systolic_own"] - systolic_drop(p, loss) + p["systolic_per_pain"] * person["pain"]
    )
    pressure -= (
        p["systolic_per_strain"] * person["strain"]
        + p["systolic_per_collapse"] * person["collapse"]
    )
    pressure += person["systolic_age"] - p["systolic_per_dying"] * dying(person, p)
    if person["cord_ais"] >= GRAVE:
        pressure -= p["cord_systolic"]
    return float(
        pressure - p["systolic_per_stupor"] * max(person["stupor"] - p["stupor_failing"], 0.0)
    )


@kernel
def _breaths(p: Any, person: Any, loss: float) -> float:
    breaths = p["breaths_own"] + breathing_gain(p, loss) + p["breaths_per_pain"] * person["pain"]
    breaths += (
        p["breaths_per_collapse"] * person["collapse"] + p["breaths_per_strain"] * person["strain"]
    )
    breaths += (
        p["breaths_per_fever"] * person["fever"]
        - p["breaths_per_obstruction"] * person["obstruction"]
    )
    breaths += person["breaths_age"] + p["breaths_per_dying"] * dying(person, p)
    return float(
        breaths - p["breaths_per_stupor"] * max(person["stupor"] - p["stupor_breathing"], 0.0)
    )


@kernel
def _saturation(p: Any, person: Any, loss: float) -> float:
    missing = (
        p["spo2_per_obstruction"] * person["obstruction"]
        + p["spo2_per_collapse"] * person["collapse"]
    )
    missing += p["spo2_per_strain"] * person["strain"] + p["spo2_per_loss"] * max(
        loss - p["class_2_loss"], 0.0
    )
    missing += p["spo2_per_dying"] * dying(person, p)
    if person["cord_ais"] >= GRAVE:
        missing += p["cord_spo2"]
    if (person["done"] >> OXYGEN) & 1:
        missing *= p["oxygen_leak"]
    return float(p["spo2_own"] - missing)


@routine
def measure(w: Any, who: int, context: int) -> int:
    """Write a row of vital signs at `state_at_s`; returns its place in `w.vitals`. Bounds are those
    of a monitor's display.
    """
    row_no = w.counters[VITALS_ROWS]
    if row_no >= len(w.vitals) - 1:
        w.counters[OVERFLOW] = 1
        row_no = len(w.vitals) - 2
    w.counters[VITALS_ROWS] = row_no + 1
    row = w.vitals[row_no]
    person = w.people[who]
    p = w.model[0]
    first = next_of(person["noise"])
    second = next_of(first)
    third = next_of(second)
    person["noise"] = third
    loss = 1.0 - person["volume"]
    gcs = gcs_shown(p, person)
    row["who"] = who
    row["at_s"] = person["state_at_s"]
    row["context"] = context
    row["facility"] = (
        w.places[person["place"]]["facility"] if person["place"] != NOWHERE else NOWHERE
    )
    row["heart_rate"] = _held(
        _pulse(p, person, loss) + p["heart_rate_scatter"] * _scatter(p, first, 0),
        HEART_RATE_LOW,
        HEART_RATE_HIGH,
    )
    systolic = min(
        max(_pressure(p, person, loss) + p["systolic_scatter"] * _scatter(p, first, 1), 0.0),
        SYSTOLIC_HIGH,
    )
    row["systolic"] = int(systolic + 0.5)
    diastolic = systolic * (
        p["diastolic_share"] + p["diastolic_share_per_loss"] * min(loss, p["class_3_loss"])
    )
    row["diastolic"] = int(
        diastolic
        + p["diastolic_scatter"] * _scatter(p, first, 2) * (systolic > SYSTOLIC_FELT)
        + 0.5
    )
    row["diastolic"] = min(max(row["diastolic"], 0), max(row["systolic"] - PULSE_PRESSURE_LOW, 0))
    row["respiratory_rate"] = _held(
        _breaths(p, person, loss) + p["breaths_scatter"] * _scatter(p, second, 0), 0, BREATHS_HIGH
    )
    row["spo2"] = _held(
        _saturation(p, person, loss) + p["spo2_scatter"] * _scatter(p, second, 1),
        SPO2_LOW,
        SPO2_HIGH,
    )
    row["gcs"] = int(gcs + 0.5)
    warmth = (
        p["temperature_own"]
        + person["fever"]
        - p["cooling_per_loss"] * loss
        + p["temperature_scatter"] * _scatter(p, second, 2)
    )
    row["temperature_dc"] = _held(TENTHS * warmth, TEMPERATURE_LOW_DC, TEMPERATURE_HIGH_DC)
    row["pain"] = (
        _held(person["pain"] + p["pain_scatter"] * _scatter(p, third, 0), 0, PAIN_HIGH)
        if gcs >= p["gcs_telling"]
        else -1
    )
    return int(row_no)


@kernel
def _interval_s(p: Any, person: Any, at_s: int) -> int:
    # Often while everything may still happen, then less and less.
    since_s = at_s - person["watched_since_s"]
    if since_s < p["vitals_close_for_s"]:
        return int(p["vitals_close_s"])
    if since_s < p["vitals_hourly_for_s"]:
        return int(p["vitals_hourly_s"])
    return int(p["vitals_daily_s"])


@routine
def live_until(w: Any, who: int, now_s: int, context: int) -> None:
    """Advance to `now_s`, taking vital signs on the clock on the way once somebody watches."""
    person = w.people[who]
    while person["vitals_due_s"] < now_s:
        due = person["vitals_due_s"]
        advance(person, w.model[0], due)
        measure(w, who, context)
        person["vitals_due_s"] = due + _interval_s(w.model[0], person, due)
    advance(person, w.model[0], now_s)


@kernel
def watch(w: Any, who: int) -> int:
    """Take vital signs at a contact and set the clock for the next."""
    person = w.people[who]
    person["vitals_due_s"] = person["state_at_s"] + _interval_s(
        w.model[0], person, person["state_at_s"]
    )
    return measure(w, who, CONTACT)
