"""Nothing costs more statements, round trips or messages than it is known to."""

import json
from pathlib import Path

import pytest

from tests.e2e.deployment import Deployment
from tests.load.costs import measure

KNOWN = Path(__file__).with_name("costs.json")


@pytest.mark.timeout(600)
async def test_costs_are_the_known_ones(deployment: Deployment) -> None:
    """Counted on the wire, so they are the same on every machine. Where a change is meant to cost
    more, or costs less now, costs.json is changed in the same commit, which says why.
    """
    found, known = await measure(deployment), json.loads(KNOWN.read_text())
    changed = {name: cost for name, cost in found.items() if known.get(name) != cost}
    assert not changed, f"now: {json.dumps(changed, indent=2)}"
    assert set(known) == set(found)
