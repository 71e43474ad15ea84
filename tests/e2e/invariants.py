"""What must hold of a finished job, whatever happened to the system while it ran."""

from shared.records.body import read_body
from tests.e2e.deployment import Deployment


async def assert_complete(deployment: Deployment, job_id: str) -> bytes:
    """Every ordinal stored exactly once, thin rows and bodies alike, and every sector's result;
    returns the job's digest.
    """
    (job,) = await deployment.rows("SELECT * FROM jobs WHERE job_id = $1", job_id)
    assert job["state"] == "succeeded", job["error"]
    count = job["patients_requested"]
    assert job["patients_persisted"] == count
    (thin,) = await deployment.rows(
        (
            "SELECT count(*) AS rows, min(ordinal) AS low, max(ordinal) AS high FROM patients "
            "WHERE job_id = $1"
        ),
        job_id,
    )
    assert (thin["rows"], thin["low"], thin["high"]) == (count, 0, count - 1)
    expected = 0
    for part in await deployment.rows(
        "SELECT first_ordinal, last_ordinal, body FROM patient_parts WHERE job_id = $1 ORDER BY 1",
        job_id,
    ):
        ordinals = read_body(part["body"], ["ordinal"]).column(0).to_pylist()
        assert ordinals == list(range(part["first_ordinal"], part["last_ordinal"] + 1))
        assert part["first_ordinal"] == expected
        expected = part["last_ordinal"] + 1
    assert expected == count
    sectors = await deployment.value(
        "SELECT count(*) FROM sector_results WHERE job_id = $1", job_id
    )
    assert sectors == -(-count // job["sector_patients"])
    return bytes(job["digest"])
