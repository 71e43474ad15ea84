"""`lazaret mllp` as a person types it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from hl7apy.core import Message
from hl7apy.mllp import AbstractHandler, MLLPServer
from hl7apy.parser import parse_segment

from deploy.local.stack_folder import LAZARET
from lazaret.cli import main
from lazaret.cli import mllp as mllp_module
from lazaret.mllp import fetch
from services.gateway.identity.keys import NewKey
from shared.db.pool import Database
from shared.encoders.hl7v2.trigger import Trigger, message_type
from tests.integration.gateway.stored_job import store, submit
from tests.unit.mllp.receiver import MllpReceiver, Reaction, accept, answered

pytestmark = pytest.mark.parametrize("settings", [{"part_patients": 10}])
Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(url: str, key: NewKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command with the gateway's address and a key in the environment, in an empty folder;
    fetches in several ranges.
    """
    monkeypatch.setenv("LAZARET_URL", url)
    monkeypatch.setenv("LAZARET_API_KEY", key.api_key)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fetch, "RANGE_PATIENTS", 4)

    async def mllp(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, ("mllp", *arguments))

    return mllp


@pytest.fixture
async def job_id(http: httpx.AsyncClient, database: Database) -> str:
    """A job that was cancelled when 10 of its 40 patients had been stored: some hundred
    messages.
    """
    job = await submit(http)
    await store(database, job, parts=1)
    await http.post(f"/api/v1/jobs/{job['id']}/cancel")
    return str(job["id"])


async def exported(http: httpx.AsyncClient, job_id: str) -> list[str]:
    """The job's messages, as the export has them."""
    response = await http.get(f"/api/v1/jobs/{job_id}/export", params={"format": "hl7v2"})
    assert response.headers["Content-Type"] == "application/hl7-v2; charset=utf-8"
    return [
        f"MSH|{rest}" for rest in response.text.removeprefix("MSH|").rstrip("\r").split("\rMSH|")
    ]


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_every_message_of_the_export_arrives_in_time(
    run: Run, http: httpx.AsyncClient, job_id: str, tmp_path: Path
) -> None:
    """What the receiver has got is the export, sorted by time; the command says how many, and
    leaves no file.
    """
    async with MllpReceiver().listening() as receiver:
        result = await run(job_id, "--to", f"127.0.0.1:{receiver.port}")
    assert result.exit_code == 0, result.output
    assert f"{len(receiver.received):,} messages sent to 127.0.0.1:{receiver.port}" in result.stdout
    assert sorted(message.rstrip("\r") for message in receiver.received) == sorted(
        await exported(http, job_id)
    )
    times = [message.split("|")[6] for message in receiver.received]
    assert times == sorted(times)
    assert files(tmp_path) == []


async def test_stops_when_rejected_and_goes_on_there(
    run: Run, http: httpx.AsyncClient, job_id: str
) -> None:
    """The first run ends with code 3 and the receiver's reason; the second begins with the rejected
    message.
    """
    refusal = [
        accept,
        accept,
        lambda _receiver, control_id: answered("AR", control_id, "not today"),
    ]
    async with MllpReceiver(refusal).listening() as receiver:
        address = f"127.0.0.1:{receiver.port}"
        stopped = await run(job_id, "--to", address)
        assert (
            stopped.exit_code,
            "not today" in stopped.stderr,
            "Traceback" in stopped.output,
        ) == (3, True, False)
        assert (await run(job_id, "--to", address)).exit_code == 0
        assert receiver.control_ids[2] == receiver.control_ids[3]
        assert len(receiver.received) == len(await exported(http, job_id)) + 1


async def test_a_killed_feed_goes_on_where_it_was(
    run: Run, http: httpx.AsyncClient, job_id: str
) -> None:
    """After SIGKILL the same command begins with the one message that was sent and not answered."""
    third_is_there = asyncio.Event()

    def be_silent(_receiver: MllpReceiver, _control_id: str) -> bytes:
        third_is_there.set()
        return b""

    async with MllpReceiver([accept, accept, be_silent]).listening() as receiver:
        address = f"127.0.0.1:{receiver.port}"
        killed = await asyncio.create_subprocess_exec(
            LAZARET, "mllp", job_id, "--to", address, stderr=asyncio.subprocess.DEVNULL
        )
        await third_is_there.wait()
        killed.kill()
        await killed.wait()
        assert (await run(job_id, "--to", address)).exit_code == 0
    assert receiver.control_ids[2] == receiver.control_ids[3]
    assert len(receiver.received) == len(await exported(http, job_id)) + 1


