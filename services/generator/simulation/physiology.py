"""The latent state of a casualty between two moments, the vital signs read off it, and the moment at which it ends a life.

Blood volume v (fraction of normal) obeys dv/dt = -B(t) (v - floor) / (1 - floor): pressure, and with it bleeding, falls with
volume, and clotting lets B die down as exp(-c t). Both have closed solutions, so nothing is stepped. The other ways to die are
hazards, constant between two events, against a reserve drawn once for each casualty.
"""

from typing import Any

from services.generator.simulation.elementary import exp, log
from services.generator.simulation.kernel import kernel
from services.generator.simulation.world import AIRWAY, BRAIN, CHEST, EXTREMITY, ILLNESS, INTENSIVE, JUNCTIONAL, SITES, TRUNCAL, WAYS

NEVER = 2**31 - 1
BLED_OUT = 2  # DeathCause.HAEMORRHAGE
# DeathCause by way: airway, tension pneumothorax, brain; illness is told apart by `illness_cause`.
CAUSE_OF_WAY = (3, 4, 5, 0)
OOZE = 1e-4  # per minute: bleeding below this is over


@kernel
def bleeding_rate(person: Any) -> float:
    return float(person["bleeding"][EXTREMITY] + person["bleeding"][JUNCTIONAL] + person["bleeding"][TRUNCAL])


@kernel
def _bleed(person: Any, p: Any, rate: float, kept: float) -> None:
    """Lose blood until the bleeding has died down from `rate` to the share `kept` of it."""
    floor = p["volume_floor"]
    flow = rate * (1.0 - kept) / (person["clotting"] * (1.0 - floor))
    person["volume"] = floor + (person["volume"] - floor) * exp(-flow)
    person["volume_min"] = min(person["volume_min"], person["volume"])
    for site in range(SITES):
        person["bleeding"][site] *= kept


@kernel
def _bleed_for(person: Any, p: Any, minutes: float) -> float:
    """Bleed for `minutes` or until it is over; returns the minutes left."""
    rate = bleeding_rate(person)
    if rate <= OOZE:
        return minutes
    kept = exp(-person["clotting"] * minutes)
    left = 0.0
    if rate * kept < OOZE:
        kept = OOZE / rate
        left = minutes + log(kept) / person["clotting"]
    _bleed(person, p, rate, kept)
    return float(left)


@kernel
def advance(person: Any, p: Any, now_s: int) -> None:
    """Bring a state from `state_at_s` to `now_s`."""
    minutes = (now_s - person["state_at_s"]) / 60.0
    if minutes <= 0.0:
        return
    person["state_at_s"] = now_s
    for way in range(WAYS):
        person["reserve"][way] -= person["hazard"][way] * minutes
    minutes = _bleed_for(person, p, minutes)
    if minutes > 0.0 and person["volume"] < 1.0:
        person["volume"] = 1.0 - (1.0 - person["volume"]) * exp(-minutes * p["volume_refill_per_min"])


@kernel
def _bleeds_out_after(person: Any, p: Any) -> float:
    floor = p["volume_floor"]
    rate = bleeding_rate(person)
    if person["volume"] <= person["tolerance"]:
        return 0.0
    if rate <= OOZE:
        return 1e9
    # The logarithm of x is at least 1 - 1/x: this spares it for nearly everybody.
    stops = person["clotting"] * (1.0 - floor) / rate
    if stops * (1.0 - (person["tolerance"] - floor) / (person["volume"] - floor)) >= 1.0:
        return 1e9
    share = stops * log((person["volume"] - floor) / (person["tolerance"] - floor))
    if share >= 1.0:
        return 1e9
    return -log(1.0 - share) / float(person["clotting"])


@kernel
def _illness_cause(person: Any) -> int:
    if person["agent"] > 0:
        return 9
    if person["illness"] > 0:
        return 10
    if person["burn_pct"] >= 20:
        return 8
    return 7 if person["abdomen_ais"] >= 3 else 6


@kernel
def forecast_death(person: Any, p: Any) -> None:
    """Set `death_at_s` and `death_cause` to what comes if nothing changes from now on."""
    soonest = _bleeds_out_after(person, p)
    cause = BLED_OUT
    for way in range(WAYS):
        if person["hazard"][way] > 0.0:
            minutes = max(person["reserve"][way], 0.0) / person["hazard"][way]
            if minutes < soonest:
                soonest = minutes
                cause = CAUSE_OF_WAY[way] if way != ILLNESS else _illness_cause(person)
    if soonest > 1e6:
        person["death_at_s"] = NEVER
        person["death_cause"] = 0
    else:
        person["death_at_s"] = person["state_at_s"] + int(soonest * 60.0) + 1
        person["death_cause"] = cause


@kernel
def _brain_hazard(person: Any, p: Any) -> float:
    severe = person["head_ais"]
    if severe < 3:
        return 0.0
    rate = p["brain_hazard_ais3_per_min"]
    if severe == 4:
        rate = p["brain_hazard_ais4_per_min"]
    elif severe >= 5:
        rate = p["brain_hazard_ais5_per_min"]
    if person["volume"] < p["brain_insult_volume"] or person["obstruction"] > 0.5 or person["collapse"] > 0.5:
        rate *= p["brain_insult_factor"]
    in_intensive_care = (person["holds"] >> INTENSIVE) & 1 == 1
    return float(rate * p["brain_intensive_factor"]) if in_intensive_care else float(rate)


@kernel
def assess_hazards(person: Any, p: Any) -> None:
    """Set the hazards that follow from the present state; illness keeps its own, set at onset and by treatment."""
    person["hazard"][AIRWAY] = person["obstruction"] * person["obstruction"] * p["airway_hazard_per_min"]
    person["hazard"][CHEST] = person["collapse"] * person["collapse"] * p["tension_hazard_per_min"]
    person["hazard"][BRAIN] = _brain_hazard(person, p)


@kernel
def _between(x: float, left: float, right: float, low: float, high: float) -> float:
    if x <= left:
        return low
    if x >= right:
        return high
    return low + (high - low) * (x - left) / (right - left)


@kernel
def heart_rate_gain(loss: float) -> float:
    """Beats a minute above rest by the lost share of blood: the middle of each haemorrhage class (P015)."""
    if loss < 0.15:
        return _between(loss, 0.0, 0.15, 0.0, 20.0)
    if loss < 0.30:
        return _between(loss, 0.15, 0.30, 20.0, 40.0)
    if loss < 0.45:
        return _between(loss, 0.30, 0.45, 40.0, 68.0)
    return _between(loss, 0.45, 0.55, 68.0, 20.0)


@kernel
def systolic_drop(loss: float) -> float:
    """MmHg below rest by the lost share of blood (P016): held until about 15 %, then falling ever faster."""
    if loss < 0.15:
        return _between(loss, 0.0, 0.15, 0.0, 4.0)
    if loss < 0.30:
        return _between(loss, 0.15, 0.30, 4.0, 26.0)
    if loss < 0.40:
        return _between(loss, 0.30, 0.40, 26.0, 50.0)
    return _between(loss, 0.40, 0.55, 50.0, 105.0)


@kernel
def breathing_gain(loss: float) -> float:
    """Breaths a minute above rest by the lost share of blood (P018)."""
    if loss < 0.30:
        return _between(loss, 0.10, 0.30, 0.0, 11.0)
    return _between(loss, 0.30, 0.45, 11.0, 21.0)


@kernel
def consciousness_lost(loss: float) -> float:
    """Points of GCS lost with blood (P020, P022)."""
    return _between(loss, 0.30, 0.55, 0.0, 8.0)
