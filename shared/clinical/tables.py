"""The clinical tables, each read once a process. Rows come in the order of their ids, which are
append-only.
"""

from functools import cache

from shared.clinical.read import read_table
from shared.clinical.rows import (
    Allergy,
    Background,
    CalibrationMiss,
    CalibrationOmission,
    CalibrationTarget,
    Code,
    Complication,
    Condition,
    IllnessCare,
    IllnessShare,
    Mechanism,
    MechanismShare,
    Nation,
    PersonName,
    Rank,
    RegionShare,
    SeverityShare,
    Treatment,
    WoundingRate,
)


@cache
def codes() -> tuple[Code, ...]:
    """Every code that any table uses, and those of vital signs, body structures and blood
    groups.
    """
    return read_table("codes", Code)


@cache
def mechanisms() -> tuple[Mechanism, ...]:
    """What hurts people."""
    return read_table("mechanisms", Mechanism)


@cache
def mechanism_shares() -> tuple[MechanismShare, ...]:
    """Mechanisms by warfare type and category."""
    return read_table("mechanism_shares", MechanismShare)


@cache
def region_shares() -> tuple[RegionShare, ...]:
    """Body regions by kind of mechanism."""
    return read_table("region_shares", RegionShare)


@cache
def severity_shares() -> tuple[SeverityShare, ...]:
    """AIS grades by kind of mechanism and body region."""
    return read_table("severity_shares", SeverityShare)


@cache
def conditions() -> tuple[Condition, ...]:
    """Injuries, complications and diseases."""
    return read_table("conditions", Condition)


@cache
def illness_shares() -> tuple[IllnessShare, ...]:
    """Diseases by mechanism, with their course."""
    return read_table("illness_shares", IllnessShare)


@cache
def illness_care() -> tuple[IllnessCare, ...]:
    """What facilities give for a disease."""
    return read_table("illness_care", IllnessCare)


@cache
def complications() -> tuple[Complication, ...]:
    """Conditions that follow from others, a row before those that follow from it."""
    return read_table("complications", Complication)


@cache
def treatments() -> tuple[Treatment, ...]:
    """Procedures, drugs, fluids and blood products."""
    return read_table("treatments", Treatment)


@cache
def nations() -> tuple[Nation, ...]:
    """NATO's members and partners."""
    return read_table("nations", Nation)


@cache
def names() -> tuple[PersonName, ...]:
    """Family and given names of every nation."""
    return read_table("names", PersonName)


@cache
def ranks() -> tuple[Rank, ...]:
    """NATO rank codes."""
    return read_table("ranks", Rank)


@cache
def allergies() -> tuple[Allergy, ...]:
    """Allergies."""
    return read_table("allergies", Allergy)


@cache
def backgrounds() -> tuple[Background, ...]:
    """Conditions from before."""
    return read_table("backgrounds", Background)


@cache
def wounding_rates() -> tuple[WoundingRate, ...]:
    """Planners' rates of battle injury by intensity."""
    return read_table("wounding_rates", WoundingRate)


@cache
def calibration_targets() -> tuple[CalibrationTarget, ...]:
    """Published figures that the reference scenarios should reproduce."""
    return read_table("calibration_targets", CalibrationTarget)


@cache
def calibration_misses() -> tuple[CalibrationMiss, ...]:
    """Reasons for the targets that the simulation misses."""
    return read_table("calibration_misses", CalibrationMiss)


@cache
def calibration_omissions() -> tuple[CalibrationOmission, ...]:
    """Published figures that are no targets."""
    return read_table("calibration_omissions", CalibrationOmission)


@cache
def code_by_value() -> dict[tuple[str, str], Code]:
    """Codes by (system, code)."""
    return {(row.system, row.code): row for row in codes()}
