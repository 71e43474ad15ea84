import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lazaret.cli import main
from shared.scenarios import canonical_json, load_preset, parse_scenario
from shared.scenarios.vocabulary import Intensity, Weather
from shared.simulation.preview import expected_casualties, preview


def test_expected_casualties_rise_with_intensity_and_people() -> None:
    """Battle injuries by the planners' rate, and the others that the mix adds to them."""
    brigade = load_preset("brigade-conventional")
    found = [
        expected_casualties(brigade.model_copy(update={"intensity": intensity}))
        for intensity in Intensity
    ]
    rates = [(each.low_per_day, each.high_per_day) for each in found if each]
    assert rates == sorted(rates)
    assert len(rates) == len(Intensity)
    extreme = expected_casualties(brigade)
    assert extreme
    assert extreme.people_at_risk == sum(unit.population_at_risk for unit in brigade.units)
    assert extreme.low_per_day == pytest.approx(extreme.people_at_risk * 10 / 1000 / 0.72)


@pytest.mark.parametrize(
    "name", ["earthquake-city", "attack-festival", "epidemic-town", "brigade-cbrn"]
)
def test_no_rate_is_claimed_where_none_is_published(name: str) -> None:
    """Rates of fighting say nothing about disasters and gas."""
    assert expected_casualties(load_preset(name)) is None


def test_a_preview_counts_each_casualty_once() -> None:
    """Days, outcomes and the sector agree; every facility and pool of vehicles is listed."""
    scenario = load_preset("teaching-20")
    shown = preview(scenario, seed=3)
    assert shown.patients == 20
    assert sum(day.battle_injury + day.non_battle_injury + day.disease for day in shown.days) == 20
    assert sum(shown.outcomes.values()) == 20
    assert [load.name for load in shown.loads] == [
        each.name for each in (*scenario.facilities, *scenario.transport)
    ]
    for load in shown.loads:
        assert load.wait_mean_min <= load.wait_max_min
        assert 0 <= load.busy_share <= 1
        assert (load.present_max is None) == (load.role is None)


def test_a_pool_that_never_moves_says_so() -> None:
    """Weather lasts for the whole scenario."""
    scenario = load_preset("teaching-20").model_copy(update={"weather": Weather.STORM})
    loads = {load.name: load.scarcest for load in preview(scenario, seed=3).loads}
    assert loads["Helicopter"] == "stopped_by_weather"
    assert loads["Battlefield ambulances"] == "ground_ambulance"


def test_describe_prints_for_people_and_programs() -> None:
    """The same preview as tables and as JSON."""
    runner = CliRunner()
    text = runner.invoke(main, ["describe", "--scenario", "teaching-20"])
    assert text.exit_code == 0, text.output
    assert "Teaching exercise" in text.output
    assert "140 people at risk" in text.output
    shown = json.loads(
        runner.invoke(main, ["describe", "--scenario", "teaching-20", "--json"]).output
    )
    assert shown["patients"] == 20


def test_a_scenarios_words_are_shown_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brackets and colons in names are no markup; in a narrow terminal names stay whole."""
    document = json.loads(canonical_json(load_preset("teaching-20")))
    document["title"], document["transport"][0]["name"] = (
        "Day [/one] :x: [red]",
        "Field ambulances [/bold]",
    )
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document))
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(main, ["describe", "--scenario", str(path)])
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith("Day [/one] :x: [red]\n")
    assert "\n Field ambulances [/bold] " in shown.output


@pytest.mark.parametrize("preset", ["brigade-urban", "teaching-20"])
def test_a_printed_document_is_a_scenario(preset: str) -> None:
    """One's own scenario begins from a preset's whole document."""
    printed = CliRunner().invoke(main, ["describe", "--scenario", preset, "--document"])
    assert parse_scenario(json.loads(printed.output)) == load_preset(preset)


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        ("teaching-21", "did you mean 'teaching-20'"),
        ("missing.json", "cannot read missing.json: No such file or directory"),
        ("broken.json", "is not valid JSON"),
        ("twice.json", "twice.json is not valid JSON: 'days' is given more than once"),
        ("broken.toml", "is not valid TOML"),
        ("wrong.toml", "days: must be greater than or equal to 1, not 0"),
    ],
)
def test_a_bad_scenario_is_told_without_a_trace(
    scenario: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong, and with which file or field."""
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "twice.json").write_text('{"days": 1, "days": 2}')
    (tmp_path / "broken.toml").write_text("= 3")
    (tmp_path / "wrong.toml").write_text("days = 0\nstarts_at = 2027-01-01T00:00:00Z")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["describe", "--scenario", scenario])
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
