"""What waits for one follower: the newest news of each job, and no more."""

import asyncio
from uuid import UUID

from shared.jobs.news import JobNews, Position

JOBS_WAITING_MAX = 1_000


class Subscription:
    """One follower of a tenant's jobs. `overflowed`: it took too little, and must come again."""

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self.overflowed = False
        self.ended = False
        self._waiting: dict[UUID, JobNews] = {}
        self._last: Position | None = None
        self._changed = asyncio.Event()

    def offer(self, news: JobNews) -> None:
        """Keep news for the follower, in place of older news of the same job."""
        if len(self._waiting) >= JOBS_WAITING_MAX and news.job_id not in self._waiting:
            self.overflowed = True
        else:
            self._waiting[news.job_id] = news
            self._last = news.position or self._last
        self._changed.set()

    def end(self) -> None:
        """Let the follower go."""
        self.ended = True
        self._changed.set()

    def nudge(self) -> None:
        """Wake the follower: something other than news has changed."""
        self._changed.set()

    async def take(self, within_s: float) -> tuple[tuple[JobNews, ...], Position | None]:
        """Return what waits, and how far it reaches; nothing after `within_s` without any."""
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return (), None
        self._changed.clear()
        taken, self._waiting = tuple(self._waiting.values()), {}
        last, self._last = self._last, None
        return taken, last
