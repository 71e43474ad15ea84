"""Scenarios: the schema, its checks, the presets."""

from shared.scenarios.presets import Preset, list_presets, load_preset
from shared.scenarios.scenario import Scenario, canonical_json, json_schema, parse_scenario, scenario_digest

__all__ = ["Preset", "Scenario", "canonical_json", "json_schema", "list_presets", "load_preset", "parse_scenario", "scenario_digest"]
