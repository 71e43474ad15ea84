"""A job's messages, fetched through the HTTP API range by range."""

from collections.abc import Callable, Mapping

from lazaret.client import Client, ExportRange, Job, Unreachable
from lazaret.mllp.message import split_messages
from lazaret.mllp.spool import Spool

RANGE_PATIENTS = 1_000  # fetched with one request and sorted in memory: about 30 MB
ATTEMPTS_MAX = 5


def fetch(
    client: Client,
    job: Job,
    spool: Spool,
    options: Mapping[str, str],
    on_progress: Callable[[int], object],
) -> str | None:
    """Fill the spool; returns the ETag, which is the same for all ranges. `on_progress` is told how
    many patients are there.

    Raises ApiError (412 when the data changes meanwhile), Unreachable when a range could not be
    had, OSError.
    """
    etag: str | None = None
    for first in range(0, job.patients_requested, RANGE_PATIENTS):
        last = min(first + RANGE_PATIENTS, job.patients_requested) - 1
        etag = _fetch_range(
            client,
            job,
            spool,
            ExportRange(
                format="hl7v2", options=options, from_ordinal=first, to_ordinal=last, etag=etag
            ),
        )
        on_progress(last + 1)
    return etag


def _fetch_range(client: Client, job: Job, spool: Spool, wanted: ExportRange) -> str | None:
    attempt = 0
    while True:
        attempt += 1
        try:
            with client.stream_export(job.id, wanted) as export:
                messages = list(split_messages(export.chunks()))
        except Unreachable:
            if attempt == ATTEMPTS_MAX:
                raise
        else:
            spool.add(messages)
            return export.head.etag
