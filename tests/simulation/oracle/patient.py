"""A casualty of the oracle: latent state, its course in time, and what it is forecast to die of."""

import math
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.oracle.chance import RESERVE, number, share
from tests.simulation.oracle.series import exp, log

LIMB, GROIN, TRUNK = range(3)
AIR, LUNGS, HEAD, BODY, SHOCK = range(5)
BLED_OUT, NO_AIR, LUNGS_DOWN, BRAIN_DEAD, ORGANS, SEPSIS, BURNS, AGENT, DISEASE, CORD = (
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
)
COPIED = [
    "injured_at_s",
    "category",
    "civilian",
    "iss",
    "worst_ais",
    "head_ais",
    "brain_ais",
    "cord_ais",
    "chest_ais",
    "abdomen_ais",
    "limb_ais",
    "wound_region",
    "burn_pct",
    "open_wound",
    "war_wound",
    "pleura",
    "amputation",
    "surgery",
    "needs",
    "immediate",
    "agent",
    "illness",
    "recovery_s",
    "soiling",
    "volume",
    "tolerance",
    "clotting",
    "obstruction",
    "collapse",
    "stupor",
    "fever",
    "strain",
    "pain",
    "size",
    "pulse_age",
    "systolic_age",
    "breaths_age",
    "pulse_own",
    "systolic_own",
    "noise",
]


@dataclass
class Patient:
    """State at `clock_s`, and where its owner is in the evacuation chain."""

    index: int
    body: Any  # attributes named in COPIED
    bleeding: list[float]
    hazard: list[float]
    reserve: list[float]
    seeds: tuple[int, int]
    clock_s: int
    place: int | None
    lowest: float = 1.0
    forecast: tuple[int, int] | None = None  # second and cause
    moves_at_s: int | None = None  # when the volume enters another band
    token: object = None  # of the entry that announces the forecast death
    look_at_s: float = float("inf")
    given: set[str] = field(default_factory=set)
    own_tourniquet: bool = False
    units: int = 0
    crew_units: int = 0
    holds: set[str] = field(default_factory=set)
    stage: str = ""
    stay: object = None  # of the entry that ends the stay
    tube: bool = False
    asleep_until_s: int = 0
    drowsy_until_s: int = 0
    watched_since_s: int = 0
    antibiotic_at_s: int | None = None
    session: int = 0  # operations done under this anaesthesia
    level: int = 0
    doing: str = ""
    doing_since_s: int = 0
    step: int = 0
    leaves_at_s: int = 0  # with the vehicle sent
    door_at_s: int = 0  # where the vehicle arrives
    ready_at_s: int = 0  # of the medic on the way, then of the arrival at a facility
    triage: int = 0
    first_triage: int = 0
    precedence: int = 0
    rts_e4: int = 0
    queue: Any = None
    queued_at_s: int = 0
    bound_for: int | None = None
    vehicle: int = -1  # aboard
    coming: int = -1  # sent
    admitted: bool = False
    first_role: int = 0
    last_role: int = 0
    last_facility: int = -1
    alive: bool = True
    free_since_s: int = 0
    foreseen: bool = False
    interrupted: bool = False
    complications: dict[str, int] = field(default_factory=dict)  # second of onset by condition
    outcome: int = 0
    ended_at_s: int = 0


class _Body:
    def __init__(self, row: Any) -> None:
        for name in COPIED:
            setattr(self, name, row[name].item())


def admit(index: int, row: Any) -> Patient:
    """A patient from the state at the moment of wounding."""
    seeds = (int(row["luck_a"]), int(row["luck_b"]))
    lists = (row[name].tolist() for name in ("bleeding", "hazard", "reserve"))
    hurt_s = int(row["injured_at_s"])
    return Patient(
        index, _Body(row), *lists, seeds, hurt_s, int(row["place"]), watched_since_s=hurt_s
    )


def _lose(patient: Patient, minutes: float) -> float:
    """Bleed for so long, or until it has stopped; gives the minutes that are left then."""
    body, flow, floor = patient.body, sum(patient.bleeding), number("volume_floor")
    if flow <= number("bleeding_over_per_min"):
        return minutes
    remaining = exp(-body.clotting * minutes)
    left = 0.0
    if flow * remaining < number("bleeding_over_per_min"):
        remaining = number("bleeding_over_per_min") / flow
        left = minutes + log(remaining) / body.clotting
    lost = flow * (1.0 - remaining) / (body.clotting * (1.0 - floor))
    body.volume = floor + (body.volume - floor) * exp(-lost)
    patient.lowest = min(patient.lowest, body.volume)
    patient.bleeding = [rate * remaining for rate in patient.bleeding]
    return left


def pass_time(patient: Patient, now_s: int) -> None:
    """Let the state run to `now_s`."""
    beats_until_s = patient.forecast[0] if patient.forecast else now_s
    minutes = (min(now_s, beats_until_s) - patient.clock_s) / 60.0
    patient.clock_s = max(patient.clock_s, now_s)
    if minutes <= 0:
        return
    patient.reserve = [
        reserve - hazard * minutes
        for reserve, hazard in zip(patient.reserve, patient.hazard, strict=True)
    ]
    left = _lose(patient, minutes)
    if left > 0 and patient.body.volume < 1.0:
        patient.body.volume = 1.0 - (1.0 - patient.body.volume) * exp(
            -left * number("volume_refill_per_min")
        )


