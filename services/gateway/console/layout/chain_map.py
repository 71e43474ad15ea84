"""A small drawing of a scenario's evacuation chain: fronts, facilities, the ways between."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, hypot, log1p, radians
from typing import Any

WIDTH, HEIGHT, MARGIN = 320, 150, 22
DEGREE_KM = 111.2
NEAR_KM = 6.0
NEAR = 19  # symbols nearer than this would hide each other


@dataclass(slots=True)
class Place:
    """A front or a facility in the drawing; `role` is 0 for a front."""

    name: str
    role: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Leg:
    """A way that casualties take."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class ChainMap:
    """A drawing in units of a view box; `summary` says it in words."""

    fronts: tuple[Place, ...]
    facilities: tuple[Place, ...]
    legs: tuple[Leg, ...]
    summary: str
    width: int = WIDTH
    height: int = HEIGHT


def chain_map(scenario: Mapping[str, Any]) -> ChainMap:
    """Draw a scenario document."""
    points = [*scenario["fronts"], *scenario["facilities"]]
    places = [
        Place(point["name"], point.get("role", 0), *at)
        for point, at in zip(points, _projected(points), strict=True)
    ]
    _spread(places)
    fronts = tuple(place for place in places if not place.role)
    facilities = tuple(place for place in places if place.role)
    by_name = {place.name: place for place in facilities}
    return ChainMap(
        fronts, facilities, tuple(_legs(scenario, fronts, by_name)), _summary(fronts, facilities)
    )


def _projected(points: list[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Places in the drawing. Directions from the first front are true; distances are shortened the
    more, the farther, because a chain reaches from three kilometres to three thousand.
    """
    origin = points[0]
    squeeze = cos(radians(origin["latitude_deg"]))
    flat = []
    for point in points:
        x = (point["longitude_deg"] - origin["longitude_deg"]) * squeeze * DEGREE_KM
        y = (origin["latitude_deg"] - point["latitude_deg"]) * DEGREE_KM
        distance = hypot(x, y)
        shortened = log1p(distance / NEAR_KM) / distance if distance else 0.0
        flat.append((x * shortened, y * shortened))
    return _fitted(flat)


def _fitted(flat: list[tuple[float, float]]) -> list[tuple[float, float]]:
    left, top = min(x for x, _ in flat), min(y for _, y in flat)
    span_x = max(max(x for x, _ in flat) - left, 1e-6)
    span_y = max(max(y for _, y in flat) - top, 1e-6)
    scale = min((WIDTH - 2 * MARGIN) / span_x, (HEIGHT - 2 * MARGIN) / span_y)
    indent_x, indent_y = (WIDTH - span_x * scale) / 2, (HEIGHT - span_y * scale) / 2
    return [(indent_x + (x - left) * scale, indent_y + (y - top) * scale) for x, y in flat]


def _spread(places: list[Place]) -> None:
    """Move symbols that lie on each other apart, downwards or upwards, and keep them inside."""
    for index, place in enumerate(places):
        for _ in range(len(places)):
            near = [
                each
                for each in places[:index]
                if abs(each.x - place.x) < NEAR and abs(each.y - place.y) < NEAR - 3
            ]
            if not near:
                break
            place.y = (
                near[0].y + NEAR if near[0].y + NEAR < HEIGHT - MARGIN / 2 else near[0].y - NEAR
            )
            place.x += NEAR / 2
        place.x, place.y = (
            round(min(max(place.x, 12), WIDTH - 12), 1),
            round(min(max(place.y, 10), HEIGHT - 10), 1),
        )


def _legs(
    scenario: Mapping[str, Any], fronts: tuple[Place, ...], facilities: Mapping[str, Place]
) -> list[Leg]:
    legs = []
    for facility in scenario["facilities"]:
        at = facilities[facility["name"]]
        onward = [facilities[name] for name in facility.get("evacuates_to", ())]
        legs += [Leg(at.x, at.y, to.x, to.y) for to in onward]
        if facility["role"] == 1:
            served = [front for front in fronts if facility.get("front") in {None, front.name}]
            legs += [Leg(front.x, front.y, at.x, at.y) for front in served]
    return legs


def _summary(fronts: tuple[Place, ...], facilities: tuple[Place, ...]) -> str:
    roles = sorted({place.role for place in facilities})
    counted = ", ".join(
        f"{sum(place.role == role for place in facilities)} of Role {role}" for role in roles
    )
    return f"{len(fronts)} front{'s' if len(fronts) != 1 else ''}; facilities: {counted}"
