"""Entity tags of exports and the conditions that clients set on them (RFC 9110, section 13).

The tag does not depend on the range: each range is a resource of its own, and the tag of one range serves as the condition for
the next, so that a download that was cut goes on only in the same data.
"""

import hashlib
import re

from services.gateway.errors import PreconditionFailed
from services.gateway.exports.wanted import Wanted
from shared.jobs.read import Job

IDENTITY = "identity"
_TAG = re.compile(r'(W/)?("[^"]*")')


def entity_tag(job: Job, wanted: Wanted, coding: str) -> str:
    """A strong tag: the same bytes for the same range, as long as this encoder and content-coding send them."""
    state = job.digest or f"{job.state} {job.patients_persisted} {job.finished_at}".encode()
    parts = (
        job.job_id.bytes,
        state,
        wanted.name.encode(),
        wanted.table.encode(),
        wanted.profile.encode(),
        str(wanted.format.version).encode(),
    )
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    return f'"{digest}"' if coding == IDENTITY else f'"{digest}-{coding}"'


def check_if_match(header: str | None, tag: str) -> None:
    """Raise PreconditionFailed unless the header is absent, a star, or names the tag; weak tags never match."""
    if header is None or header.strip() == "*":
        return
    if tag not in {value for weak, value in _TAG.findall(header) if not weak}:
        raise PreconditionFailed(f"the export is now {tag}: its data, its encoder or its content-coding is another")


def is_unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the client has this already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in {value for _weak, value in _TAG.findall(if_none_match)}
