from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.scenarios.document import problems_of, valid_document

Document = dict[str, Any]


def _overfull_mix(document: Document) -> None:
    document["injury_mix"]["disease"] = 0.5


def _half_a_nation(document: Document) -> None:
    document["nations"][0]["share"] = 0.5


def _half_a_front(document: Document) -> None:
    document["fronts"][0]["share"] = 0.5


def _weightless(document: Document) -> None:
    document["mechanisms"][0]["weight"] = 0


def _same_facility(document: Document) -> None:
    document["facilities"][1]["name"] = document["facilities"][0]["name"]


def _same_nation(document: Document) -> None:
    document["nations"].append({"nation": "NLD", "share": 0.0})


def _unknown_front(document: Document) -> None:
    document["units"][0]["front"] = "Vally"


def _unknown_unit_nation(document: Document) -> None:
    document["units"][0]["nation"] = "BEL"


def _empty_front(document: Document) -> None:
    document["fronts"] = [
        document["fronts"][0] | {"share": 0.5},
        document["fronts"][0] | {"name": "Hill", "share": 0.5},
    ]


def _nation_without_unit(document: Document) -> None:
    document["nations"] = [{"nation": "NLD", "share": 0.5}, {"nation": "BEL", "share": 0.5}]


def _surgery_at_role_1(document: Document) -> None:
    document["facilities"][0]["operating_tables"] = 1


def _facility_of_unknown_front(document: Document) -> None:
    document["facilities"][0]["front"] = "Hill"


def _unknown_target(document: Document) -> None:
    document["facilities"][0]["evacuates_to"] = ["Surgical facilty"]


def _target_twice(document: Document) -> None:
    document["facilities"][0]["evacuates_to"] = ["Surgical facility", "Surgical facility"]


def _backward_target(document: Document) -> None:
    document["facilities"][2]["evacuates_to"] = ["Surgical facility"]


def _target_of_another_front(document: Document) -> None:
    document["facilities"][1]["front"] = "Valley"


def _cycle(document: Document) -> None:
    document["facilities"][1]["role"] = 3
    document["facilities"][2]["evacuates_to"] = ["Surgical facility"]


def _self_evacuation(document: Document) -> None:
    document["facilities"][2]["evacuates_to"] = ["Field hospital"]


def _nobody_serves(document: Document) -> None:
    document["fronts"] = [
        document["fronts"][0] | {"share": 0.5},
        document["fronts"][0] | {"name": "Hill", "share": 0.5},
    ]
    document["units"].append(document["units"][0] | {"name": "Hill Company", "front": "Hill"})
    for facility in document["facilities"]:
        facility["front"] = "Valley"


def _nothing_leaves_the_field(document: Document) -> None:
    document["transport"] = [document["transport"][2]]


def _all_stopped_by_rain(document: Document) -> None:
    for pool in document["transport"]:
        pool["stopped_by"] = ["rain"]


def _backward_transport(document: Document) -> None:
    document["transport"][2] |= {"from_role": 3, "to_role": 2}


def _no_way_up(document: Document) -> None:
    document["transport"] = [document["transport"][0]]


CASES: list[tuple[Callable[[Document], None], str]] = [
    (_overfull_mix, "injury_mix: shares must sum to 1, not 1.5"),
    (_half_a_nation, "nations: shares must sum to 1, not 0.5"),
    (_half_a_front, "fronts: shares must sum to 1, not 0.5"),
    (_weightless, "mechanisms: at least one weight must be above 0"),
    (_same_facility, "facilities[1].name: 'Aid post' is used before; each must be unique"),
    (_same_nation, "nations[1].nation: 'NLD' is used before; each must be unique"),
    (
        _unknown_front,
        "units[0].front: 'Vally' is no front of this scenario; did you mean 'Valley'?",
    ),
    (_unknown_unit_nation, "units[0].nation: 'BEL' is no nation of this scenario"),
    (_empty_front, "fronts[1].share: 'Hill' has casualties but no unit of a nation that has any"),
    (_nation_without_unit, "nations[1].share: 'BEL' has casualties but no unit"),
    (
        _surgery_at_role_1,
        "facilities[0].operating_tables: must be 0 at Role 1: surgery begins at Role 2",
    ),
    (_facility_of_unknown_front, "facilities[0].front: 'Hill' is no front of this scenario"),
    (
        _unknown_target,
        (
            "facilities[0].evacuates_to[0]: 'Surgical facilty' is no facility of this "
            "scenario; did you mean 'Surgical facility'?"
        ),
    ),
    (
        _target_twice,
        "facilities[0].evacuates_to[1]: 'Surgical facility' is named before; each must be unique",
    ),
    (
        _backward_target,
        "facilities[2].evacuates_to[0]: 'Surgical facility' is Role 2; must be Role 3 or above",
    ),
    (
        _target_of_another_front,
        "facilities[0].evacuates_to[0]: 'Surgical facility' serves front 'Valley' only",
    ),
    (
        _cycle,
        (
            "facilities[1].evacuates_to: leads back: Surgical facility -> Field hospital -> "
            "Surgical facility"
        ),
    ),
    (_self_evacuation, "facilities[2].evacuates_to: leads back: Field hospital -> Field hospital"),
    (_nobody_serves, "fronts[1]: no facility serves 'Hill'"),
    (
        _nothing_leaves_the_field,
        (
            "fronts[0]: in this weather no transport goes from the point of injury to a "
            "facility of 'Valley'"
        ),
    ),
    (
        _all_stopped_by_rain,
        (
            "fronts[0]: in this weather no transport goes from the point of injury to a "
            "facility of 'Valley'"
        ),
    ),
    (_backward_transport, "transport[2].to_role: must be 3 or above, is 2"),
    (
        _no_way_up,
        "facilities[0].evacuates_to[0]: in this weather no transport goes from Role 1 to Role 2",
    ),
]


@pytest.mark.parametrize(
    ("damage", "expected"), CASES, ids=[damage.__name__.strip("_") for damage, _ in CASES]
)
def test_a_contradiction_is_refused_with_its_reason(
    damage: Callable[[Document], None], expected: str
) -> None:
    """Fields that are right alone may be wrong together."""
    document = valid_document()
    damage(document)
    assert expected in problems_of(document)


def test_contradictions_are_told_together() -> None:
    """None of the rules hides another."""
    document = valid_document()
    _overfull_mix(document)
    _surgery_at_role_1(document)
    _no_way_up(document)
    assert {problem.split(":")[0] for problem in problems_of(document)} >= {
        "injury_mix",
        "facilities[0].operating_tables",
        "facilities[0].evacuates_to[0]",
    }
