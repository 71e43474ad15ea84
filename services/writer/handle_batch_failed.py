"""Counts a batch's failure."""

from services.writer.failures import Failures
from shared.messages.batch_failed import BatchFailed


class BatchFailedHandler:
    """A repeated message is of a stale lease, and counts nothing."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures

    async def handle(self, message: BatchFailed) -> None:
        """Count it. Raises Unavailable while the database is unavailable."""
        await self._failures.count(message, message.reason)
