"""Who is at risk, where, and from what."""

from typing import Annotated

from pydantic import Field

from shared.scenarios.section import LatitudeDeg, LongitudeDeg, Name, Nation, Section, Share
from shared.scenarios.vocabulary import UnitBranch


class InjuryMix(Section):
    """Shares of the casualty stream; they sum to 1."""

    battle_injury: Share
    non_battle_injury: Share
    disease: Share


class MechanismWeight(Section):
    """Relative weight of a mechanism (by its name in the clinical tables) in place of the warfare type's own."""

    mechanism: Name
    weight: Annotated[float, Field(ge=0, le=1_000_000)]


class NationShare(Section):
    """A nation's share of the casualties."""

    nation: Nation
    share: Share


class Front(Section):
    """Where casualties arise, and which share of them."""

    name: Name
    latitude_deg: LatitudeDeg
    longitude_deg: LongitudeDeg
    share: Share


class Unit(Section):
    """People of one nation and branch on one front. Within a nation and front, casualties fall by population at risk."""

    name: Name
    nation: Nation
    branch: UnitBranch
    front: Name
    population_at_risk: Annotated[int, Field(ge=1, le=10_000_000, description="persons")]