async def test_counts_rejections_and_goes_on(
    run: Run, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to go on, the command reports some rejections and counts them all."""
    monkeypatch.setattr(mllp_module, "REJECTIONS_SHOWN_MAX", 2)
    refusals = [lambda _receiver, control_id: answered("AE", control_id, "no bed")] * 5
    async with MllpReceiver(refusals).listening() as receiver:
        result = await run(job_id, "--to", f"127.0.0.1:{receiver.port}", "--on-reject", "go-on")
    assert result.exit_code == 3
    assert "5 rejected" in result.stdout
    assert "rejected 5 messages" in result.stderr
    assert result.stderr.count("no bed") == 2


async def test_a_receiver_may_come_back_on_another_port(
    run: Run, http: httpx.AsyncClient, job_id: str
) -> None:
    """The feed goes on with the rest; what was answered is not sent again."""
    reactions: list[Reaction] = [accept, accept, lambda _receiver, given: answered("AE", given)]
    async with MllpReceiver(reactions).listening() as first:
        await run(job_id, "--to", f"127.0.0.1:{first.port}")
        async with MllpReceiver().listening() as second:
            result = await run(job_id, "--to", f"127.0.0.1:{second.port}")
    assert result.exit_code == 0, result.output
    assert len(second.received) == len(await exported(http, job_id)) - 2


async def test_receipts_can_be_asked_for(run: Run, job_id: str) -> None:
    """`--acknowledgements accept` asks for CA and takes it for the answer."""
    receipts: list[Reaction] = [lambda _receiver, control_id: answered("CA", control_id)] * 1_000
    async with MllpReceiver(receipts).listening() as receiver:
        address = f"127.0.0.1:{receiver.port}"
        result = await run(job_id, "--to", address, "--acknowledgements", "accept")
    assert result.exit_code == 0, result.output
    assert {tuple(message.split("|")[14:16]) for message in receiver.received} == {("AL", "NE")}


class AcceptHandler(AbstractHandler):
    """Acknowledges in hl7apy's way."""

    taken: list[str]

    def __init__(self, message: str, taken: list[str]) -> None:
        super().__init__(message)
        self.taken = taken

    def reply(self) -> str:
        header = parse_segment(self.incoming_message.split("\r")[0], version="2.5.1")
        acknowledgement = Message("ACK", version="2.5.1")
        acknowledgement.msa.msa_1 = "AA"
        acknowledgement.msa.msa_2 = header.msh_10.value
        self.taken.append(header.msh_10.value)
        return str(acknowledgement.to_mllp())


@pytest.fixture
def engine() -> Iterator[tuple[int, list[str]]]:
    """Port of hl7apy's own receiver, and the control ids of what it has taken; it closes the
    connection after every answer.
    """
    taken: list[str] = []
    handlers: dict[str, Any] = {
        message_type(trigger): (AcceptHandler, taken) for trigger in Trigger
    }
    with MLLPServer("127.0.0.1", 0, handlers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1], taken
        server.shutdown()
        thread.join()


async def test_a_receiver_of_others_takes_everything(
    run: Run, http: httpx.AsyncClient, job_id: str, engine: tuple[int, list[str]]
) -> None:
    """hl7apy's MLLP server gets every message once."""
    port, taken = engine
    result = await run(job_id, "--to", f"127.0.0.1:{port}")
    assert result.exit_code == 0, result.output
    assert sorted(taken) == sorted(
        message.split("|")[9] for message in await exported(http, job_id)
    )


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        (("--to", "here"), 2, "--to"),
        (("--to", "127.0.0.1:70000"), 2, "--to"),
        (("--to", "127.0.0.1:1", "--speed", "2", "--rate", "2"), 2, "--speed"),
        (("--to", "127.0.0.1:1", "--speed", "0"), 2, "--speed"),
        (("--to", "127.0.0.1:1", "--ca", "words.txt"), 2, "--ca"),
        (("--to", "127.0.0.1:1", "--position", "words.txt"), 2, "--position"),
        (("--to", "127.0.0.1:1", "--position", "no/such/folder"), 4, "cannot write"),
        (("--to", "127.0.0.1:1", "--attempts", "1"), 4, "127.0.0.1:1"),
    ],
)
async def test_names_what_is_wrong(
    run: Run, job_id: str, tmp_path: Path, options: tuple[str, ...], code: int, named: str
) -> None:
    """One line and the exit code of its kind; nothing is sent."""
    (tmp_path / "words.txt").write_text("some words")
    result = await run(job_id, *options)
    assert (result.exit_code, named in result.stderr, "Traceback" in result.output) == (
        code,
        True,
        False,
    ), result.stderr
