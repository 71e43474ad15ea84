"""The client for ordinary code."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from lazaret.client import calls
from lazaret.client.calls import Call
from lazaret.client.documents import ExportHead, ExportRange, Job, Page, Preset, Submitted, Summary
from lazaret.client.download import RANGE_PATIENTS, Download
from lazaret.client.errors import Unreachable

Answer = TypeVar("Answer")
TIMEOUT_S = 30.0


class ExportStream:
    """An export being read."""

    def __init__(self, response: httpx.Response, head: ExportHead) -> None:
        self.head = head
        self._response = response

    def chunks(self) -> Iterator[bytes]:
        """The decoded bytes. Raises Unreachable when the connection is cut before the end."""
        try:
            yield from self._response.iter_bytes()
        except httpx.TransportError as error:
            raise Unreachable(
                f"the export was cut: {str(error) or type(error).__name__}"
            ) from error


class Client:
    """Calls a Lazaret server; every method raises ApiError or Unreachable.

    `url` is the server's root, `api_key` the key that `lazaret keys create` printed.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=timeout_s, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: object, _value: object, _traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit_job(
        self, document: Mapping[str, Any], idempotency_key: str | None = None
    ) -> Submitted:
        """Submit `{scenario | preset, count, seed?, priority?}`. With a key, sending it again
        cannot make a second job.
        """
        return self._send(calls.submit_job(document, idempotency_key))

    def get_job(self, job_id: str) -> Job:
        return self._send(calls.get_job(job_id))

    def list_jobs(self, **filters: str | int | None) -> Page[Job]:
        """One page, newest first. Filters: state, priority, created_from, created_to, limit, after
        (a page's `next`).
        """
        return self._send(calls.list_jobs(calls.given(**filters)))

    def cancel_job(self, job_id: str) -> Job:
        return self._send(calls.act_on_job(job_id, "cancel"))

    def pause_job(self, job_id: str) -> Job:
        return self._send(calls.act_on_job(job_id, "pause"))

    def resume_job(self, job_id: str) -> Job:
        return self._send(calls.act_on_job(job_id, "resume"))

    def redrive_job(self, job_id: str) -> Job:
        """Run a failed job's dead batches again."""
        return self._send(calls.act_on_job(job_id, "redrive"))

    def delete_job(self, job_id: str) -> None:
        """Purge a job that has ended, with all its patients."""
        self._send(calls.delete_job(job_id))

    def get_summary(self, job_id: str) -> Summary:
        return self._send(calls.get_summary(job_id))

    def list_patients(self, job_id: str, **filters: str | int | None) -> Page[dict[str, Any]]:
        """One page in ordinal order. Filters are the columns of a row, by word:
        category="battle_injury", triage_first="T1".
        """
        return self._send(calls.list_patients(job_id, calls.given(**filters)))

    def get_patient(self, job_id: str, ordinal: int) -> dict[str, Any]:
        return self._send(calls.get_patient(job_id, ordinal))

    def get_sector(self, job_id: str, sector: int) -> dict[str, Any]:
        return self._send(calls.get_sector(job_id, sector))

    def get_validity(self, job_id: str) -> dict[str, Any]:
        return self._send(calls.get_validity(job_id))

    def make_sign_in_link(self) -> str:
        """Make a path that signs its first user in to the console."""
        return self._send(calls.make_sign_in_link())

    def list_presets(self) -> tuple[Preset, ...]:
        return self._send(calls.list_presets())

    def get_preset(self, name: str) -> dict[str, Any]:
        return self._send(calls.get_preset(name))

    @contextmanager
    def stream_export(self, job_id: str, wanted: ExportRange) -> Iterator[ExportStream]:
        """Open an export; its bytes are read with `chunks()` in constant memory."""
        call = calls.export(job_id, wanted)
        try:
            with self._http.stream(
                call.method, call.path, params=call.parameters, headers=call.headers
            ) as response:
                if response.is_error:
                    response.read()
                    raise calls.error_of(response)
                yield ExportStream(response, call.read(response))
        except httpx.TransportError as error:
            raise unreachable(error) from error

    def download(
        self,
        job_id: str,
        wanted: ExportRange,
        path: Path,
        *,
        range_patients: int = RANGE_PATIENTS,
        on_progress: Callable[[int], object] = lambda _next_ordinal: None,
    ) -> None:
        """Write an export to `path`. After an error, the same call goes on behind the last complete
        range.

        `on_progress` is told the ordinal before which everything is complete.
        """
        with Download(path, job_id, wanted, range_patients) as download:
            for part in download.ranges():
                with self.stream_export(job_id, part) as stream:
                    for chunk in stream.chunks():
                        download.write(chunk)
                download.end_range(part, stream.head)
                on_progress(download.next_ordinal)

    def _send(self, call: Call[Answer]) -> Answer:
        try:
            response = self._http.request(
                call.method,
                call.path,
                params=call.parameters,
                headers=call.headers,
                json=call.document,
            )
        except httpx.TransportError as error:
            raise unreachable(error) from error
        if response.is_error:
            raise calls.error_of(response)
        return call.read(response)


def unreachable(error: httpx.TransportError) -> Unreachable:
    """Say which server did not answer."""
    where = f"{error.request.url.scheme}://{error.request.url.netloc.decode('ascii')}"
    return Unreachable(f"{where} does not answer: {str(error) or type(error).__name__}")
