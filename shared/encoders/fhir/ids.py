"""Resource ids read back: an id alone says in which job, and with which patient, its resource is
found.

`{job_id}-{ordinal}` is a Patient, `{job_id}-{ordinal}-{kind}{index}` a resource about a patient,
`{job_id}` and `{job_id}-{kind}{index}` one of the whole job. Render the type for that one patient
with `ndjson.encode`; the line with the id is the resource.
"""

import re
from dataclasses import dataclass
from uuid import UUID

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NUMBER = r"0|[1-9][0-9]{0,11}"
_KIND = r"[a-z]+[0-9]?(?:-[a-z]+)*(?:0|[1-9][0-9]{0,5})?"
_ID = re.compile(rf"(?P<job>{_UUID})(?:-(?P<ordinal>{_NUMBER}))?(?:-{_KIND})?", re.ASCII)

ORDINAL_OF_JOB = 0  # what belongs to the whole job is encoded with this patient


@dataclass(frozen=True, slots=True)
class ResourceId:
    """Where a resource is found: in the job, with the patient of that ordinal."""

    job_id: UUID
    ordinal: int


def parse_resource_id(text: str) -> ResourceId | None:
    """What a resource's id says; None for text that no resource here has as its id."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    return ResourceId(UUID(found["job"]), int(found["ordinal"] or ORDINAL_OF_JOB))
