import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from shared.scenarios import json_schema, parse_scenario
from shared.scenarios.scenario import Scenario
from tests.unit.scenarios.document import REMOVED, damaged, problems_of, valid_document

CASES: list[tuple[str, object, str]] = [
    ("schema_version", 2, "must be 1, not 2"),
    ("title", "", "must have at least 1 character, not ''"),
    ("title", "two\nlines", "must not contain the control character U+000A"),
    ("description", "x" * 2001, "must have at most 2000 characters"),
    ("description", "nothing\0", "must not contain the control character U+0000"),
    ("starts_at", "2027-01-01T00:00:00", "must have timezone info, not '2027-01-01T00:00:00'"),
    ("starts_at", "2027-01-01T00:00:00.5Z", "must be a whole second"),
    ("starts_at", "1890-01-01T00:00:00Z", "must lie in the years 1950 to 2150"),
    ("days", 0, "must be greater than or equal to 1, not 0"),
    ("days", 181, "must be less than or equal to 180, not 181"),
    ("days", 1.5, "must be a valid integer"),
    ("days", True, "must be a valid integer"),
    ("days", REMOVED, "is required"),
    ("warfare", "gerrilla", "did you mean 'guerrilla'?"),
    ("intensity", "hig", "did you mean 'high'?"),
    ("tempo", "surging", "did you mean 'surge'?"),
    ("terrain", "moon", "must be 'plain', 'forest'"),
    ("weather", 3, "must be"),
    ("injury_mix", [], "must be an object"),
    ("injury_mix.battle_injury", -0.1, "must be greater than or equal to 0, not -0.1"),
    ("injury_mix.non_battle_injury", 1.1, "must be less than or equal to 1, not 1.1"),
    ("injury_mix.disease", None, "must be a valid number"),
    ("mechanisms", [{"mechanism": "gunshot", "weight": 1}] * 65, "must have at most 64 items"),
    (
        "mechanisms[0].mechanism",
        "gunshots",
        "is no mechanism of battle injury; did you mean 'gunshot'?",
    ),
    ("mechanisms[0].weight", -1, "must be greater than or equal to 0, not -1"),
    ("nations", [], "must have at least 1 item"),
    ("nations[0].nation", "nl", "must match pattern '^[A-Z]{3}$', not 'nl'"),
    ("nations[0].nation", "NLX", "is no nation of the clinical tables; did you mean 'NZL'?"),
    ("nations[0].share", 2, "must be less than or equal to 1, not 2"),
    ("fronts", [], "must have at least 1 item"),
    ("fronts[0].name", " x", "must match pattern"),
    ("units[0].name", "A\rPID|2", "must not contain the control character U+000D"),
    ("facilities[0].name", "A\x85B", "must not contain the control character U+0085"),
    ("transport[0].name", "A\uffffB", "must not contain the control character U+FFFF"),
    ("fronts[0].latitude_deg", 86, "must be less than or equal to 85, not 86"),
    ("fronts[0].longitude_deg", -181, "must be greater than or equal to -180, not -181"),
    ("fronts[0].share", "1", "must be a valid number, not '1'"),
    ("units", [], "must have at least 1 item"),
    ("units[0].name", 7, "must be a valid string, not 7"),
    ("units[0].nation", "Netherlands", "must match pattern"),
    ("units[0].branch", "aviation", "must be 'army'"),
    ("units[0].front", "", "must have at least 1 character"),
    ("units[0].population_at_risk", 0, "must be greater than or equal to 1, not 0"),
    ("facilities", [], "must have at least 1 item"),
    ("facilities[0].name", "x" * 81, "must have at most 80 characters"),
    ("facilities[0].role", 5, "must be less than or equal to 4, not 5"),
    ("facilities[0].front", 3, "must be a valid string, not 3"),
    ("facilities[0].latitude_deg", "north", "must be a valid number, not 'north'"),
    ("facilities[0].longitude_deg", 200, "must be less than or equal to 180, not 200"),
    ("facilities[0].beds", -1, "must be greater than or equal to 0, not -1"),
    ("facilities[0].operating_tables", 10_001, "must be less than or equal to 10000, not 10001"),
    ("facilities[0].intensive_care_beds", 0.5, "must be a valid integer"),
    ("facilities[0].ventilators", "two", "must be a valid integer, not 'two'"),
    ("facilities[0].treatment_teams", REMOVED, "is required"),
    ("facilities[0].surgical_teams", -2, "must be greater than or equal to 0, not -2"),
    ("facilities[0].blood_units", 100_001, "must be less than or equal to 100000, not 100001"),
    ("facilities[0].evacuates_to", ["x"] * 17, "must have at most 16 items"),
    ("transport", [], "must have at least 1 item"),
    ("transport[0].name", "", "must have at least 1 character"),
    (
        "transport[0].kind",
        "helicopter",
        "must be 'ground', 'rotary', 'fixed_wing', 'rail' or 'ship', not 'helicopter'",
    ),
    ("transport[0].vehicles", 0, "must be greater than or equal to 1, not 0"),
    ("transport[0].capacity_patients", 2001, "must be less than or equal to 2000, not 2001"),
    ("transport[0].speed_kmh", 0, "must be greater than or equal to 1, not 0"),
    ("transport[0].availability_share", 0, "must be greater than or equal to 0.01, not 0"),
    ("transport[0].notice_min", 1441, "must be less than or equal to 1440, not 1441"),
    ("transport[0].from_role", -1, "must be greater than or equal to 0, not -1"),
    ("transport[0].to_role", 0, "must be greater than or equal to 1, not 0"),
    ("transport[0].moves_at_night", "yes", "must be a valid boolean, not 'yes'"),
    ("transport[0].stopped_by", ["fogg"], "did you mean 'fog'?"),
    ("point_of_injury", None, "must be an object"),
    ("point_of_injury.buddy_aid_share", 1.01, "must be less than or equal to 1, not 1.01"),
    ("point_of_injury.tourniquet_share", -1, "must be greater than or equal to 0, not -1"),
    ("point_of_injury.medics_per_100", 21, "must be less than or equal to 20, not 21"),
    ("point_of_injury.forward_blood_share", 2, "must be less than or equal to 1, not 2"),
    ("evacuation", 1, "must be an object"),
    ("evacuation.policy_days", 1, "must be an object"),
    ("evacuation.policy_days.role_1", -1, "must be greater than or equal to 0, not -1"),
    ("evacuation.policy_days.role_2", 181, "must be less than or equal to 180, not 181"),
    ("evacuation.policy_days.role_3", "long", "must be a valid number, not 'long'"),
    ("evacuation.precedence", "usa", "did you mean 'us'?"),
    ("evacuation.hold_hours_max", 73, "must be less than or equal to 72, not 73"),
    ("sector_patients", 50_001, "must be less than or equal to 50000, not 50001"),
]


