"""Sorting what was found."""

from typing import Any

import pytest

from services.gateway.fhir.order import in_order, read_order
from services.gateway.fhir.resource_types import resource_types

ENCOUNTERS: list[dict[str, Any]] = [
    {"id": "c", "period": {"start": "2030-01-02T00:00:00+02:00"}},
    {"id": "a"},
    {"id": "d", "period": {"start": "2030-01-03"}},
    {"id": "b", "period": {"start": "2030-01-01T23:00:00Z", "end": "2030-02-01"}},
    {"id": "e", "period": {"start": "2030-01-01T22:00:00Z"}},
]


@pytest.mark.parametrize(
    ("rules", "ids"),
    [
        ("date", "cebda"),
        ("-date", "dbcea"),
        ("date,-_id", "ecbda"),
        ("-_id", "edcba"),
    ],
)
def test_times_are_instants(rules: str, ids: str) -> None:
    """Offsets count, a period stands where it begins, equals keep their order, and what has no time
    comes last both ways.
    """
    order = read_order(resource_types()["Encounter"], rules)
    assert "".join(each["id"] for each in in_order(ENCOUNTERS, order, lambda each: each)) == ids
