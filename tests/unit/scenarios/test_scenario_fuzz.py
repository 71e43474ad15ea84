import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.scenarios import canonical_json, parse_scenario, scenario_digest
from tests.unit.scenarios.document import problems_of, valid_document

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["Valley", "Aid post", "NLD", "rain", 0, 1, 0.5]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_document_is_a_scenario_or_told_why_not(data: st.DataObject) -> None:
    """Nothing but Invalid comes out of a damaged document, and every problem has a field and a
    message.
    """
    document = copy.deepcopy(valid_document())
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = document
        while True:
            key = data.draw(
                st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
            )
            if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
                place = place[key]
                continue
            place[key] = data.draw(VALUES)
            break
    if problems := problems_of(document):
        assert all(
            field and message
            for field, _, message in (problem.partition(": ") for problem in problems)
        )
    else:
        assert len(scenario_digest(parse_scenario(document))) == 32
        assert canonical_json(parse_scenario(document))


@pytest.mark.parametrize("depth", [300, 5_000, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """A document may be built to exhaust the reader."""
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    assert problems_of({**valid_document(), "fronts": nested})
