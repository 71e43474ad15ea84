"""Makes the validity report of each job that has ended, away from the path of its patients."""

from services.scheduler.duty import Context, Counts, lead
from shared.jobs.validity import find_unreported, report_validity
from shared.telemetry import names
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

NAME = "report_validity"

_flags = counter(names.VALIDITY_FLAGS)


async def run_once(context: Context) -> Counts:
    """Report on the job that ended first, if there is one without a report, and return how many
    that were.
    """
    async with context.database.connection() as connection:
        if await find_unreported(connection) is None:
            return {"jobs": 0}
    async with context.database.transaction() as connection:
        job = await find_unreported(connection) if await lead(connection, NAME) else None
        if job is None:
            return {"jobs": 0}
        report = await report_validity(connection, job)
        for check in report["checks"]:
            if not check["holds"]:
                _flags.add(1, {Attribute.CHECK: check["statement"]})
        return {"jobs": 1}
