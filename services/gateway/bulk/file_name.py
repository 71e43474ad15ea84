"""Names of an export's files: all that is needed to render one."""

import re
from typing import NamedTuple
from uuid import UUID

from services.gateway.http.parse import read_uuid

IGNORED_FILE = "ignored.ndjson"

_NAME = re.compile(
    r"(?P<type>[A-Za-z]{1,40})\.(?P<job>[0-9a-f-]{36})\.(?P<first>\d{1,15})-(?P<last>\d{1,15})\.ndjson",
    re.ASCII,
)


class FileName(NamedTuple):
    """The resources of a type of a job's patients from the first to the last ordinal."""

    resource_type: str
    job_id: UUID
    first: int
    last: int

    def to_text(self) -> str:
        return f"{self.resource_type}.{self.job_id}.{self.first}-{self.last}.ndjson"


def read_file_name(text: str) -> FileName | None:
    """Read it back; None for what is no such name, such as one that ends before it begins."""
    found = _NAME.fullmatch(text)
    job_id = read_uuid(found["job"]) if found else None
    if not found or job_id is None:
        return None
    name = FileName(found["type"], job_id, int(found["first"]), int(found["last"]))
    return name if name.first <= name.last else None
