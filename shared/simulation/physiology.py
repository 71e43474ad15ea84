"""The latent state of a casualty between two moments, the vital signs read off it, and the moment
at which it ends a life.

Blood volume v (fraction of normal) obeys dv/dt = -B(t) (v - floor) / (1 - floor): pressure, and
with it bleeding, falls with volume, and clotting lets B die down as exp(-c t). Both have closed
solutions, so nothing is stepped. The other ways to die are hazards, constant between two events,
against a reserve drawn once for each casualty.
"""

from typing import Any

from shared.records.vocabulary import DeathCause
from shared.simulation.elementary import exp, log
from shared.simulation.kernel import kernel
from shared.simulation.treatment import CRANIOTOMY, CRITICAL, GRAVE, SERIOUS
from shared.simulation.world import (
    AIRWAY,
    BRAIN,
    CHEST,
    EXTREMITY,
    ILLNESS,
    INTENSIVE,
    JUNCTIONAL,
    SHOCK,
    SITES,
    TRUNCAL,
    WAYS,
)

NEVER = 2**31 - 1
# In minutes: what never comes, the longest that is worth an entry in the agenda, and above zero.
NO_END, LONGEST, LEAST = 1e9, 1e6, 1e-9
BLED_OUT, ORGANS_FAILED = int(DeathCause.HAEMORRHAGE), int(DeathCause.ORGAN_FAILURE)
CORD_INJURED, SEPSIS = int(DeathCause.SPINAL_CORD_INJURY), int(DeathCause.SEPSIS)
BURNT, POISONED, SICK = int(DeathCause.BURNS), int(DeathCause.CBRN), int(DeathCause.DISEASE)
CAUSE_OF_WAY = (
    int(DeathCause.AIRWAY),
    int(DeathCause.TENSION_PNEUMOTHORAX),
    int(DeathCause.BRAIN_INJURY),
)


@kernel
def bleeding_rate(person: Any) -> float:
    return float(
        person["bleeding"][EXTREMITY] + person["bleeding"][JUNCTIONAL] + person["bleeding"][TRUNCAL]
    )


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
    ooze = p["bleeding_over_per_min"]
    if rate <= ooze:
        return minutes
    kept = exp(-person["clotting"] * minutes)
    left = 0.0
    if rate * kept < ooze:
        kept = ooze / rate
        left = minutes + log(kept) / person["clotting"]
    _bleed(person, p, rate, kept)
    return float(left)


@kernel
def advance(person: Any, p: Any, now_s: int) -> None:
    """Bring a state from `state_at_s` to `now_s`."""
    # A heart that has stopped drives no more blood out, and what is used up is used up.
    minutes = (min(now_s, person["death_at_s"]) - person["state_at_s"]) / 60.0
    person["state_at_s"] = max(person["state_at_s"], now_s)
    if minutes <= 0.0:
        return
    for way in range(WAYS):
        person["reserve"][way] -= person["hazard"][way] * minutes
    minutes = _bleed_for(person, p, minutes)
    if minutes > 0.0 and person["volume"] < 1.0:
        person["volume"] = 1.0 - (1.0 - person["volume"]) * exp(
            -minutes * p["volume_refill_per_min"]
        )


@kernel
def _bleeds_out_after(person: Any, p: Any) -> float:
    floor = p["volume_floor"]
    rate = bleeding_rate(person)
    if person["volume"] <= person["tolerance"]:
        return 0.0
    if rate <= p["bleeding_over_per_min"]:
        return NO_END
    # The logarithm of x is at least 1 - 1/x: this spares it for nearly everybody.
    stops = person["clotting"] * (1.0 - floor) / rate
    if stops * (1.0 - (person["tolerance"] - floor) / (person["volume"] - floor)) >= 1.0:
        return NO_END
    share = stops * log((person["volume"] - floor) / (person["tolerance"] - floor))
    if share >= 1.0:
        return NO_END
    return -log(1.0 - share) / float(person["clotting"])


@kernel
def _band(volume: float, p: Any) -> int:
    """Hazards see blood volume by bands: the state moves when it enters another, whoever looks."""
    return int(min(volume, p["harmless_volume"]) / p["state_step_volume"])


