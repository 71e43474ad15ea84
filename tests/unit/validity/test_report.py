import pytest

from shared.clinical.parameters import bases, parameters
from shared.clinical.tables import mechanisms
from shared.records.vocabulary import Category, Outcome
from shared.scenarios import load_preset, reference_scenarios
from shared.validity.comparison import compare
from shared.validity.groups import Groups
from shared.validity.report import validity_report

BOMB = next(row.id for row in mechanisms() if row.name == "improvised_explosive_device")
GUNSHOT = next(row.id for row in mechanisms() if row.name == "gunshot")
SPRAIN = next(row.id for row in mechanisms() if row.name == "sports")
SCENARIO = reference_scenarios()["oif-oef-us"]
COLUMNS = (
    "category",
    "mechanism",
    "triage_first",
    "outcome",
    "role_last",
    "iss",
    "returned",
    "lived_min",
    "unordered",
    "patients",
)


@pytest.fixture
def groups() -> Groups:
    """A thousand people: 90 killed (60 at once), 30 died of wounds, 180 back within 72 h, 600
    evacuated; 100 sprains, 85 back on duty.
    """
    rows = (
        (Category.BATTLE_INJURY, BOMB, 5, Outcome.KIA, 0, 75, 0, 0, 0, 60),
        (Category.BATTLE_INJURY, BOMB, 1, Outcome.KIA, 0, 30, 0, 45, 0, 30),
        (Category.BATTLE_INJURY, GUNSHOT, 1, Outcome.DOW, 2, 26, 0, 300, 0, 30),
        (Category.BATTLE_INJURY, BOMB, 3, Outcome.RETURNED_TO_DUTY, 1, 1, 1, 0, 0, 180),
        (Category.BATTLE_INJURY, GUNSHOT, 2, Outcome.EVACUATED, 4, 9, 0, 0, 0, 200),
        (Category.BATTLE_INJURY, BOMB, 2, Outcome.EVACUATED, 4, 5, 0, 0, 0, 400),
        (Category.NON_BATTLE_INJURY, SPRAIN, 3, Outcome.RETURNED_TO_DUTY, 1, 1, 0, 0, 0, 85),
        (Category.NON_BATTLE_INJURY, SPRAIN, 3, Outcome.EVACUATED, 4, 4, 0, 0, 0, 15),
    )
    return Groups.of(dict(zip(COLUMNS, row, strict=True)) for row in rows)


def test_shares_are_those_of_the_studies(groups: Groups) -> None:
    """Numerators and denominators by hand."""
    found: dict[str, object] = {
        each.measure: (each.counted, each.simulated) for each in compare(groups, SCENARIO)
    }
    assert found == {
        "killed_in_action_share": (720, pytest.approx(90 / 720)),
        "died_of_wounds_share": (630, pytest.approx(30 / 630)),
        "case_fatality": (900, pytest.approx(120 / 900)),
        "deaths_before_facility_share": (120, pytest.approx(90 / 120)),
        "killed_dead_by_0_min": (90, pytest.approx(60 / 90)),
        "killed_dead_by_10_min": (90, pytest.approx(60 / 90)),
        "killed_dead_by_60_min": (90, pytest.approx(1)),
        "killed_dead_by_120_min": (90, pytest.approx(1)),
        "explosion_share": (780, pytest.approx(580 / 780)),
        "gunshot_share": (780, pytest.approx(200 / 780)),
        "others_returned_share": (100, pytest.approx(0.85)),
        "others_evacuated_share": (100, pytest.approx(0.15)),
        "others_died_share": (100, pytest.approx(0)),
    }


def test_only_figures_of_the_same_fighting_are_compared(groups: Groups) -> None:
    """Wounds of other wars are not held against a scenario; illness and accidents are alike but for
    civilians.
    """
    assert {each.measure for each in compare(groups, load_preset("brigade-naval"))} == {
        "others_returned_share",
        "others_evacuated_share",
        "others_died_share",
    }
    assert list(compare(groups, load_preset("earthquake-city"))) == []


def test_a_comparison_agrees_when_the_intervals_meet(groups: Groups) -> None:
    """15 of 100 evacuated meet the published 13.9 to 17.8 %; 60 of 100 would not."""
    scenario = reference_scenarios()["dnbi-brigade"]
    found = {each.measure: each for each in compare(groups, scenario)}
    assert found["others_evacuated_share"].agrees
    assert found["others_evacuated_share"].simulated_low == pytest.approx(0.0931, abs=1e-4)
    assert found["others_evacuated_share"].simulated_high == pytest.approx(0.2328, abs=1e-4)
    groups.patients[-2:] = (40, 60)
    assert not {each.measure: each for each in compare(groups, scenario)}[
        "others_evacuated_share"
    ].agrees


def test_few_patients_are_not_compared(groups: Groups) -> None:
    """A share of twenty says nothing."""
    few = Groups.of(
        [
            dict(
                zip(
                    COLUMNS,
                    (Category.BATTLE_INJURY, BOMB, 1, Outcome.KIA, 0, 75, 0, 0, 0, 20),
                    strict=True,
                )
            )
        ]
    )
    assert list(compare(few, SCENARIO)) == []
    assert list(compare(groups, SCENARIO)) != []


def test_a_report_describes_the_patients(groups: Groups) -> None:
    """Counts by word and quartiles over patients, not over groups."""
    report = validity_report(SCENARIO, groups, ())
    assert report["patients"] == 1000
    assert report["consistent"] is True
    assert report["counts"]["outcome"] == {
        "kia": 90,
        "dow": 30,
        "returned_to_duty": 265,
        "evacuated": 615,
    }
    assert report["counts"]["mechanism"] == {
        "improvised_explosive_device": 670,
        "gunshot": 230,
        "sports": 100,
    }
    quartiles = {each["name"]: tuple(each.values())[1:] for each in report["distributions"]}
    assert quartiles == {
        "iss_of_survivors": (880, 1, 5, 5),
        "iss_of_dead": (120, 26, 30, 75),
        "minutes_to_death_before_facility": (90, 0, 0, 45),
        "minutes_to_death_in_facility": (30, 300, 300, 300),
    }


def test_a_body_that_cannot_be_read_is_reported(groups: Groups) -> None:
    """The report says so in place of the checks of whole records."""
    report = validity_report(SCENARIO, groups, [None])
    assert report["consistent"] is False
    assert report["checks"][-1] == {
        "statement": "stored records can be read",
        "checked": 1,
        "violations": 1,
        "holds": False,
    }


def test_the_bases_of_the_parameters_are_counted() -> None:
    """Every parameter rests on evidence, on an assumption or on both."""
    counts = bases()
    assert counts["total"] == len(parameters())
    assert (
        counts["evidence"] + counts["evidence_with_assumption"] + counts["assumption"]
        == counts["total"]
    )
    pure = [row for row in parameters().values() if row.source.startswith("assumption")]
    assert counts["assumption"] <= len(pure)
