from dataclasses import replace
from uuid import RFC_4122, UUID

import pytest

from lazaret.offline import job as job_module
from lazaret.offline.job import PATIENTS_MAX, SEED_MAX, OfflineJob
from shared.errors import Invalid
from shared.scenarios import load_preset

JOB = OfflineJob(load_preset("teaching-20"), seed=7, count=20)


def test_the_id_says_that_it_is_made_of_its_job() -> None:
    """A UUID of version 8, the same wherever the job is run."""
    assert JOB.id == OfflineJob(load_preset("teaching-20"), seed=7, count=20).id
    assert JOB.id.variant == RFC_4122
    assert JOB.id.version == 8


def test_whatever_decides_the_patients_decides_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another seed, count, scenario or engine gives another id."""
    ids: set[UUID] = {
        JOB.id,
        replace(JOB, seed=8).id,
        replace(JOB, count=21).id,
        replace(JOB, seed=72, count=0 + 20).id,
        replace(JOB, scenario=load_preset("brigade-urban")).id,
    }
    monkeypatch.setattr(job_module, "ENGINE_VERSION", "another")
    ids.add(JOB.id)
    assert len(ids) == 6


@pytest.mark.parametrize("seed", [0, SEED_MAX])
@pytest.mark.parametrize("count", [1, PATIENTS_MAX])
def test_limits_are_inside(seed: int, count: int) -> None:
    """The greatest and the smallest job are jobs."""
    assert OfflineJob(JOB.scenario, seed, count).id.version == 8


def test_a_wrong_job_names_every_problem() -> None:
    """Count and seed are told together, with their limits."""
    with pytest.raises(Invalid) as refused:
        OfflineJob(JOB.scenario, seed=-1, count=0)
    assert [str(problem) for problem in refused.value.problems] == [
        f"count: must be from 1 to {PATIENTS_MAX}, not 0",
        f"seed: must be from 0 to {SEED_MAX}, not -1",
    ]
