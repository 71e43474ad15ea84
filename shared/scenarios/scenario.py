"""The scenario: its schema, how it is read from a document, and its digest."""

import hashlib
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from shared.errors import FieldProblem, Invalid
from shared.scenarios.consistency import inconsistencies
from shared.scenarios.forces import Front, InjuryMix, MechanismWeight, NationShare, Unit
from shared.scenarios.medical_system import Evacuation, Facility, PointOfInjuryCare, Transport
from shared.scenarios.problems import PROBLEMS_MAX, to_problems
from shared.scenarios.section import LINES, ONE_LINE, Section
from shared.scenarios.size import oversizes
from shared.scenarios.vocabulary import Intensity, Tempo, Terrain, Warfare, Weather

SECTOR_PATIENTS_MAX = 50_000


def whole_seconds_utc(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    if moment.microsecond:
        raise ValueError("must be a whole second")
    if not 1950 <= moment.year <= 2150:
        raise ValueError("must lie in the years 1950 to 2150")
    return moment


class Scenario(Section):
    """Everything that a simulation is told besides its seed and its number of patients.

    Make one with `parse_scenario`: it alone applies the rules that join several fields.
    """

    schema_version: Annotated[Literal[1], Field(description="version of this schema")]
    title: Annotated[str, Field(min_length=1, max_length=120, description="one line"), ONE_LINE]
    description: Annotated[
        str, Field(max_length=2000, description="what happens, for readers"), LINES
    ] = ""
    starts_at: Annotated[
        AwareDatetime,
        AfterValidator(whole_seconds_utc),
        Field(description="second 0 of the simulation"),
    ]
    days: Annotated[int, Field(ge=1, le=180, description="days over which casualties arise")]
    warfare: Annotated[Warfare, Field(description="what hurts people")]
    intensity: Annotated[
        Intensity, Field(description="more compound events and graver wounds from low to extreme")
    ]
    tempo: Annotated[Tempo, Field(description="how casualties spread over the days")]
    terrain: Annotated[Terrain, Field(description="slows vehicles on the ground")] = Terrain.PLAIN
    weather: Annotated[Weather, Field(description="stops or slows vehicles")] = Weather.CLEAR
    injury_mix: Annotated[InjuryMix, Field(description="shares of the casualty stream")]
    mechanisms: Annotated[
        tuple[MechanismWeight, ...],
        Field(max_length=64, description="in place of the warfare's own weights"),
    ] = ()
    nations: Annotated[
        tuple[NationShare, ...],
        Field(min_length=1, max_length=64, description="whose casualties they are"),
    ]
    fronts: Annotated[
        tuple[Front, ...], Field(min_length=1, max_length=16, description="where casualties arise")
    ]
    units: Annotated[
        tuple[Unit, ...], Field(min_length=1, max_length=500, description="people at risk")
    ]
    facilities: Annotated[
        tuple[Facility, ...],
        Field(min_length=1, max_length=200, description="medical treatment facilities"),
    ]
    transport: Annotated[
        tuple[Transport, ...], Field(min_length=1, max_length=50, description="pools of vehicles")
    ]
    point_of_injury: Annotated[PointOfInjuryCare, Field(description="care before any facility")] = (
        PointOfInjuryCare()
    )
    evacuation: Annotated[Evacuation, Field(description="rules of the evacuation chain")] = (
        Evacuation()
    )
    sector_patients: Annotated[
        int,
        Field(
            ge=1, le=SECTOR_PATIENTS_MAX, description="casualties who share one evacuation chain"
        ),
    ] = 1000

    def __hash__(self) -> int:
        """Of little, because tables are looked up by scenario in every sector: a walk through all
        of it takes twenty times as long.
        """
        return hash((self.title, self.days, len(self.units), len(self.facilities)))

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read what `canonical_json` wrote: fields are checked, rules between fields are taken as
        checked.
        """
        return cls.model_validate_json(text, strict=True)


def parse_scenario(document: object) -> Scenario:
    """A scenario from a decoded JSON or TOML document. Raises Invalid with its problems, each
    under its dotted path.
    """
    if too_large := tuple(oversizes(document, Scenario)):
        raise Invalid(too_large[:PROBLEMS_MAX])
    try:
        text = to_json(document)
    except (PydanticSerializationError, ValueError) as error:
        raise Invalid(
            (FieldProblem("scenario", "must be a JSON object of ordinary values"),)
        ) from error
    try:
        scenario = Scenario.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise Invalid(to_problems(error, Scenario)) from error
    if problems := tuple(islice(inconsistencies(scenario), PROBLEMS_MAX)):
        raise Invalid(problems)
    return scenario


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Scenario.model_json_schema(),
    }


def canonical_json(scenario: Scenario) -> bytes:
    """One text per scenario: every field written, keys sorted, no spaces."""
    return to_json(_sorted(from_json(scenario.model_dump_json())))


def scenario_digest(scenario: Scenario) -> bytes:
    """SHA-256 of the canonical JSON, 32 bytes."""
    return digest_of(canonical_json(scenario))


def digest_of(canonical: bytes) -> bytes:
    """Return the digest of a scenario that is already in its canonical form."""
    return hashlib.sha256(canonical).digest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
