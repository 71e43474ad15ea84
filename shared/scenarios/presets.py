"""Scenarios that come with the product: one JSON file each, named like the preset."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic_core import from_json

from shared.errors import NotFound
from shared.scenarios.problems import nearest
from shared.scenarios.scenario import Scenario, parse_scenario

_PRESETS = Path(__file__).parent / "presets"
_REFERENCES = Path(__file__).parent / "reference"


@dataclass(frozen=True, slots=True)
class Preset:
    """A named scenario."""

    name: str
    scenario: Scenario


@cache
def list_presets() -> tuple[Preset, ...]:
    """Every preset, by name."""
    return _read(_PRESETS)


def load_preset(name: str) -> Scenario:
    """A preset's scenario. Raises NotFound, naming the nearest one."""
    presets = {preset.name: preset.scenario for preset in list_presets()}
    if name not in presets:
        raise NotFound(f"no preset {name!r}{nearest(name, presets)}")
    return presets[name]


@cache
def reference_scenarios() -> dict[str, Scenario]:
    """The populations of published studies, for calibration; they are no presets."""
    return {reference.name: reference.scenario for reference in _read(_REFERENCES)}


def _read(folder: Path) -> tuple[Preset, ...]:
    return tuple(
        Preset(path.stem, parse_scenario(from_json(path.read_bytes())))
        for path in sorted(folder.glob("*.json"))
    )
