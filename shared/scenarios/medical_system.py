"""What stands ready for casualties: care at the point of injury, facilities, vehicles, evacuation
rules.
"""

from typing import Annotated

from pydantic import Field

from shared.scenarios.section import Count, LatitudeDeg, LongitudeDeg, Name, Section, Share
from shared.scenarios.vocabulary import PrecedenceDialect, TransportKind, Weather

Days = Annotated[float, Field(ge=0, le=180, description="days")]


class Facility(Section):
    """A medical treatment facility and its counted resources.

    `front` None: it serves every front. `evacuates_to`: names in order of preference, at the same
    role or a higher one.
    """

    name: Annotated[Name, Field(description="unique among the facilities")]
    role: Annotated[int, Field(ge=1, le=4, description="role of care")]
    front: Annotated[
        Name | None, Field(description="name of the only front served; none: every front")
    ] = None
    latitude_deg: LatitudeDeg
    longitude_deg: LongitudeDeg
    beds: Annotated[Count, Field(description="beds besides intensive care")]
    operating_tables: Annotated[Count, Field(description="from Role 2 on")] = 0
    intensive_care_beds: Annotated[Count, Field(description="from Role 2 on")] = 0
    ventilators: Annotated[Count, Field(description="ventilators")] = 0
    treatment_teams: Annotated[Count, Field(description="teams that see one patient at a time")]
    surgical_teams: Annotated[
        Count, Field(description="teams that operate on one patient at a time, from Role 2 on")
    ] = 0
    blood_units: Annotated[
        int, Field(ge=0, le=100_000, description="units of red cells or whole blood in stock")
    ] = 0
    evacuates_to: Annotated[
        tuple[Name, ...],
        Field(max_length=16, description="facilities of the same role or above, preferred first"),
    ] = ()


class Transport(Section):
    """A pool of like vehicles for legs that begin at `from_role` or above and end at `to_role` or
    below (0: point of injury).
    """

    name: Annotated[Name, Field(description="unique among the pools")]
    kind: Annotated[TransportKind, Field(description="how the vehicles move")]
    vehicles: Annotated[int, Field(ge=1, le=10_000, description="vehicles of the pool")]
    capacity_patients: Annotated[int, Field(ge=1, le=2_000, description="patients a journey")]
    speed_kmh: Annotated[float, Field(ge=1, le=1_000, description="on the way, on plain ground")]
    availability_share: Annotated[
        float, Field(ge=0.01, le=1, description="share of the vehicles fit for use")
    ] = 1.0
    notice_min: Annotated[
        float | None,
        Field(
            ge=0,
            le=1_440,
            description=(
                "minutes from the call to the start, approval included; absent: usual for the kind"
            ),
        ),
    ] = None
    from_role: Annotated[
        int, Field(ge=0, le=4, description="legs begin at this role or above; 0: point of injury")
    ]
    to_role: Annotated[int, Field(ge=1, le=4, description="legs end at this role or below")]
    moves_at_night: Annotated[bool, Field(description="whether journeys begin in the dark")] = True
    stopped_by: Annotated[
        tuple[Weather, ...],
        Field(max_length=6, description="weather in which the pool does not move"),
    ] = ()


class PointOfInjuryCare(Section):
    """What a casualty can get before any facility."""

    buddy_aid_share: Annotated[
        Share, Field(description="share of casualties with a trained comrade beside them")
    ] = 0.8
    tourniquet_share: Annotated[
        Share, Field(description="share of people who carry a tourniquet")
    ] = 0.9
    medics_per_100: Annotated[
        float, Field(ge=0, le=20, description="medics per 100 people at risk")
    ] = 2.0
    forward_blood_share: Annotated[
        Share, Field(description="share of evacuation crews who carry blood")
    ] = 0.0


class PolicyDays(Section):
    """Evacuation policy: a patient who cannot return to duty within so many days is evacuated
    further.
    """

    role_1: Annotated[Days, Field(description="days at Role 1")] = 1.0
    role_2: Annotated[Days, Field(description="days at Role 2")] = 3.0
    role_3: Annotated[Days, Field(description="days at Role 3")] = 15.0


class Evacuation(Section):
    """Rules of the evacuation chain."""

    policy_days: Annotated[PolicyDays, Field(description="evacuation policy")] = PolicyDays()
    precedence: Annotated[PrecedenceDialect, Field(description="dialect of MEDEVAC precedence")] = (
        PrecedenceDialect.NATO
    )
    hold_hours_max: Annotated[
        float, Field(ge=0, le=72, description="how long stable patients wait for a fuller vehicle")
    ] = 4.0
