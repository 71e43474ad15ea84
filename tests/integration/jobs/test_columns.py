"""Programs of two versions share a database while an upgrade is under way."""

from shared.jobs.actions import cancel, pause, redrive, resume
from shared.jobs.read import JobFilter, list_jobs
from tests.integration.jobs.world import World


async def everything(world: World) -> None:
    """Whatever reads or returns a job's row."""
    job_id = (await world.submit()).job_id
    await world.job(job_id)
    for act in (pause, resume):
        await world.act(act, job_id)
    await world.run(job_id)
    cancelled = (await world.submit()).job_id
    await world.act(cancel, cancelled)
    async with world.database.transaction() as connection:
        await list_jobs(connection, world.tenant, JobFilter(), limit=10)
    failed = (await world.submit(patients=10)).job_id
    await world.dispatch()
    await world.execute(
        "UPDATE batches SET state = 'dead', lease_id = NULL, lease_expires_at = NULL, error = 'x'"
        " WHERE job_id = $1",
        failed,
    )
    await world.execute(
        "UPDATE jobs SET state = 'failed', batches_dead = 1, error = 'x', finished_at = now()"
        " WHERE job_id = $1",
        failed,
    )
    await world.act(redrive, failed)
    await world.act(cancel, failed)


async def test_a_column_that_is_added_disturbs_no_running_program(world: World) -> None:
    """Its prepared statements name their columns, so that they go on."""
    await everything(world)
    for table in ("jobs", "batches", "outbox", "tenants"):
        await world.execute(f"ALTER TABLE {table} ADD COLUMN added_later integer")
    await everything(world)


async def test_renewals_write_no_index(world: World) -> None:
    """Leases are renewed often: the row is updated in its place (HOT), whatever is indexed."""
    indexed = await world.fetch(
        "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'batches%'"
        " AND indexdef LIKE '%lease_expires_at%'"
    )
    assert indexed == []
