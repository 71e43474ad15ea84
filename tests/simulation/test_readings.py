"""What is seen of the wounded, and what follows from what is seen."""

from functools import cache

import numpy as np
import pytest

from shared.clinical.tables import treatments
from shared.records.columns import Array
from shared.records.vocabulary import Category, EventKind, Sex, VitalsContext
from shared.scenarios import load_preset
from shared.simulation import simulate
from tests.simulation.stories import Story, column, stories

BATTLE = Category.BATTLE_INJURY
CUTS = {row.id for row in treatments() if row.name in {"laparotomy", "thoracotomy", "craniotomy"}}


@cache
def _people() -> list[Story]:
    scenario = load_preset("brigade-conventional")
    return [story for sector in range(4) for story in stories(simulate(scenario, 11, sector, 1000))]


def _first_systolic(story: Story) -> int:
    contacts = story.vitals["systolic"][story.vitals["context"] == VitalsContext.CONTACT]
    return int(contacts[0]) if len(contacts) else -1


def _systolic(category: Category, iss: range) -> Array:
    """First pressures of those with an ISS in the range."""
    light = [
        story
        for story in _people()
        if story.flat["category"] == category and story.flat["iss"] in iss
    ]
    readings = np.array([_first_systolic(story) for story in light])
    return readings[readings >= 0]


def test_pressure_scatters_among_the_gravely_wounded_alone() -> None:
    """Some of the gravely wounded faint or are cold; the lightly hurt have the pressure of the
    sick: nobody is in shock of a sprain.
    """
    light, sick = _systolic(BATTLE, range(5)), _systolic(Category.DISEASE, range(1))
    grave = _systolic(BATTLE, range(9, 26))
    assert min(len(light), len(sick), len(grave)) > 100
    assert grave.std() > 1.3 * light.std()
    assert light.std() < 1.2 * sick.std()
    assert np.median(light) == pytest.approx(np.median(sick), abs=8)


def test_fewer_women_are_hurt_in_battle_than_otherwise() -> None:
    """By their shares in combat and in the force."""
    sex, category = column(load_preset("brigade-conventional"), ("sex", "category"), 4, 1000)
    women = sex == Sex.FEMALE
    assert 0 < women[category == BATTLE].mean() < 0.5 * women[category != BATTLE].mean()


def test_whoever_is_cut_in_head_chest_or_belly_is_no_patient_of_a_ward() -> None:
    """After such an operation nobody is held in a bed without intensive care first, where there are
    beds for it.
    """
    cut = [story for story in _people() if CUTS & set(story.treatments["treatment"].tolist())]
    intensive = [story for story in cut if EventKind.INTENSIVE_CARE_STARTED in story.events["kind"]]
    assert len(cut) > 20
    assert len(intensive) > 0.85 * len(cut)
