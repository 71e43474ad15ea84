"""The manifest of an export: which files it has. They are cut at parts, so every gateway names the
same ones.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.gateway.bulk.bulk_request import QUERIES, BulkRequest
from services.gateway.bulk.file_name import IGNORED_FILE, FileName
from services.gateway.bulk.type_filter import type_of_filter
from services.gateway.fhir.resource_types import resource_types
from shared.db.pool import Connection
from shared.encoders.fhir.ids import ORDINAL_OF_JOB

FILE_PATIENTS = 20_000  # a file ends with the part that reaches this


@dataclass(frozen=True, slots=True)
class Stretch:
    """Patients of a job from the first to the last ordinal, of whom so many belong to the
    export.
    """

    job_id: UUID
    first: int
    last: int
    patients: int


async def find_stretches(connection: Connection, request: BulkRequest) -> list[Stretch]:
    """Return the export's patients, a file's worth at a time."""
    rows = await connection.fetch(
        QUERIES["list_parts"],
        request.tenant_id,
        request.job_id,
        request.since,
        request.transaction_time,
    )
    return list(_join((row["job_id"], row["first_ordinal"], row["last_ordinal"]) for row in rows))


def _join(parts: Iterable[tuple[UUID, int, int]]) -> Iterator[Stretch]:
    open_: Stretch | None = None
    for job_id, first, last in parts:
        patients = last - first + 1
        if open_ is not None and open_.job_id == job_id and open_.patients < FILE_PATIENTS:
            open_ = Stretch(job_id, open_.first, last, open_.patients + patients)
            continue
        if open_ is not None:
            yield open_
        open_ = Stretch(job_id, first, last, patients)
    if open_ is not None:
        yield open_


def manifest(request: BulkRequest, stretches: Sequence[Stretch], url: str) -> dict[str, Any]:
    """The document; `url` is the request's, below which its files stand."""
    return {
        "transactionTime": request.transaction_time.isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        ),
        "request": request.url,
        "requiresAccessToken": True,
        "output": [
            _output(each, stretch, request, url)
            for each in request.types
            for stretch in stretches
            if _has_file(each, stretch)
        ],
        "error": [{"type": "OperationOutcome", "url": f"{url}/{IGNORED_FILE}"}]
        if request.ignored
        else [],
    }


def _has_file(resource_type: str, stretch: Stretch) -> bool:
    return resource_types()[resource_type].of_patient or stretch.first == ORDINAL_OF_JOB


def _output(resource_type: str, stretch: Stretch, request: BulkRequest, url: str) -> dict[str, Any]:
    """One file; how many resources it has is known of unfiltered patients."""
    name = FileName(resource_type, stretch.job_id, stretch.first, stretch.last)
    output: dict[str, Any] = {"type": resource_type, "url": f"{url}/{name.to_text()}"}
    counted = resource_type == "Patient" and resource_type not in map(
        type_of_filter, request.type_filters
    )
    return {**output, "count": stretch.patients} if counted else output
