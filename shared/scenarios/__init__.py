"""Scenarios: the schema, its checks, the presets."""

from shared.scenarios.presets import Preset, list_presets, load_preset, reference_scenarios
from shared.scenarios.scenario import (
    Scenario,
    canonical_json,
    json_schema,
    parse_scenario,
    scenario_digest,
)

__all__ = [
    "Preset",
    "Scenario",
    "canonical_json",
    "json_schema",
    "list_presets",
    "load_preset",
    "parse_scenario",
    "reference_scenarios",
    "scenario_digest",
]
