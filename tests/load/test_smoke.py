"""The short form of `make load`: k6 is run for real; how fast the answers are is not asserted."""

from pathlib import Path

import pytest

from tests.e2e.deployment import Deployment
from tests.load.report import row, write_page
from tests.load.run import Load, run_load
from tests.load.target import target

SERVICES = ("scheduler", "generator", "writer", "gateway")


@pytest.mark.timeout(600)
async def test_smoke_loses_and_doubles_nothing(deployment: Deployment, tmp_path: Path) -> None:
    """Every check of the scenario holds, no request fails, and what was accepted is there once."""
    await deployment.start(*SERVICES)
    url = deployment.services["gateway"].url
    async with target(url, deployment.database_url, deployment.key, patients=1_000) as aim:
        load = Load("smoke", rate=10, seconds=3, large_patients=2_000)
        outcome = await run_load(aim, load, tmp_path)
        keys = await deployment.value(
            "SELECT count(*) FROM api_keys WHERE name = 'load' AND revoked_at IS NULL"
        )
    assert outcome.problems == []
    assert outcome.value("checks", "rate") == 1
    assert outcome.value("http_req_failed", "rate") == 0
    assert sum(account.persisted for account in outcome.reconciliation.accounts) >= 3_000
    assert keys == 1
    assert (
        await deployment.value(
            "SELECT count(*) FROM api_keys WHERE name = 'load' AND revoked_at IS NULL"
        )
        == 0
    )
    write_page(tmp_path / "load.html", [outcome], {"writer": 100.0})
    page = (tmp_path / "load.html").read_text()
    assert all(cell in page for cell in row(outcome))


@pytest.mark.timeout(600)
async def test_reconciliation_names_what_is_lost_and_what_is_doubled(
    deployment: Deployment,
) -> None:
    """A row that is missing, a body that is missing and a body stored twice are each found."""
    await deployment.start(*SERVICES)
    url = deployment.services["gateway"].url
    async with target(url, deployment.database_url, deployment.key, patients=5_000) as aim:
        assert (await aim.settled()).problems == []
        await deployment.rows("DELETE FROM patients WHERE ordinal = 7 RETURNING 1")
        assert "4999 thin rows" in "".join((await aim.settled()).problems)
        await deployment.rows("UPDATE patient_parts SET last_ordinal = last_ordinal + 5")
        assert "stored twice" in "".join((await aim.settled()).problems)
        await deployment.rows("DELETE FROM patient_parts WHERE first_ordinal = 0 RETURNING 1")
        assert "patients in bodies" in "".join((await aim.settled()).problems)
