"""What becomes of a batch that a generator could not make, or whose part cannot be stored."""

from random import Random

import structlog

from shared.db.pool import Database
from shared.jobs.failures import RetryPolicy, record_failure
from shared.jobs.leases import Lease, LeaseLost
from shared.messages.batch_failed import BatchFailed
from shared.messages.batch_generated import BatchGenerated
from shared.telemetry.names import Attribute

log = structlog.get_logger(__name__)


class Failures:
    """Counts failures. Each counts once: the lease that failed is void afterwards."""

    def __init__(self, database: Database, policy: RetryPolicy, random: Random) -> None:
        self._database = database
        self._policy = policy
        self._random = random

    async def count(self, message: BatchFailed | BatchGenerated, reason: str) -> None:
        """Count a failure of the message's batch under the message's lease. Raises Unavailable
        while the database is unavailable.
        """
        lease = Lease(message.job_id, message.batch_no, message.lease_id)
        try:
            async with self._database.transaction() as connection:
                state = await record_failure(
                    connection, lease, reason, self._policy, self._random.random()
                )
        except LeaseLost as lost:
            log.info("failure not counted", reason=str(lost))
            return
        attributes = {Attribute.JOB_ID: str(message.job_id), Attribute.BATCH_NO: message.batch_no}
        log.warning("batch failed", state=state.value, reason=reason, **attributes)
