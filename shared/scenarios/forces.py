"""Who is at risk, where, and from what."""

from typing import Annotated

from pydantic import Field

from shared.scenarios.section import LatitudeDeg, LongitudeDeg, Name, Nation, Section, Share
from shared.scenarios.vocabulary import UnitBranch


class InjuryMix(Section):
    """Shares of the casualty stream; they sum to 1."""

    battle_injury: Annotated[Share, Field(description="share of battle injuries")]
    non_battle_injury: Annotated[Share, Field(description="share of injuries outside action")]
    disease: Annotated[Share, Field(description="share of the ill")]


class MechanismWeight(Section):
    """Relative weight of a mechanism (by its name in the clinical tables) in place of the warfare
    type's own.
    """

    mechanism: Annotated[
        Name, Field(description="a mechanism of battle injury, by its name in the clinical tables")
    ]
    weight: Annotated[float, Field(ge=0, le=1_000_000, description="relative to the other weights")]


class NationShare(Section):
    """A nation's share of the casualties."""

    nation: Nation
    share: Annotated[Share, Field(description="share of the casualties; all nations sum to 1")]


class Front(Section):
    """Where casualties arise, and which share of them."""

    name: Annotated[Name, Field(description="unique among the fronts")]
    latitude_deg: LatitudeDeg
    longitude_deg: LongitudeDeg
    share: Annotated[Share, Field(description="share of the casualties; all fronts sum to 1")]


class Unit(Section):
    """People of one nation and branch on one front. Within a nation and front, casualties fall by
    population at risk.
    """

    name: Annotated[Name, Field(description="unique among the units")]
    nation: Nation
    branch: Annotated[UnitBranch, Field(description="branch of service")]
    front: Annotated[Name, Field(description="name of the unit's front")]
    population_at_risk: Annotated[int, Field(ge=1, le=10_000_000, description="persons")]
