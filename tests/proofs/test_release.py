"""The short form of `make prove-release`: no verdict of it depends on how fast the machine is."""

from pathlib import Path

import pytest

from deploy.local.packages import install_missing_operating_programs
from tests.e2e.deployment import Deployment
from tests.load.target import target
from tests.proofs.installation import BREAKING, EXPANDING, FAULTY, installed
from tests.proofs.release import (
    CRASHING,
    Case,
    Proof,
    account,
    prove_case,
    prove_power_cut,
    prove_rollback,
)
from tests.proofs.steady_load import steady_load

RATE = 15
CASES = (
    Case("good-expanding", migration=EXPANDING, serves=True, said="promote"),
    Case("crashing", CRASHING, said="ended"),
    Case("erring", f"{FAULTY} --error-every 10", said="requests failed"),
    Case("breaking-migration", migration=BREAKING, said="would not survive"),
)
WANTED = {
    "events_min": 20,
    "canary_percent": 50,
    "window_s": 2,
    "windows_max": 100,
    "p95_more_max_s": 3600,
    "ready_within_s": 300,
}


@pytest.mark.timeout(900)
async def test_releases_lose_nothing_and_the_bad_are_withdrawn(
    deployment: Deployment, reachable_folder: Path
) -> None:
    """Under load: a good version with a new column serves, a crashing and an erring one are
    withdrawn, a breaking migration is not begun; the version before serves again on the new schema;
    a release that was cut off is undone. No request fails, and every accepted patient is there.
    """
    install_missing_operating_programs()
    await deployment.start("scheduler", "generator", "writer")
    proof, urls = Proof(), (deployment.database_url, deployment.broker_url)
    async with (
        installed(reachable_folder, *urls, **WANTED) as made,
        target(made.url, deployment.database_url, deployment.key, 1_000) as aim,
    ):
        async with steady_load(aim, reachable_folder, RATE) as load:
            for case in CASES:
                await prove_case(made, case, proof)
            await prove_rollback(made, proof)
            await prove_power_cut(made, "canary", proof)
        account(load, (await aim.settled()).problems, proof)
    assert proof.problems == []
    assert load.requests > 0
