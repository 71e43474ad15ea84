"""The gravest wound of each part of the body, for the drawing of it."""

from collections.abc import Iterable, Mapping
from typing import Any

SIDED = frozenset({"extremities"})


def wounds(conditions: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the highest AIS by region, limbs by side: `chest`, `extremities_left`.

    What has no side, or both, counts for both.
    """
    gravest: dict[str, int] = {}
    for condition in conditions:
        region, ais = condition["region"], condition["ais"]
        if not region or not ais:
            continue
        for part in _parts(region, condition["side"]):
            gravest[part] = max(gravest.get(part, 0), ais)
    return gravest


def _parts(region: str, side: str | None) -> tuple[str, ...]:
    if region not in SIDED:
        return (region,)
    sides = (side,) if side in {"left", "right"} else ("left", "right")
    return tuple(f"{region}_{each}" for each in sides)
