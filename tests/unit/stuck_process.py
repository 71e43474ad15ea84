"""A process whose event loop is guarded, and stops turning if it is told to."""

import asyncio
import sys
import threading

from shared.loop_guard import LoopGuard


async def main(blocks_s: float) -> None:
    guard = LoopGuard.start(stuck_max_s=1.0, interval_s=0.05)
    print("started", flush=True)  # noqa: T201 -- its parent waits for it
    await asyncio.to_thread(sys.stdin.readline)
    threading.Event().wait(blocks_s)  # in the way of everything else, as nothing should be
    guard.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
