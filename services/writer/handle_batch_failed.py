"""Counts a batch's failure."""

from random import Random

import structlog

from shared.db.pool import Database
from shared.jobs.failures import RetryPolicy, record_failure
from shared.jobs.leases import Lease, LeaseLost
from shared.messages.batch_failed import BatchFailed
from shared.telemetry.names import Attribute

log = structlog.get_logger(__name__)


class BatchFailedHandler:
    """A failure counts once: the lease that failed is void afterwards."""

    def __init__(self, database: Database, policy: RetryPolicy, random: Random) -> None:
        self._database = database
        self._policy = policy
        self._random = random

    async def handle(self, message: BatchFailed) -> None:
        """Count it. Raises Unavailable while the database is away."""
        lease = Lease(message.job_id, message.batch_no, message.lease_id)
        try:
            async with self._database.transaction() as connection:
                state = await record_failure(connection, lease, message.reason, self._policy, self._random.random())
        except LeaseLost as lost:
            log.info("failure not counted", reason=str(lost))
            return
        log.warning(
            "batch failed",
            state=state.value,
            reason=message.reason,
            **{Attribute.JOB_ID: str(message.job_id), Attribute.BATCH_NO: message.batch_no},
        )
