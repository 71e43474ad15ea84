"""Entity tags of exports and the conditions that clients set on them (RFC 9110, section 13).

The tag does not depend on the range: each range is a resource of its own, and the tag of one range
serves as the condition for the next, so that a download that was cut goes on only in the same data.
"""

import hashlib

from services.gateway.exports.wanted import Wanted
from services.gateway.http.content_coding import IDENTITY
from shared.jobs.read import Job


def entity_tag(job: Job, wanted: Wanted, coding: str) -> str:
    """A strong tag: the same bytes for the same range, as long as this encoder and content-coding
    send them.
    """
    state = job.digest or f"{job.state} {job.patients_persisted} {job.finished_at}".encode()
    parts = (
        job.job_id.bytes,
        state,
        wanted.name.encode(),
        wanted.table.encode(),
        repr(wanted.options.chosen).encode(),
        str(wanted.format.version).encode(),
    )
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    return f'"{digest}"' if coding == IDENTITY else f'"{digest}-{coding}"'