@kernel
def _felt(volume: float, p: Any) -> float:
    """The middle of the band."""
    return float((_band(volume, p) + 0.5) * p["state_step_volume"])


@kernel
def _refills_after(volume: float, p: Any) -> float:
    """Minutes from the end of the bleeding until blood that flows back reaches the next band;
    NO_END where bands end.
    """
    upper = (_band(volume, p) + 1) * p["state_step_volume"]
    if volume >= p["harmless_volume"]:
        return NO_END
    return float(log((1.0 - volume) / (1.0 - upper)) / p["volume_refill_per_min"])


@kernel
def _moves_after(person: Any, p: Any) -> float:
    """Minutes until the volume enters another band; NO_END if it stays where it is."""
    rate = bleeding_rate(person)
    ooze = p["bleeding_over_per_min"]
    if rate <= ooze:
        return _refills_after(person["volume"], p)
    floor = p["volume_floor"]
    above = person["volume"] - floor
    lower = max(_band(person["volume"], p) * p["state_step_volume"] - floor, LEAST)
    stops = person["clotting"] * (1.0 - floor) / rate
    kept = 0.0
    # As in `_bleeds_out_after`: this spares the logarithm for nearly everybody.
    if stops * (1.0 - lower / above) < 1.0:
        kept = 1.0 - stops * log(above / lower)
    if kept * rate >= ooze:
        return float(-log(kept) / person["clotting"])
    if (
        person["volume"] >= p["harmless_volume"]
        and kept <= 0.0
        and stops * (1.0 - lower / above) >= 1.0
    ):
        return NO_END
    end = floor + above * exp(-(1.0 - ooze / rate) / stops)
    refilled = _refills_after(end, p)
    return NO_END if refilled >= NO_END else float(log(rate / ooze) / person["clotting"] + refilled)


@kernel
def _illness_cause(person: Any, p: Any) -> int:
    if person["agent"] > 0:
        return POISONED
    if person["illness"] > 0:
        return SICK
    if person["burn_pct"] >= p["burn_fluid_pct"]:
        return BURNT
    return SEPSIS if person["abdomen_ais"] >= SERIOUS else ORGANS_FAILED


@kernel
def _cause_of(person: Any, p: Any, way: int, minutes: float) -> int:
    if way == ILLNESS:
        return int(_illness_cause(person, p))
    if way == SHOCK:
        # Who lives for a day after a great loss of blood dies of the organs that it starved (P064).
        lived_s = person["state_at_s"] - person["injured_at_s"] + minutes * 60.0
        return BLED_OUT if lived_s <= p["exsanguination_s"] else ORGANS_FAILED
    if way == BRAIN and person["cord_ais"] > person["brain_ais"]:
        return CORD_INJURED
    return CAUSE_OF_WAY[way]


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
                cause = _cause_of(person, p, way, minutes)
    if soonest > LONGEST:
        person["death_at_s"] = NEVER
        person["death_cause"] = 0
    else:
        person["death_at_s"] = person["state_at_s"] + int(soonest * 60.0) + 1
        person["death_cause"] = cause
    moves = _moves_after(person, p)
    person["moves_at_s"] = (
        NEVER if moves > LONGEST else person["state_at_s"] + int(moves * 60.0) + 1
    )


@kernel
def _brain_hazard(person: Any, p: Any) -> float:
    # The cervical cord carries breathing and pressure: its injury kills as one of the brain of the
    # same grade does.
    severe = max(person["brain_ais"], person["cord_ais"])
    if severe < SERIOUS:
        return 0.0
    rate = p["brain_hazard_ais3_per_min"]
    if severe == GRAVE:
        rate = p["brain_hazard_ais4_per_min"]
    elif severe >= CRITICAL:
        rate = p["brain_hazard_ais5_per_min"]
    if (
        _felt(person["volume"], p) < p["brain_insult_volume"]
        or max(person["obstruction"], person["collapse"]) > p["brain_insult_breath"]
    ):
        rate *= p["brain_insult_factor"]
    if (person["done"] >> CRANIOTOMY) & 1 == 1:
        rate *= p["brain_operated_factor"]
    in_intensive_care = (person["holds"] >> INTENSIVE) & 1 == 1
    return float(rate * p["brain_intensive_factor"]) if in_intensive_care else float(rate)


