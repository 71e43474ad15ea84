"""Dispatch stops for a tenant, or for all, and goes on."""

from uuid import uuid4

import pytest

from shared.errors import NotFound
from shared.jobs.pausing import set_all_paused, set_tenant_paused
from shared.jobs.states import BatchState
from tests.integration.jobs.world import World


async def test_a_paused_tenant_is_left_out(world: World) -> None:
    """Its batches that nobody has begun are taken back; the other tenant's are dispatched."""
    ours = (await world.submit(patients=20)).job_id
    begun, _ = await world.dispatch()
    batch = await world.claim(begun)
    assert batch is not None
    name = str(await world.value("SELECT name FROM tenants"))
    other = uuid4()
    await world.execute("INSERT INTO tenants (tenant_id, name) VALUES ($1, 'other')", other)
    theirs = (await world.submit(patients=10, tenant_id=other)).job_id
    async with world.database.transaction() as connection:
        assert await set_tenant_paused(connection, name, paused=True) == world.tenant
    assert {each.message.job_id for each in await world.dispatch()} == {theirs}
    assert await world.batches(ours) == [BatchState.GENERATING, BatchState.PENDING]
    await world.store(batch)
    async with world.database.transaction() as connection:
        await set_tenant_paused(connection, name, paused=False)
    assert {each.message.job_id for each in await world.dispatch()} == {ours}


async def test_all_can_be_paused(world: World) -> None:
    """Nobody's batches are dispatched until that is undone."""
    job_id = (await world.submit(patients=10)).job_id
    await world.dispatch()
    async with world.database.transaction() as connection:
        await set_all_paused(connection, paused=True)
    assert await world.batches(job_id) == [BatchState.PENDING]
    assert await world.dispatch() == ()
    async with world.database.transaction() as connection:
        await set_all_paused(connection, paused=False)
    assert len(await world.dispatch()) == 1


async def test_an_unknown_tenant_is_not_paused(world: World) -> None:
    """The name is told to be wrong."""
    with pytest.raises(NotFound, match="there is no tenant nobody"):
        async with world.database.transaction() as connection:
            await set_tenant_paused(connection, "nobody", paused=True)
