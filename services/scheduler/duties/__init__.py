"""The duties: each is one file with `run_once`, and one row here."""

from services.scheduler.config import SchedulerConfig
from services.scheduler.duties import (
    dispatch_batches,
    drop_partitions,
    expire_leases,
    make_partitions,
    measure_backlog,
    measure_queues,
    prune,
    purge_jobs,
    relay_outbox,
    report_validity,
    retire_jobs,
)
from services.scheduler.duty import Duty


def all_duties(config: SchedulerConfig) -> tuple[Duty, ...]:
    """Return every duty with its pace."""
    return (
        Duty(
            dispatch_batches.NAME, dispatch_batches.run_once, config.dispatch_interval_s, eager=True
        ),
        Duty(relay_outbox.NAME, relay_outbox.run_once, config.relay_interval_s, eager=True),
        Duty(expire_leases.NAME, expire_leases.run_once, config.expire_interval_s),
        Duty(make_partitions.NAME, make_partitions.run_once, config.partitions_interval_s),
        Duty(drop_partitions.NAME, drop_partitions.run_once, config.partitions_interval_s),
        Duty(prune.NAME, prune.run_once, config.prune_interval_s),
        Duty(retire_jobs.NAME, retire_jobs.run_once, config.retire_interval_s, eager=True),
        Duty(purge_jobs.NAME, purge_jobs.run_once, config.purge_interval_s, eager=True),
        Duty(
            report_validity.NAME, report_validity.run_once, config.validity_interval_s, eager=True
        ),
        Duty(measure_backlog.NAME, measure_backlog.run_once, config.measure_interval_s),
        Duty(measure_queues.NAME, measure_queues.run_once, config.measure_interval_s),
    )
