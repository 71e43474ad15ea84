"""Vital signs, triage and the Revised Trauma Score of the oracle."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.simulation.oracle.chance import coarse_deviate, number
from tests.simulation.oracle.patient import Patient

# Knots of the haemorrhage classes: lost share of blood, change of the sign.
PULSE = ((0.0, 0.0), (0.15, 20.0), (0.30, 40.0), (0.45, 68.0), (0.55, 20.0))
PRESSURE = ((0.0, 0.0), (0.15, 4.0), (0.30, 26.0), (0.40, 50.0), (0.55, 105.0))
BREATHS = ((0.10, 0.0), (0.30, 11.0), (0.45, 21.0))
AWAKE = ((0.30, 0.0), (0.55, 8.0))


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


def gcs(patient: Patient) -> float:
    """Before rounding."""
    body = patient.body
    lost = body.stupor + curve(AWAKE, 1.0 - body.volume) + 6.0 * body.obstruction + 3.0 * body.collapse
    return max(15.0 - (lost + 4.0 * max(body.strain - 0.5, 0.0)), 3.0)


def _scatters(patient: Patient) -> Iterator[float]:
    """Nine standard normal deviates: ten bits each out of three numbers, however many are used."""
    numbers = []
    for _ in range(3):
        patient.body.noise = patient.body.noise * 48271 % (2**31 - 1)
        numbers.append(patient.body.noise)
    return (coarse_deviate((number >> 10 * place) % 1024) for number in numbers for place in range(3))


def _within(value: float, low: float, high: float) -> int:
    return int(min(max(value, low), high) + 0.5)


def measure(patient: Patient, context: int, facility: int) -> Signs:
    """What is read off the state now; the scatter is drawn in the order of the columns."""
    body = patient.body
    scatter = _scatters(patient)
    loss = 1.0 - body.volume
    awake = gcs(patient)
    pulse = body.pulse_own + curve(PULSE, loss) + 2.0 * body.pain + 9.0 * body.fever + 30.0 * body.strain + 18.0 * body.collapse
    heart_rate = _within(pulse + 6.0 * next(scatter), 20, 210)
    pressure = body.systolic_own - curve(PRESSURE, loss) + body.pain - 25.0 * body.strain - 25.0 * body.collapse
    pressure = min(max(pressure + 7.0 * next(scatter), 0.0), 230.0)
    systolic = int(pressure + 0.5)
    resting = pressure * (0.64 + 0.10 * min(loss, 0.4) / 0.4) + 3.0 * next(scatter) * (pressure > 20.0)
    diastolic = min(max(int(resting + 0.5), 0), max(systolic - 5, 0))
    breaths = 15.0 + curve(BREATHS, loss) + 0.4 * body.pain + 10.0 * body.collapse + 10.0 * body.strain + 2.0 * body.fever
    breaths -= 11.0 * body.obstruction + 1.2 * max(body.stupor - 6.0, 0.0)
    respiratory_rate = _within(breaths + 1.6 * next(scatter), 0, 60)
    oxygen = 98.0 - 28.0 * body.obstruction - 16.0 * body.collapse - 12.0 * body.strain - 10.0 * max(loss - 0.3, 0.0)
    spo2 = _within(oxygen + 1.1 * next(scatter), 40, 100)
    warmth = 10.0 * (36.8 + body.fever - number("cooling_per_loss") * loss)
    temperature = _within(warmth + 2.5 * next(scatter), 280, 420)
    pain = _within(body.pain + 0.6 * next(scatter), 0, 10) if awake >= 13.0 else -1
    return Signs(
        patient.clock_s, context, facility, heart_rate, systolic, diastolic, respiratory_rate, spo2, int(awake + 0.5), temperature, pain
    )


def _seen(patient: Patient, signs: Signs) -> int:
    body = patient.body
    if body.burn_pct >= number("expectant_burn_pct") or (signs.gcs == 3 and body.head_ais >= 5):
        return 4
    failing = signs.gcs <= 12 or signs.systolic < 90 or not 10 <= signs.respiratory_rate < 30 or signs.spo2 < 90
    bleeds = sum(patient.bleeding) > number("triage_bleeding_per_min")
    if failing or signs.heart_rate >= 125 or bleeds or body.obstruction > 0.2:
        return 1
    grave = body.surgery or body.worst_ais >= 3 or body.burn_pct >= 15 or signs.heart_rate >= 108 or body.strain > 0.3
    return 2 if grave else 3


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
    breaths = 3 if signs.respiratory_rate > 29 else 4 if signs.respiratory_rate >= 10 else sum(signs.respiratory_rate >= n for n in (1, 6))
    return 9368 * awake + 7326 * pressure + 2908 * breaths
