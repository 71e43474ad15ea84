"""Every call as a value: how it is asked and how its answer is read. The two clients only send
them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from lazaret.client.documents import ExportHead, ExportRange, Job, Page, Preset, Submitted, Summary
from lazaret.client.errors import ApiError

Answer = TypeVar("Answer")
Parameters = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request and the reader of its answer."""

    method: str
    path: str
    read: Callable[[httpx.Response], Answer]
    parameters: Parameters = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None


def submit_job(document: Mapping[str, Any], idempotency_key: str | None) -> Call[Submitted]:
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    return Call("POST", "/api/v1/jobs", _read_submitted, headers=headers, document=document)


def get_job(job_id: str) -> Call[Job]:
    return Call("GET", _job(job_id), _read_job)


def list_jobs(filters: Parameters) -> Call[Page[Job]]:
    return Call("GET", "/api/v1/jobs", _read_jobs, filters)


def act_on_job(job_id: str, action: str) -> Call[Job]:
    return Call("POST", f"{_job(job_id)}/{action}", _read_job)


def delete_job(job_id: str) -> Call[None]:
    return Call("DELETE", _job(job_id), _read_nothing)


def get_summary(job_id: str) -> Call[Summary]:
    return Call("GET", f"{_job(job_id)}/summary", _read_summary)


def list_patients(job_id: str, filters: Parameters) -> Call[Page[dict[str, Any]]]:
    return Call("GET", f"{_job(job_id)}/patients", _read_patients, filters)


def get_patient(job_id: str, ordinal: int) -> Call[dict[str, Any]]:
    return Call("GET", f"{_job(job_id)}/patients/{ordinal}", _read_document)


def get_sector(job_id: str, sector: int) -> Call[dict[str, Any]]:
    return Call("GET", f"{_job(job_id)}/sectors/{sector}", _read_document)


def get_validity(job_id: str) -> Call[dict[str, Any]]:
    return Call("GET", f"{_job(job_id)}/validity", _read_document)


def make_sign_in_link() -> Call[str]:
    return Call("POST", "/api/v1/sign-in-links", _read_link)


def list_presets() -> Call[tuple[Preset, ...]]:
    return Call("GET", "/api/v1/presets", _read_presets)


def get_preset(name: str) -> Call[dict[str, Any]]:
    return Call("GET", f"/api/v1/presets/{quote(name, safe='')}", _read_document)


def export(job_id: str, wanted: ExportRange) -> Call[ExportHead]:
    parameters = given(
        format=wanted.format,
        table=wanted.table,
        from_ordinal=wanted.from_ordinal,
        to_ordinal=wanted.to_ordinal,
        **wanted.options,
    )
    headers = {} if wanted.etag is None else {"If-Match": wanted.etag}
    return Call("GET", f"{_job(job_id)}/export", _read_export_head, parameters, headers)


def given(**values: str | int | None) -> dict[str, str | int]:
    """Those parameters that were given a value."""
    return {name: value for name, value in values.items() if value is not None}


def error_of(response: httpx.Response) -> ApiError:
    """What a response with a status of 400 and above says; its body must have been read."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    error = ApiError.from_problem(
        response.status_code, problem if isinstance(problem, dict) else {}
    )
    if (seconds := response.headers.get("Retry-After", "")).isdigit():
        error.retry_after_s = float(seconds)
    return error


def _job(job_id: str) -> str:
    return f"/api/v1/jobs/{quote(job_id, safe='')}"


def _read_document(response: httpx.Response) -> dict[str, Any]:
    document: dict[str, Any] = response.json()
    return document


def _read_nothing(_response: httpx.Response) -> None:
    return None


def _read_job(response: httpx.Response) -> Job:
    return Job.from_document(response.json())


def _read_submitted(response: httpx.Response) -> Submitted:
    return Submitted(_read_job(response), response.headers.get("Idempotent-Replayed") == "true")


def _read_jobs(response: httpx.Response) -> Page[Job]:
    page = response.json()
    return Page(tuple(map(Job.from_document, page["items"])), page["next"])


def _read_patients(response: httpx.Response) -> Page[dict[str, Any]]:
    page = response.json()
    return Page(tuple(page["items"]), page["next"])


def _read_presets(response: httpx.Response) -> tuple[Preset, ...]:
    return tuple(
        Preset(each["name"], each["title"], each["description"])
        for each in response.json()["items"]
    )


def _read_link(response: httpx.Response) -> str:
    return str(response.json()["path"])


def _read_summary(response: httpx.Response) -> Summary:
    document = response.json()
    return Summary(
        document["patients"], document["category"], document["triage_first"], document["outcome"]
    )


def _read_export_head(response: httpx.Response) -> ExportHead:
    patients = response.headers.get("X-Lazaret-Patients", "")
    return ExportHead(
        response.headers.get("ETag"),
        response.headers.get("Content-Type", ""),
        int(patients) if patients.isdigit() else None,
    )
