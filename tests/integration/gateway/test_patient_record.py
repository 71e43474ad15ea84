"""One patient's whole record over HTTP."""

import httpx
import pytest

from shared.db.pool import Database
from tests.integration.gateway.stored_job import store, submit

PARTS_OF_TEN = pytest.mark.parametrize("settings", [{"part_patients": 10}])


@PARTS_OF_TEN
async def test_a_whole_record_belongs_to_its_row(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Every patient's record, first and last of a part included, carries its own id."""
    job = await submit(http)
    await store(database, job)
    for ordinal in (0, 9, 10, 39):
        record = (await http.get(f"/api/v1/jobs/{job['id']}/patients/{ordinal}")).json()
        assert record["id"] == f"{job['id']}-{ordinal}"


@PARTS_OF_TEN
async def test_a_record_that_is_not_there_says_why(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Before its arrival, beyond the job's end, or by something that is no ordinal, a record is not
    found.
    """
    job = await submit(http)
    await store(database, job, parts=2)
    reasons = {
        "39": "not stored (yet)",
        "40": "ordinals 0 to 39",
        "-1": "no ordinal",
        "1e3": "no ordinal",
        "9" * 30: "no ordinal",
    }
    for ordinal, reason in reasons.items():
        response = await http.get(f"/api/v1/jobs/{job['id']}/patients/{ordinal}")
        assert response.status_code == 404, ordinal
        assert reason in response.json()["detail"], ordinal