@pytest.mark.parametrize(
    ("path", "value", "expected"), CASES, ids=[f"{path}={value!s:.20}" for path, value, _ in CASES]
)
def test_a_wrong_value_is_named_with_its_limit(path: str, value: object, expected: str) -> None:
    """The problem stands under the field's dotted path and says what would be right."""
    told = [problem for problem in problems_of(damaged(path, value)) if problem.startswith(path)]
    assert told, problems_of(damaged(path, value))
    assert any(expected in problem for problem in told), told
    assert not any(": error" in problem for problem in told), told


def test_a_description_may_have_several_lines() -> None:
    """Line breaks and tabs belong to texts that people write."""
    assert problems_of({**valid_document(), "description": "Day 1\n\tThe landing.\nDay 2"}) == []


def test_every_field_has_an_invalid_case() -> None:
    """A field added to the schema needs a case above."""
    assert set(_paths(Scenario)) == {re.sub(r"\[\d+\]", "[]", path) for path, _, _ in CASES}


def test_all_problems_are_told_at_once() -> None:
    """A planner mends a document once, not field by field."""
    document = damaged("days", 0)
    document["facilities"][0]["beds"] = -1
    document["tempo"] = "never"
    assert [problem.split(":")[0] for problem in problems_of(document)] == [
        "days",
        "tempo",
        "facilities[0].beds",
    ]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("wheather", "weather"),
        ("facilities[0].bed", "beds"),
        ("evacuation.policy_days.rolle_1", "role_1"),
        ("nations[0].shar", "share"),
    ],
)
def test_an_unknown_field_gets_the_nearest_name(path: str, hint: str) -> None:
    """Misspelled fields are refused, not ignored."""
    assert problems_of(damaged(path, 1)) == [
        f"{path}: is no field of a scenario; did you mean {hint!r}?"
    ]


@pytest.mark.parametrize("document", [[], "text", 3, None, True])
def test_what_is_no_object_is_refused(document: object) -> None:
    """The document itself is named when it is of the wrong shape."""
    assert problems_of(document)[0].startswith("scenario: must be an object")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), "\ud800"])
def test_values_outside_json_are_refused(value: object) -> None:
    """A decoded document may hold what JSON cannot say."""
    assert problems_of(damaged("injury_mix.disease", value))


def test_the_schema_is_published_for_every_field() -> None:
    """Editors check documents by the published JSON Schema."""
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(Scenario.model_fields)
    assert problems_of(valid_document()) == []


def _paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}"
        for part, suffix in _models_in(field.annotation):
            yield from _paths(part, f"{prefix}{name}{suffix}.")


def _models_in(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
    for choice in get_args(annotation):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            yield choice, "[]"


def test_a_scenario_is_a_key_by_all_of_its_fields() -> None:
    """What is kept for a scenario is found for an equal one, and not for one that differs only in
    what the hash leaves out.
    """
    kept = {parse_scenario(valid_document()): "kept"}
    assert kept[parse_scenario(valid_document())] == "kept"
    assert parse_scenario(damaged("weather", "storm")) not in kept
