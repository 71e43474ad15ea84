"""The gateway as a process of its own: start, probes, drain, a shared port, wrong settings."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from deploy.local.servers import Servers
from tests.secrets_of_tests import SECRET_VARIABLES

BASE = {name: value for name, value in os.environ.items() if not name.startswith("LAZARET_")}
START_TIMEOUT_S = 60.0


@contextmanager
def gateway_process(**settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = (
        BASE
        | SECRET_VARIABLES
        | {f"LAZARET_{name.upper()}": value for name, value in settings.items()}
    )
    with subprocess.Popen(
        [sys.executable, "-m", "services.gateway"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_line(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(f"the gateway ended without saying {word!r}")


def test_it_is_ready_with_both_servers_and_drains_on_sigterm(
    database_url: str, amqp_url: str, free_port: int
) -> None:
    """With PostgreSQL and RabbitMQ it becomes ready once it can render, shows its metrics, and ends
    with 0 on SIGTERM.
    """
    with gateway_process(
        database_url=database_url, broker_url=amqp_url, http_port=str(free_port)
    ) as process:
        wait_for_line(process, "listening")
        with httpx.Client(
            base_url=f"http://127.0.0.1:{free_port}", timeout=START_TIMEOUT_S
        ) as client:
            status = ""
            while status != "ready":
                report = client.get("/health/ready").json()
                status = report["status"]
                assert status != "unavailable" or report["checks"]["rendering"] != "ok"
            assert report["checks"]["rendering"] == "ok"
            assert "http_server_request_duration_seconds_bucket" in client.get("/metrics").text
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_TIMEOUT_S) == 0


def test_it_starts_without_any_server(free_port: int) -> None:
    """Without PostgreSQL it lives, is not ready, and answers 503 instead of failing."""
    nowhere = {
        "database_url": "postgresql://nobody@127.0.0.1:1/none",
        "broker_url": "amqp://nobody@127.0.0.1:1/",
    }
    with gateway_process(**nowhere, http_port=str(free_port)) as process:
        wait_for_line(process, "listening")
        with httpx.Client(
            base_url=f"http://127.0.0.1:{free_port}", timeout=START_TIMEOUT_S
        ) as client:
            assert client.get("/health/live").status_code == 200
            assert client.get("/health/ready").status_code == 503
            assert client.get("/api/v1/jobs", headers={"X-API-Key": "lzt_a_b"}).status_code == 503


def test_two_processes_share_a_port(
    servers: Servers, database_url: str, amqp_url: str, free_port: int
) -> None:
    """With `http_reuse_port` a second process listens beside the first, and goes on alone when the
    first ends.
    """
    settings = {
        "database_url": database_url,
        "broker_url": amqp_url,
        "http_port": str(free_port),
        "http_reuse_port": "true",
    }
    with gateway_process(**settings) as first, gateway_process(**settings) as second:
        wait_for_line(first, "listening")
        wait_for_line(second, "listening")
        first.send_signal(signal.SIGTERM)
        assert first.wait(START_TIMEOUT_S) == 0
        assert httpx.get(f"http://127.0.0.1:{free_port}/health/live").status_code == 200


def test_wrong_settings_are_named_together() -> None:
    """A missing and a wrong variable are both told, one a line, without a stack trace; the exit
    code is 2.
    """
    with gateway_process(http_port="99999", broker_url="amqp://x") as process:
        output, _nothing = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode == 2
    assert {line.split(":")[0] for line in output.splitlines()} == {
        "LAZARET_DATABASE_URL",
        "LAZARET_HTTP_PORT",
    }


def test_a_taken_port_is_told(database_url: str) -> None:
    """A port that another process holds ends the gateway with an error."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        with gateway_process(
            database_url=database_url, broker_url="amqp://x", http_port=port
        ) as process:
            output, _nothing = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode != 0
    assert "address already in use" in output
