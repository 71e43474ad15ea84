"""Scenarios that come with the product: one JSON file each, named like the preset."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic_core import from_json

from shared.errors import NotFound
from shared.scenarios.problems import nearest
from shared.scenarios.scenario import Scenario, parse_scenario

_FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True, slots=True)
class Preset:
    """A named scenario."""

    name: str
    scenario: Scenario


@cache
def list_presets() -> tuple[Preset, ...]:
    """Every preset, by name."""
    return tuple(Preset(path.stem, parse_scenario(from_json(path.read_bytes()))) for path in sorted(_FOLDER.glob("*.json")))


def load_preset(name: str) -> Scenario:
    """A preset's scenario. Raises NotFound, naming the nearest one."""
    presets = {preset.name: preset.scenario for preset in list_presets()}
    if name not in presets:
        raise NotFound(f"no preset {name!r}{nearest(name, presets)}")
    return presets[name]
