"""Makes the validity report of each job that has ended, away from the path of its patients."""

from services.scheduler.duty import Context, Counts
from shared.jobs.validity import has_unreported, report_validity, take_unreported
from shared.telemetry import names
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

NAME = "report_validity"

_flags = counter(names.VALIDITY_FLAGS)


async def run_once(context: Context) -> Counts:
    """Report on one job, if there is one without a report, and return how many that were.

    A large job takes minutes, which no transaction spans.
    """
    async with context.database.connection() as connection:
        if not await has_unreported(connection):
            return {"jobs": 0}
        job = await take_unreported(connection)
        if job is None:
            return {"jobs": 0}
        report = await report_validity(connection, job)
        for check in report["checks"]:
            if not check["holds"]:
                _flags.add(1, {Attribute.CHECK: check["statement"]})
        return {"jobs": 1}
