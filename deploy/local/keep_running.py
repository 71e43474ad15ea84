"""Starting a process again when it ends by itself, with growing pauses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.process_record import reap, running_pid

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Supervised:
    """A process by its name, its record and the acts that start and stop it (both may block)."""

    name: str
    pid_file: Path
    start: Callable[[], None]
    stop: Callable[[], None]


async def keep_running(process: Supervised, stopping: asyncio.Event) -> None:
    """Watch a started process until `stopping` is set; whenever it ends before, start it again."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE_S
    while True:
        began = loop.time()
        await _end_of(process.pid_file)
        if stopping.is_set():
            return
        if loop.time() - began > STEADY_AFTER_S:
            pause = FIRST_PAUSE_S
        log.warning("%s ended by itself; it starts again in %.1f s", process.name, pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)
            return
        pause = min(2 * pause, LONGEST_PAUSE_S)
        await asyncio.to_thread(process.start)


async def _end_of(pid_file: Path) -> None:
    pid = running_pid(pid_file)
    if pid is None:
        return
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
        reap(pid)
    finally:
        loop.remove_reader(handle)
        os.close(handle)
