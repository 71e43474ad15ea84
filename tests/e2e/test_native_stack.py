import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

import psutil
import pytest

from deploy.local.deadline import Deadline
from deploy.local.local_env import read_local_env
from deploy.local.local_services import read_stack_settings
from deploy.local.native_stack import NativeStack
from deploy.local.process_record import running_pid
from deploy.local.readiness import status_of
from deploy.local.stack_folder import CHECKOUT, LAZARET, StackFolder
from deploy.services import NAMES

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> StackFolder:
    """Below a folder that only its owner may enter: under root the servers' data has to live
    elsewhere.
    """
    return StackFolder(tmp_path_factory.mktemp("checkout") / ".lazaret")


@pytest.fixture(scope="module")
def stack(folder: StackFolder) -> Iterator[NativeStack]:
    """The native stack of a checkout of its own."""
    stack = NativeStack(folder)
    yield stack
    stack.clean()
    folder.delete()


def test_up_gives_an_address_and_a_key_that_only_their_owner_reads(
    stack: NativeStack, folder: StackFolder
) -> None:
    """The command line runs a job with nothing but local.env, and a second `up` changes nothing."""
    variables = stack.up()
    assert folder.local_env.stat().st_mode & 0o777 == 0o600
    assert "succeeded" in _lazaret(
        folder, "job", "submit", "--scenario", "teaching-20", "--count", "20", "--wait", "--json"
    )
    supervisor = running_pid(folder.pid_file("supervisor"))
    assert stack.up() == variables
    assert running_pid(folder.pid_file("supervisor")) == supervisor


@pytest.mark.parametrize("service", NAMES)
def test_a_killed_service_is_started_again(
    stack: NativeStack, folder: StackFolder, service: str
) -> None:
    """A SIGKILL costs a pause; the new process becomes ready by itself."""
    stack.up()
    killed = _kill(folder, service)
    _wait_until_replaced(folder, service, killed)
    _wait_until_ready(folder, service)


def test_up_waits_for_a_service_that_was_killed(stack: NativeStack, folder: StackFolder) -> None:
    """It returns when all services are ready, not when they once were."""
    stack.up()
    _kill(folder, "gateway")
    stack.up()
    assert _ready(folder, "gateway")


def test_a_killed_supervisor_confuses_nothing(stack: NativeStack, folder: StackFolder) -> None:
    """Its orphans are replaced by the next `up`; key and jobs are still there."""
    variables = stack.up()
    _lazaret(folder, "job", "submit", "--scenario", "teaching-20", "--count", "20", "--wait")
    orphans = _pids(folder)
    _kill(folder, "supervisor")
    assert not stack.running()
    assert stack.up() == variables
    assert not any(map(_runs, orphans))
    assert "succeeded" in _lazaret(folder, "job", "list", "--json")


def test_stop_leaves_no_process(stack: NativeStack, folder: StackFolder) -> None:
    """Services, servers and the Erlang port mapper are gone; another stop finds nothing to do."""
    stack.up()
    pids = _pids(folder)
    stack.stop()
    assert not any(map(_runs, pids))
    assert not stack.running()
    stack.stop()


def test_stop_after_a_killed_supervisor_leaves_no_process(
    stack: NativeStack, folder: StackFolder
) -> None:
    """Orphans are found by their records."""
    stack.up()
    pids = _pids(folder)
    _kill(folder, "supervisor")
    stack.stop()
    assert not any(map(_runs, pids))


def test_run_shows_the_sample_and_stops_everything_at_ctrl_c(
    stack: NativeStack, folder: StackFolder
) -> None:
    """The summary, the address and the key are printed; an interrupt drains and stops what the run
    started.
    """
    stack.stop()
    command = [
        sys.executable,
        "-m",
        "deploy.local",
        "--folder",
        str(folder.root),
        "run",
        "--stack",
        "native",
    ]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        shown = "".join(_lines_until(process.stdout, "until Ctrl-C"))
        pids = _pids(folder)
        process.send_signal(signal.SIGINT)
        end = process.stdout.read()
    assert process.returncode == 0
    assert "10,000 of 10,000 patients" in shown
    assert all(value in shown for value in read_local_env(folder.local_env).values())
    assert end.endswith("Stopped.\n")
    assert not any(map(_runs, pids))


def _lines_until(lines: IO[str], last: str) -> Iterator[str]:
    for line in lines:
        yield line
        if last in line:
            return


def _pids(folder: StackFolder) -> list[int]:
    records = [*(folder.root / "run").glob("*.pid"), *folder.servers.glob("*.pid")]
    pids = [pid for record in records if (pid := running_pid(record))]
    assert len(pids) == len(NAMES) + 4, (
        "supervisor, PostgreSQL, RabbitMQ and epmd run beside the services"
    )
    return pids


def _runs(pid: int) -> bool:
    """A killed child of this test that nobody collected yet has ended too."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _kill(folder: StackFolder, name: str) -> int:
    pid = running_pid(folder.pid_file(name))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = Deadline(10)
    while running_pid(folder.pid_file(name)) == pid and not deadline.passed():
        deadline.pause()
    return pid


def _wait_until_replaced(folder: StackFolder, service: str, killed: int) -> None:
    deadline = Deadline(60)
    while running_pid(folder.pid_file(service)) in {None, killed}:
        assert not deadline.passed(), f"{service} was not started again"
        deadline.pause()


def _wait_until_ready(folder: StackFolder, service: str) -> None:
    deadline = Deadline(60)
    while not _ready(folder, service):
        assert not deadline.passed(), f"{service} did not become ready"
        deadline.pause()


def _ready(folder: StackFolder, service: str) -> bool:
    return (
        status_of(read_stack_settings(folder.settings).port(service), "/health/ready")
        == http.client.OK
    )


def _lazaret(folder: StackFolder, *arguments: str) -> str:
    done = subprocess.run(
        [str(LAZARET), *arguments],
        cwd=folder.root.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
