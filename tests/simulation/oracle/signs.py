"""Vital signs, triage and the Revised Trauma Score of the oracle."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.simulation.oracle.chance import coarse_deviate, number
from tests.simulation.oracle.patient import Patient, dying


def _knots(*points: tuple[str | float, str | float]) -> list[tuple[float, float]]:
    return [(_value(loss), _value(change)) for loss, change in points]


def _value(of: str | float) -> float:
    return number(of) if isinstance(of, str) else of


# Knots of the haemorrhage classes: lost share of blood, change of the sign.
CLASSES = ("class_1_loss", "class_2_loss", "class_3_loss", "class_4_loss")
PULSE = _knots((0.0, 0.0), *((loss, f"heart_rate_{loss[:7]}") for loss in CLASSES))
PRESSURE = _knots((0.0, 0.0), *((loss, f"systolic_drop_{loss[:7]}") for loss in CLASSES))
BREATHS = _knots(
    ("breathing_loss_felt", 0.0),
    ("class_2_loss", "breathing_class_2"),
    ("class_3_loss", "breathing_class_3"),
)
AWAKE = _knots(("class_2_loss", 0.0), ("class_4_loss", "gcs_drop_class_4"))


class Signs(NamedTuple):
    """A row of vital signs, in the order of its columns."""

    at_s: int
    context: int
    facility: int
    heart_rate: int
    systolic: int
    diastolic: int
    respiratory_rate: int
    spo2: int
    gcs: int
    temperature_dc: int
    pain: int


def curve(knots: Sequence[tuple[float, float]], x: float) -> float:
    """Straight lines between the knots, level beyond them."""
    if x <= knots[0][0]:
        return knots[0][1]
    for (left, low), (right, high) in itertools.pairwise(knots):
        if x < right:
            return low + (high - low) * (x - left) / (right - left)
    return knots[-1][1]


def moved(patient: Patient, sign: str, causes: str) -> float:
    """How much the causes (parts of the state) move a sign."""
    return sum(
        number(f"{sign}_per_{cause}") * getattr(patient.body, cause) for cause in causes.split()
    )


def gcs(patient: Patient) -> float:
    """Before rounding."""
    body = patient.body
    clouded = number("gcs_per_strain") * max(body.strain - number("strain_clouding"), 0.0)
    clouded += number("gcs_per_dying") * dying(patient)
    lost = (
        body.stupor
        + curve(AWAKE, 1.0 - body.volume)
        + moved(patient, "gcs", "obstruction collapse")
        + clouded
    )
    return max(number("gcs_own") - lost, number("gcs_least"))


def gcs_seen(patient: Patient) -> float:
    """With what drugs do to it."""
    if patient.tube or "table" in patient.holds or patient.clock_s < patient.asleep_until_s:
        return number("gcs_least")
    drowsy = patient.clock_s < patient.drowsy_until_s
    return min(gcs(patient), number("gcs_drowsy")) if drowsy else gcs(patient)


def _scatters(patient: Patient) -> Iterator[float]:
    """Nine standard normal deviates: ten bits each out of three numbers, however many are used."""
    numbers = []
    for _ in range(3):
        patient.body.noise = patient.body.noise * 48271 % (2**31 - 1)
        numbers.append(patient.body.noise)
    return (
        coarse_deviate((number >> 10 * place) % 1024) for number in numbers for place in range(3)
    )


def _within(value: float, low: float, high: float) -> int:
    return int(min(max(value, low), high) + 0.5)


def measure(patient: Patient, context: int, facility: int) -> Signs:
    """What is read off the state now; the scatter is drawn in the order of the columns."""
    body = patient.body
    scatter = _scatters(patient)
    loss = 1.0 - body.volume
    awake, near = gcs_seen(patient), dying(patient)
    cord = body.cord_ais >= 4
    pulse = (
        body.pulse_own
        + curve(PULSE, loss)
        + moved(patient, "heart_rate", "pain fever strain collapse")
    )
    pulse += (
        body.pulse_age + number("heart_rate_per_dying") * near - cord * number("cord_heart_rate")
    )
    heart_rate = _within(pulse + number("heart_rate_scatter") * next(scatter), 20, 210)
    pressure = body.systolic_own - curve(PRESSURE, loss) + moved(patient, "systolic", "pain")
    pressure += number("systolic_scatter") * next(scatter) - moved(
        patient, "systolic", "strain collapse"
    )
    pressure -= number("systolic_per_stupor") * max(body.stupor - number("stupor_failing"), 0.0)
    pressure += (
        body.systolic_age - number("systolic_per_dying") * near - cord * number("cord_systolic")
    )
    pressure = min(max(pressure, 0.0), 230.0)
    systolic = int(pressure + 0.5)
    resting = pressure * (
        number("diastolic_share")
        + number("diastolic_share_per_loss") * min(loss, number("class_3_loss"))
    )
    resting += number("diastolic_scatter") * next(scatter) * (pressure > 20.0)
    diastolic = min(max(int(resting + 0.5), 0), max(systolic - 5, 0))
    breaths = (
        number("breaths_own")
        + curve(BREATHS, loss)
        + moved(patient, "breaths", "pain collapse strain fever")
    )
    deep = number("breaths_per_stupor") * max(body.stupor - number("stupor_breathing"), 0.0)
    breaths -= moved(patient, "breaths", "obstruction") + deep
    breaths += body.breaths_age + number("breaths_per_dying") * near
    respiratory_rate = _within(breaths + number("breaths_scatter") * next(scatter), 0, 60)
    lacking = (
        moved(patient, "spo2", "obstruction collapse strain") + number("spo2_per_dying") * near
    )
    lacking += number("spo2_per_loss") * max(loss - number("class_2_loss"), 0.0) + cord * number(
        "cord_spo2"
    )
    lacking *= number("oxygen_leak") if "oxygen" in patient.given else 1.0
    spo2 = _within(number("spo2_own") - lacking + number("spo2_scatter") * next(scatter), 40, 100)
    warmth = number("temperature_own") + body.fever - number("cooling_per_loss") * loss
    temperature = _within(10.0 * (warmth + number("temperature_scatter") * next(scatter)), 280, 420)
    told = awake >= number("gcs_telling")
    pain = _within(body.pain + number("pain_scatter") * next(scatter), 0, 10) if told else -1
    return Signs(
        patient.clock_s,
        context,
        facility,
        heart_rate,
        systolic,
        diastolic,
        respiratory_rate,
        spo2,
        int(awake + 0.5),
        temperature,
        pain,
    )


def _seen(patient: Patient, signs: Signs) -> int:
    body = patient.body
    deep = gcs(patient) < number("gcs_least") + number("gcs_hopeless_above")
    if body.burn_pct >= number("expectant_burn_pct") or (deep and body.brain_ais >= 5):
        return 4
    rate, pressure = signs.respiratory_rate - body.breaths_age, signs.systolic - body.systolic_age
    pulse = signs.heart_rate - body.pulse_age
    breathes = number("triage_breaths_low") <= rate < number("triage_breaths_high")
    failing = (
        signs.gcs < number("triage_gcs_low")
        or pressure < number("triage_systolic_low")
        or not breathes
    )
    bleeds = sum(patient.bleeding) > number("triage_bleeding_per_min")
    racing = pulse >= number("triage_heart_rate_grave")
    if (
        failing
        or signs.spo2 < number("triage_spo2_low")
        or racing
        or bleeds
        or body.obstruction > number("triage_obstruction")
        or body.burn_pct >= number("burn_grave_pct")
    ):
        return 1
    wounded = body.surgery or body.worst_ais >= 3 or body.burn_pct >= number("triage_burn_pct")
    raised = pulse >= number("triage_heart_rate_raised")
    return 2 if wounded or raised or body.strain > number("strain_grave") else 3


def triage(patient: Patient, signs: Signs, luck: float) -> int:
    """The category that an assessor with this luck gives."""
    true = _seen(patient, signs)
    if luck < number("triage_under_share") and true < 3:
        return true + 1
    if luck > 1.0 - number("triage_over_share") and true in (2, 3):
        return true - 1
    return true


def revised_trauma_score(signs: Signs) -> int:
    """In ten-thousandths."""
    awake = sum(signs.gcs >= least for least in (4, 6, 9, 13))
    pressure = sum(signs.systolic >= least for least in (1, 50, 76, 90))
    breaths = (
        3
        if signs.respiratory_rate > 29
        else 4
        if signs.respiratory_rate >= 10
        else sum(signs.respiratory_rate >= n for n in (1, 6))
    )
    return 9368 * awake + 7326 * pressure + 2908 * breaths
