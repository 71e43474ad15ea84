"""Renders once, tells the ids of its rendering processes, and is killed."""

import asyncio
import os
import signal

from services.gateway.rendering.render_pool import RenderPool


async def main() -> None:
    pool = RenderPool(1, niceness=0, kept_bytes_max=0)
    await pool.priority()
    print(*pool._executor._processes, flush=True)  # noqa: T201 -- the test reads it
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main())
