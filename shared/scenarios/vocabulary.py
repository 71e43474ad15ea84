"""The words a scenario may choose from. Values are what stands in a scenario document."""

from enum import StrEnum


class Warfare(StrEnum):
    """What hurts people: decides mechanisms, daily course and the size of compound events."""

    CONVENTIONAL = "conventional"
    ARTILLERY = "artillery"
    URBAN = "urban"
    GUERRILLA = "guerrilla"
    DRONE = "drone"
    NAVAL = "naval"
    CBRN = "cbrn"
    PEACEKEEPING = "peacekeeping"
    EARTHQUAKE = "earthquake"
    MASS_CASUALTY_ATTACK = "mass_casualty_attack"
    EPIDEMIC = "epidemic"


class Intensity(StrEnum):
    """How hard the fighting is: more compound events and graver wounds from low to extreme."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    EXTREME = "extreme"


class Tempo(StrEnum):
    """How casualties spread over the days."""

    SUSTAINED = "sustained"
    ESCALATING = "escalating"
    SURGE = "surge"
    DECLINING = "declining"
    INTERMITTENT = "intermittent"


class Terrain(StrEnum):
    """Ground between point of injury and care: slows vehicles on the ground."""

    PLAIN = "plain"
    FOREST = "forest"
    MOUNTAIN = "mountain"
    DESERT = "desert"
    URBAN = "urban"
    ARCTIC = "arctic"
    COAST = "coast"


class Weather(StrEnum):
    """Prevailing weather: stops or slows vehicles, cools casualties."""

    CLEAR = "clear"
    RAIN = "rain"
    STORM = "storm"
    SNOW = "snow"
    FOG = "fog"
    HEAT = "heat"


class UnitBranch(StrEnum):
    """Branch of a unit; a population of civilians is a unit of its own branch."""

    ARMY = "army"
    NAVY = "navy"
    AIR_FORCE = "air_force"
    MARINES = "marines"
    CIVILIAN = "civilian"


class TransportKind(StrEnum):
    """How a pool of vehicles moves."""

    GROUND = "ground"
    ROTARY = "rotary"
    FIXED_WING = "fixed_wing"
    RAIL = "rail"
    SHIP = "ship"


class PrecedenceDialect(StrEnum):
    """Which MEDEVAC precedences are spoken: the five of the US, or NATO's three (urgent, priority,
    routine).
    """

    US = "us"
    NATO = "nato"
