"""Renders once, tells the ids of its rendering processes, and is killed."""

import asyncio
import os
import signal
from datetime import UTC, datetime

from services.gateway.exports.render import Slice
from services.gateway.exports.render_pool import RenderPool
from shared.records.body import write_body
from shared.scenarios import canonical_json
from tests.unit.encoders.sample import JOB_ID, sample


async def main() -> None:
    batch, context = sample("teaching-20")
    wanted = Slice(
        format="ndjson",
        table="",
        scenario=canonical_json(context.scenario),
        job_id=JOB_ID,
        written_at=datetime(2026, 1, 1, tzinfo=UTC),
        first_ordinal=0,
        start=0,
        stop=1,
    )
    pool = RenderPool(1, 1)
    await pool.render(wanted, write_body(batch))
    print(*pool._executor._processes, flush=True)  # noqa: T201 -- the test reads it
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main())
