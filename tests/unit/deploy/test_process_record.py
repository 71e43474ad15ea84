import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.launch import launch
from deploy.local.process_record import running_pid, stop

DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', "
    "flush=True); time.sleep(600)"
)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A launched process that ignores SIGTERM, by its record and its pid."""
    pid_file, log = tmp_path / "it.pid", tmp_path / "log"
    pid = launch([sys.executable, "-c", DEAF], pid_file, log, tmp_path, os.environ, {})
    deadline = time.monotonic() + 30
    while "deaf" not in log.read_text() and time.monotonic() < deadline:
        os.sched_yield()
    yield pid_file, pid
    stop(pid_file, signal.SIGKILL, 10)


def test_a_recorded_process_is_found_and_killed_when_it_does_not_listen(
    process: tuple[Path, int],
) -> None:
    """The first signal is given its time, then the process is killed and its record removed."""
    pid_file, pid = process
    assert running_pid(pid_file) == pid
    assert stop(pid_file, signal.SIGTERM, patience_s=0.2)
    assert not Path(f"/proc/{pid}").exists()
    assert not pid_file.exists()
    assert not stop(pid_file, signal.SIGTERM, patience_s=0.2)


@pytest.mark.parametrize(
    "lie", [{"start_ticks": 1}, {"boot_id": "another boot"}, {"pid": 2**22 + 1}]
)
def test_a_pid_that_is_somebody_elses_now_is_left_alone(
    process: tuple[Path, int], lie: dict[str, object]
) -> None:
    """After a reboot or a reused pid the record matches nobody, and stopping it harms nobody."""
    pid_file, pid = process
    true = pid_file.read_text()
    pid_file.write_text(json.dumps({**json.loads(true), **lie}))
    assert running_pid(pid_file) is None
    assert not stop(pid_file, signal.SIGKILL, patience_s=0.2)
    assert Path(f"/proc/{pid}").exists()
    pid_file.write_text(true)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_broken_record_counts_as_none(tmp_path: Path, content: str) -> None:
    """A half-written record from a full disk does not stop the next start."""
    pid_file = tmp_path / "it.pid"
    pid_file.write_text(content)
    assert running_pid(pid_file) is None


def test_a_dead_child_counts_as_ended(tmp_path: Path) -> None:
    """A process that ended but was not collected yet no longer runs."""
    pid_file = tmp_path / "it.pid"
    pid = launch(["true"], pid_file, tmp_path / "log", tmp_path, os.environ, {})
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert running_pid(pid_file) is None
    os.waitpid(pid, 0)


def test_it_runs_in_a_session_of_its_own(process: tuple[Path, int]) -> None:
    """A terminal's Ctrl-C reaches the command, not what it started."""
    assert os.getsid(process[1]) == process[1] != os.getsid(0)


def test_the_record_survives_the_command_that_wrote_it(tmp_path: Path) -> None:
    """Another process finds and stops what an ended one started."""
    pid_file = tmp_path / "it.pid"
    script = (
        "import os, sys; from pathlib import Path; from deploy.local.launch import launch;"
        f"launch(['sleep', '600'], Path({str(pid_file)!r}), "
        f"Path({str(tmp_path / 'log')!r}), Path('/'), os.environ, {{}})"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert running_pid(pid_file) is not None
    assert stop(pid_file, signal.SIGTERM, patience_s=10)
