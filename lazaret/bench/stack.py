"""The real services on servers of their own, for as long as a benchmark runs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.native_stack import NativeStack
from deploy.local.problem import Problem
from deploy.local.servers import Servers, running_servers
from deploy.local.stack_folder import StackFolder
from lazaret.bench.memory import PeakMemory
from lazaret.bench.processor_time import ProcessorTime
from lazaret.client import Client, Job

JOB_WITHIN_S = 3600.0


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job that succeeded. Both times begin with its acceptance, and are the database's own."""

    job_id: str
    patients: int
    durable_s: float
    first_readable_s: float


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: a client of its gateway and what that was made of, its servers' addresses,
    what its processes use.
    """

    client: Client
    url: str
    api_key: str
    database_url: str
    broker_url: str
    memory: PeakMemory
    processor_time: ProcessorTime

    def run_job(self, preset: str, patients: int, seed: int) -> JobRun:
        """Submit a job and return when it has succeeded; memory is looked at meanwhile.

        Raises:
            Problem: the job ended otherwise, or not in time.
        """
        job = self.client.submit_job({"preset": preset, "count": patients, "seed": seed}).job
        deadline = Deadline(JOB_WITHIN_S)
        while not job.terminal:
            if deadline.passed():
                raise Problem(
                    f"job {job.id} did not end within {JOB_WITHIN_S:g} s; it stands at "
                    f"{job.patients_persisted} patients"
                )
            deadline.pause()
            self.memory.look()
            job = self.client.get_job(job.id)
        return _run_of(job)


def _run_of(job: Job) -> JobRun:
    if job.state != "succeeded" or job.finished_at is None or job.first_readable_at is None:
        raise Problem(f"job {job.id} ended as {job.state}: {job.error}")
    durable, readable = job.finished_at - job.created_at, job.first_readable_at - job.created_at
    return JobRun(job.id, job.patients_persisted, durable.total_seconds(), readable.total_seconds())


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Start a stack in a folder of its own; stop it in the end, and delete it unless it had a
    Problem: its logs say which.
    """
    folder = StackFolder(Path(tempfile.mkdtemp(prefix="lazaret-bench-")))
    native = NativeStack(folder)
    failed = False
    try:
        variables = native.up()
        servers = _servers(folder)
        url, api_key = variables["LAZARET_URL"], variables["LAZARET_API_KEY"]
        addresses = servers.postgres.url(), servers.rabbitmq.url()
        with Client(url, api_key) as client:
            yield Stack(
                client,
                url,
                api_key,
                *addresses,
                PeakMemory(folder),
                ProcessorTime(folder, servers),
            )
    except Problem:
        failed = True
        raise
    finally:
        native.stop()
        if not failed:
            folder.delete()


def _servers(folder: StackFolder) -> Servers:
    servers = running_servers(folder.servers)
    if servers is None:
        raise Problem(f"the servers did not stay up; their logs are in {folder.servers}")
    return servers