def _minutes_to_empty(patient: Patient) -> float:
    body, floor, flow = patient.body, number("volume_floor"), sum(patient.bleeding)
    if body.volume <= body.tolerance:
        return 0.0
    if flow <= number("bleeding_over_per_min"):
        return 1e9
    gone = (
        body.clotting * (1.0 - floor) / flow * log((body.volume - floor) / (body.tolerance - floor))
    )
    return 1e9 if gone >= 1.0 else -log(1.0 - gone) / body.clotting


def _harmless() -> float:
    """From this volume on no band is worse than another."""
    above = max(1.0 - number("shock_borne"), number("brain_insult_volume"))
    return math.ceil(above / number("state_step_volume") - 1e-9) * number("state_step_volume")


def _band(volume: float) -> int:
    return int(min(volume, _harmless()) / number("state_step_volume"))


def _felt(volume: float) -> float:
    return (_band(volume) + 0.5) * number("state_step_volume")


def _minutes_to_refill(volume: float) -> float | None:
    """To the band above."""
    if volume >= _harmless():
        return None
    upper = (_band(volume) + 1) * number("state_step_volume")
    return log((1.0 - volume) / (1.0 - upper)) / number("volume_refill_per_min")


def _minutes_to_move(patient: Patient) -> float | None:
    """To the band below while bleeding gets that far, else to the band above once it is over."""
    body, floor, flow = patient.body, number("volume_floor"), sum(patient.bleeding)
    ooze = number("bleeding_over_per_min")
    if flow <= ooze:
        return _minutes_to_refill(body.volume)
    above, lower = body.volume - floor, _band(body.volume) * number("state_step_volume") - floor
    dies_down = body.clotting * (1.0 - floor) / flow
    if lower > 1e-9:
        left = 1.0 - dies_down * log(above / lower)
        if left * flow >= ooze:
            return -log(left) / body.clotting
    refilled = _minutes_to_refill(floor + above * exp(-(1.0 - ooze / flow) / dies_down))
    return None if refilled is None else log(flow / ooze) / body.clotting + refilled


def _cause_of_body(body: Any) -> int:
    if body.agent:
        return AGENT
    if body.illness:
        return DISEASE
    if body.burn_pct >= number("burn_fluid_pct"):
        return BURNS
    return SEPSIS if body.abdomen_ais >= 3 else ORGANS


def _brain(patient: Patient) -> float:
    body = patient.body
    grade = max(body.brain_ais, body.cord_ais)
    if grade < 3:
        return 0.0
    rate = number(f"brain_hazard_ais{min(grade, 5)}_per_min")
    if _felt(body.volume) < number("brain_insult_volume") or max(
        body.obstruction, body.collapse
    ) > number("brain_insult_breath"):
        rate *= number("brain_insult_factor")
    if "craniotomy" in patient.given:
        rate *= number("brain_operated_factor")
    return rate * number("brain_intensive_factor") if "intensive" in patient.holds else rate


def dying(patient: Patient) -> float:
    """0 to 1 over the last hours before a death that is not by bleeding."""
    if patient.forecast is None or patient.forecast[1] == BLED_OUT:
        return 0.0
    left_s = max(patient.forecast[0] - patient.clock_s, 0)
    return max(1.0 - left_s / number("dying_s"), 0.0)


def revive(patient: Patient) -> None:
    """A heart that beats again: some blood, and another reserve for the spent ones."""
    body = patient.body
    body.volume = max(body.volume, body.tolerance + number("circulation_restored_volume"))
    patient.reserve = [
        -log(1.0 - share(patient.seeds, RESERVE)) if left <= 0 else left for left in patient.reserve
    ]


def look_ahead(patient: Patient) -> None:
    """Set hazards by the present state, and the death that they and the bleeding lead to."""
    body, hazard = patient.body, patient.hazard
    hazard[AIR] = max(body.obstruction - number("obstruction_borne"), 0.0) ** 2 * number(
        "airway_hazard_per_min"
    )
    hazard[LUNGS] = max(body.collapse - number("collapse_borne"), 0.0) ** 2 * number(
        "tension_hazard_per_min"
    )
    empty, debt = (
        max(1.0 - _felt(volume) - number("shock_borne"), 0.0)
        for volume in (body.volume, patient.lowest)
    )
    hazard[SHOCK] = empty**3 * number("arrest_hazard_per_min") + debt**3 * number(
        "shock_hazard_per_min"
    )
    hazard[HEAD] = _brain(patient)
    ends = [(_minutes_to_empty(patient), BLED_OUT)]
    to_the_day = body.injured_at_s + number("exsanguination_s") - patient.clock_s
    starved = BLED_OUT if patient.reserve[SHOCK] * 60.0 <= to_the_day * hazard[SHOCK] else ORGANS
    nerves = CORD if body.cord_ais > body.brain_ais else BRAIN_DEAD
    causes = (NO_AIR, LUNGS_DOWN, nerves, _cause_of_body(body), starved)
    ends += [
        (max(patient.reserve[way], 0.0) / hazard[way], causes[way])
        for way in range(5)
        if hazard[way] > 0
    ]
    minutes, cause = min(ends, key=lambda end: end[0])
    patient.forecast = None if minutes > 1e6 else (patient.clock_s + int(minutes * 60.0) + 1, cause)
    moves = _minutes_to_move(patient)
    patient.moves_at_s = (
        None if moves is None or moves > 1e6 else patient.clock_s + int(moves * 60.0) + 1
    )
