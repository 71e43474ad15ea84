from pathlib import Path

from shared.scenarios import list_presets
from shared.scenarios.scenario import Scenario
from tools.scenario_reference import scenario_page

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_page_is_what_the_schema_says() -> None:
    """Run `make docs` after changing a field or a preset."""
    assert PAGE.read_text(encoding="utf-8") == scenario_page()


def test_the_page_holds_every_field_and_preset() -> None:
    """A field without its line would be a secret."""
    page = scenario_page()
    for field in Scenario.model_fields:
        assert f"| `{field}` |" in page
    for preset in list_presets():
        assert f"| `{preset.name}` |" in page
