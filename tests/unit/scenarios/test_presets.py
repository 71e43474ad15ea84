import pytest
from pydantic_core import from_json

from shared.errors import NotFound
from shared.scenarios import (
    Scenario,
    canonical_json,
    list_presets,
    load_preset,
    parse_scenario,
    scenario_digest,
)
from shared.scenarios.vocabulary import Warfare
from tests.unit.scenarios.document import valid_document

PRESETS = list_presets()


def test_presets_cover_every_kind_of_warfare() -> None:
    """A planner finds a beginning for each."""
    assert {preset.scenario.warfare for preset in PRESETS} == set(Warfare)
    assert {"brigade-conventional", "teaching-20", "joint-operation"} <= {
        preset.name for preset in PRESETS
    }


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_survives_its_canonical_form(preset: object) -> None:
    """Written out in full and read back, by trust or by check, a scenario is the same."""
    scenario = preset.scenario  # type: ignore[attr-defined]
    text = canonical_json(scenario)
    assert Scenario.read(text) == scenario
    assert parse_scenario(from_json(text)) == scenario
    assert scenario.title
    assert scenario.description


def test_an_unknown_preset_names_the_nearest() -> None:
    """A typing error is answered with the name that was meant."""
    with pytest.raises(NotFound, match="did you mean 'brigade-urban'"):
        load_preset("brigade-urbane")


def test_digest_ignores_how_a_document_was_written() -> None:
    """Order of keys, 1 for 1.0, another time zone and written-out defaults change nothing; a value
    does.
    """
    document = valid_document()
    digest = scenario_digest(parse_scenario(document))
    rewritten = dict(reversed(document.items()))
    rewritten["injury_mix"] = {"disease": 0, "battle_injury": 0.9, "non_battle_injury": 0.1}
    rewritten["starts_at"] = "2027-09-01T10:00:00+02:00"
    del rewritten["terrain"], document["terrain"]
    assert scenario_digest(parse_scenario(rewritten | {"terrain": "forest"})) == digest
    assert scenario_digest(parse_scenario(rewritten)) == scenario_digest(parse_scenario(document))
    assert scenario_digest(parse_scenario(document)) != digest
    assert len(digest) == 32
