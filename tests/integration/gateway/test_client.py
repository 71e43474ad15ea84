"""The client package against a real gateway, and against servers that misbehave."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from lazaret.client import ApiError, AsyncClient, Client, ExportRange, Unreachable
from services.gateway.identity.keys import NewKey
from shared.db.pool import Database
from tests.integration.gateway.stored_job import PATIENTS, store

PARTS_OF_TEN = pytest.mark.parametrize("settings", [{"part_patients": 10}])
SMALL = {"preset": "teaching-20", "count": PATIENTS, "seed": 7}
NDJSON = ExportRange(format="ndjson", from_ordinal=0, to_ordinal=9)


@PARTS_OF_TEN
async def test_a_jobs_whole_life(url: str, key: NewKey, database: Database) -> None:
    """Submit, read, list, filter, sum, delete: every call gives typed values."""
    async with AsyncClient(url, key.api_key) as client:
        first, again = [await client.submit_job(SMALL, "key-1") for _ in range(2)]
        assert (first.replayed, again.replayed, first.job.id) == (False, True, again.job.id)
        assert not first.job.terminal
        await store(database, {"id": first.job.id})
        job = await client.get_job(first.job.id)
        assert (job.state, job.terminal, job.patients_persisted, job.preset) == (
            "succeeded",
            True,
            PATIENTS,
            "teaching-20",
        )
        assert job.finished_at is not None
        assert [
            each.id for each in (await client.list_jobs(state="succeeded", priority=None)).items
        ] == [job.id]
        page = await client.list_patients(job.id, limit=30)
        rest = await client.list_patients(job.id, limit=30, after=page.next)
        assert [len(page.items), len(rest.items), rest.next] == [30, 10, None]
        assert sum((await client.get_summary(job.id)).category.values()) == PATIENTS
        assert (await client.get_sector(job.id, 0))["patients"] == PATIENTS
        assert (await client.get_validity(job.id))["patients"] == PATIENTS
        await client.delete_job(job.id)
        with pytest.raises(ApiError) as gone:
            await client.get_job(job.id)
    assert gone.value.status == 404


async def test_the_ordinary_client_makes_the_same_calls(url: str, key: NewKey) -> None:
    """Actions and presets through `Client`, from a thread."""

    def run() -> tuple[str, ...]:
        with Client(url, key.api_key) as client:
            job = client.submit_job({"preset": "teaching-20", "count": 5}).job
            states = [
                client.pause_job(job.id).state,
                client.resume_job(job.id).state,
                client.cancel_job(job.id).state,
            ]
            assert {preset.name for preset in client.list_presets()} >= {"teaching-20"}
            assert client.get_preset("teaching-20")["title"] == job.scenario_title
            assert client.list_jobs(limit=1).items[0] == client.get_job(job.id)
            assert client.list_patients(job.id).items == ()
            assert client.get_summary(job.id).patients == 0
            with pytest.raises(ApiError, match="cannot redrive a job that is cancelled"):
                client.redrive_job(job.id)
            client.delete_job(job.id)
            return tuple(states)

    assert await asyncio.to_thread(run) == ("paused", "running", "cancelled")


async def test_wrong_fields_are_carried_by_the_error(url: str, key: NewKey) -> None:
    """An ApiError names the fields, and its text is their text."""
    async with AsyncClient(url, key.api_key) as client:
        with pytest.raises(ApiError, match="count: ") as refused:
            await client.submit_job({"preset": "teaching-20", "count": 0})
    assert (refused.value.status, [each.field for each in refused.value.errors]) == (400, ["count"])


async def test_no_server_is_unreachable(free_port: int) -> None:
    """A refused connection is told with the address."""
    async with AsyncClient(f"http://127.0.0.1:{free_port}", "lzt_a_b") as client:
        with pytest.raises(Unreachable, match=f"127.0.0.1:{free_port}"):
            await client.list_presets()
        with pytest.raises(Unreachable):
            async with client.stream_export("x", NDJSON):
                pass


def lines(request: httpx.Request, change: bytes = b"") -> bytes:
    first, last = int(request.url.params["from_ordinal"]), int(request.url.params["to_ordinal"])
    return b"".join(b"%d%s\n" % (ordinal, change) for ordinal in range(first, last + 1))


class Exporter:
    """A server that exports numbered lines, and whose connection is cut when it is told so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.cut_at: str | None = None
        self.etag = '"one"'

    def __call__(self, request: httpx.Request) -> httpx.Response:
        first = request.url.params["from_ordinal"]
        self.asked.append((first, request.headers.get("If-Match")))
        if request.headers.get("If-Match", self.etag) != self.etag:
            return httpx.Response(
                412,
                json={
                    "title": "The precondition does not hold",
                    "status": 412,
                    "detail": "changed",
                },
            )
        if first == self.cut_at:
            return httpx.Response(
                200, headers={"ETag": self.etag}, stream=CutStream(lines(request)[:5])
            )
        return httpx.Response(200, headers={"ETag": self.etag}, content=lines(request))


class CutStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Some bytes, then the end of the connection."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def __iter__(self) -> Any:
        yield self._sent
        raise httpx.RemoteProtocolError("peer closed connection")

    async def __aiter__(self) -> Any:
        for chunk in self:
            yield chunk


WHOLE = ExportRange(format="ndjson", from_ordinal=0, to_ordinal=24)
EVERYTHING = b"".join(b"%d\n" % ordinal for ordinal in range(25))


def test_a_cut_download_goes_on_after_its_last_complete_range(tmp_path: Path) -> None:
    """The second call asks for what is missing, with If-Match, and the file is what one call would
    have written.
    """
    exporter, path, progress = Exporter(), tmp_path / "patients.ndjson", list[int]()
    exporter.cut_at = "10"
    with Client("http://server", "key", transport=httpx.MockTransport(exporter)) as client:
        with pytest.raises(Unreachable, match="cut"):
            client.download("job", WHOLE, path, range_patients=10, on_progress=progress.append)
        assert not path.exists()
        exporter.cut_at = None
        client.download("job", WHOLE, path, range_patients=10, on_progress=progress.append)
    assert path.read_bytes() == EVERYTHING
    assert exporter.asked == [("0", None), ("10", '"one"'), ("10", '"one"'), ("20", '"one"')]
    assert progress == [10, 20, 25]
    assert [each.name for each in tmp_path.iterdir()] == ["patients.ndjson"]


async def test_downloads_without_blocking_too(tmp_path: Path) -> None:
    """The asyncio client writes the same file, after the same cut."""
    exporter, path = Exporter(), tmp_path / "patients.ndjson"
    exporter.cut_at = "20"
    async with AsyncClient(
        "http://server", "key", transport=httpx.MockTransport(exporter)
    ) as client:
        with pytest.raises(Unreachable):
            await client.download("job", WHOLE, path, range_patients=10)
        exporter.cut_at = None
        await client.download("job", WHOLE, path, range_patients=10)
    assert path.read_bytes() == EVERYTHING


def test_a_changed_export_is_not_mixed_with_the_old_one(tmp_path: Path) -> None:
    """When the server's data is no longer the same, the download ends with 412."""
    exporter, path = Exporter(), tmp_path / "patients.ndjson"
    exporter.cut_at = "10"
    with Client("http://server", "key", transport=httpx.MockTransport(exporter)) as client:
        with pytest.raises(Unreachable):
            client.download("job", WHOLE, path, range_patients=10)
        exporter.etag = '"two"'
        with pytest.raises(ApiError) as refused:
            client.download("job", WHOLE, path, range_patients=10)
    assert refused.value.status == 412


def test_a_file_of_another_download_is_left_alone(tmp_path: Path) -> None:
    """An unfinished file of another job is named, not overwritten."""
    exporter, path = Exporter(), tmp_path / "patients.ndjson"
    exporter.cut_at = "10"
    with Client("http://server", "key", transport=httpx.MockTransport(exporter)) as client:
        with pytest.raises(Unreachable):
            client.download("job", WHOLE, path, range_patients=10)
        with pytest.raises(ValueError, match="belongs to another download"):
            client.download("other", WHOLE, path, range_patients=10)


def test_an_answer_that_is_no_problem_document_is_still_an_error() -> None:
    """A proxy's own 502 page becomes an ApiError with its status and Retry-After."""
    page = httpx.MockTransport(
        lambda _request: httpx.Response(502, text="<html>", headers={"Retry-After": "3"})
    )
    with (
        Client("http://server", "key", transport=page) as client,
        pytest.raises(ApiError, match="HTTP 502") as failed,
    ):
        client.list_presets()
    assert (failed.value.status, failed.value.retry_after_s) == (502, 3.0)