@kernel
def assess_hazards(person: Any, p: Any) -> None:
    """Set the hazards that follow from the present state; illness keeps its own, set at onset and
    by treatment.
    """
    shut = max(person["obstruction"] - p["obstruction_borne"], 0.0)
    collapsed = max(person["collapse"] - p["collapse_borne"], 0.0)
    # An empty heart may stop at any moment until it is filled again; the debt of oxygen that it
    # leaves kills for days.
    empty = max(1.0 - _felt(person["volume"], p) - p["shock_borne"], 0.0)
    debt = max(1.0 - _felt(person["volume_min"], p) - p["shock_borne"], 0.0)
    person["hazard"][AIRWAY] = shut * shut * p["airway_hazard_per_min"]
    person["hazard"][CHEST] = collapsed * collapsed * p["tension_hazard_per_min"]
    person["hazard"][BRAIN] = _brain_hazard(person, p)
    person["hazard"][SHOCK] = (
        empty * empty * empty * p["arrest_hazard_per_min"]
        + debt * debt * debt * p["shock_hazard_per_min"]
    )


@kernel
def dying(person: Any, p: Any) -> float:
    """How near an end is that is not bleeding, 0 to 1: the body fails before it dies, for who
    looks to see.
    """
    left_s = person["death_at_s"] - person["state_at_s"]
    if person["death_cause"] == BLED_OUT or left_s >= p["dying_s"]:
        return 0.0
    return float(1.0 - max(left_s, 0) / p["dying_s"])


@kernel
def _between(x: float, left: float, right: float, low: float, high: float) -> float:
    if x <= left:
        return low
    if x >= right:
        return high
    return low + (high - low) * (x - left) / (right - left)


@kernel
def heart_rate_gain(p: Any, loss: float) -> float:
    """Beats a minute above rest by the lost share of blood: the middle of each haemorrhage class,
    falling before death.
    """
    if loss < p["class_1_loss"]:
        return _between(loss, 0.0, p["class_1_loss"], 0.0, p["heart_rate_class_1"])
    if loss < p["class_2_loss"]:
        return _between(
            loss,
            p["class_1_loss"],
            p["class_2_loss"],
            p["heart_rate_class_1"],
            p["heart_rate_class_2"],
        )
    if loss < p["class_3_loss"]:
        return _between(
            loss,
            p["class_2_loss"],
            p["class_3_loss"],
            p["heart_rate_class_2"],
            p["heart_rate_class_3"],
        )
    return _between(
        loss, p["class_3_loss"], p["class_4_loss"], p["heart_rate_class_3"], p["heart_rate_class_4"]
    )


@kernel
def systolic_drop(p: Any, loss: float) -> float:
    """MmHg below rest by the lost share of blood: held in class I, then falling ever faster."""
    if loss < p["class_1_loss"]:
        return _between(loss, 0.0, p["class_1_loss"], 0.0, p["systolic_drop_class_1"])
    if loss < p["class_2_loss"]:
        return _between(
            loss,
            p["class_1_loss"],
            p["class_2_loss"],
            p["systolic_drop_class_1"],
            p["systolic_drop_class_2"],
        )
    if loss < p["class_3_loss"]:
        return _between(
            loss,
            p["class_2_loss"],
            p["class_3_loss"],
            p["systolic_drop_class_2"],
            p["systolic_drop_class_3"],
        )
    return _between(
        loss,
        p["class_3_loss"],
        p["class_4_loss"],
        p["systolic_drop_class_3"],
        p["systolic_drop_class_4"],
    )


@kernel
def breathing_gain(p: Any, loss: float) -> float:
    """Breaths a minute above rest by the lost share of blood."""
    if loss < p["class_2_loss"]:
        return _between(
            loss, p["breathing_loss_felt"], p["class_2_loss"], 0.0, p["breathing_class_2"]
        )
    return _between(
        loss, p["class_2_loss"], p["class_3_loss"], p["breathing_class_2"], p["breathing_class_3"]
    )


@kernel
def consciousness_lost(p: Any, loss: float) -> float:
    """Points of GCS lost with blood."""
    return _between(loss, p["class_2_loss"], p["class_4_loss"], 0.0, p["gcs_drop_class_4"])
