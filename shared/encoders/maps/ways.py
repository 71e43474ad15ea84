"""A casualty's way: where it was hurt, then the facilities in which it arrived."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from shared.encoders.cards.casualties import Document
from shared.scenarios import Scenario


class Stop(NamedTuple):
    """A place and when it was reached; `name` is None where the casualty was hurt."""

    name: str | None
    at: str
    latitude_deg: float
    longitude_deg: float


def stops(casualty: Document, scenario: Scenario) -> list[Stop]:
    """In time."""
    return [_start(casualty), *_arrivals(casualty, _places(scenario))]


def _start(casualty: Document) -> Stop:
    where = (casualty["latitude_deg"], casualty["longitude_deg"])
    return Stop(None, casualty["injured_at"], *where)


def _arrivals(casualty: Document, places: Mapping[str, tuple[float, float]]) -> Iterator[Stop]:
    for event in casualty["events"]:
        if event["kind"] == "arrived" and event["facility"] in places:
            yield Stop(event["facility"], event["at"], *places[event["facility"]])


def _places(scenario: Scenario) -> Mapping[str, tuple[float, float]]:
    return {
        facility.name: (facility.latitude_deg, facility.longitude_deg)
        for facility in scenario.facilities
    }
