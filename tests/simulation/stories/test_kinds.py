from functools import cache

import pytest

from shared.scenarios import list_presets, load_preset
from shared.simulation import simulate
from tests.simulation.stories import Story, stories
from tests.simulation.stories.kinds import KINDS, Kind

SEED, PATIENTS = 4242, 600


@cache
def sample() -> list[Story]:
    """Six hundred casualties of every preset."""
    return [
        story
        for preset in list_presets()
        for story in stories(
            simulate(load_preset(preset.name), SEED, 0, PATIENTS), load_preset(preset.name)
        )
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_story_is_as_rare_as_practice_allows(kind: Kind) -> None:
    """Of those whom it concerns, no larger share than the source allows; somebody is concerned."""
    found = [kind.found(story) for story in sample()]
    concerned = [each for each in found if each is not None]
    assert len(concerned) >= 5, "nobody is concerned"
    share = sum(concerned) / len(concerned)
    assert share <= kind.allowed, f"{share:.3f} of {len(concerned)}"
