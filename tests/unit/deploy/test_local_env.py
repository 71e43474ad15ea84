import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.local.local_env import ensure_local_env, read_local_env

KEYS = iter(f"lzt_key_{number}" for number in range(100))


class OneKeyWorks(BaseHTTPRequestHandler):
    """A gateway that knows the key in `accepted`."""

    accepted = ""

    def do_GET(self) -> None:
        self.send_response(
            200 if self.headers["Authorization"] == f"Bearer {self.accepted}" else 401
        )
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Where that gateway answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), OneKeyWorks) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def make_key(_arguments: list[str]) -> str:
    OneKeyWorks.accepted = next(KEYS)
    return json.dumps({"api_key": OneKeyWorks.accepted})


def test_a_key_is_made_once_and_kept_while_it_works(tmp_path: Path, url: str) -> None:
    """The file is its owner's alone; a second start finds the key in it."""
    path = tmp_path / "local.env"
    first = ensure_local_env(path, url, make_key)
    assert (
        first
        == {"LAZARET_URL": url, "LAZARET_API_KEY": OneKeyWorks.accepted}
        == read_local_env(path)
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert ensure_local_env(path, url, make_key) == first


def test_a_key_that_the_gateway_does_not_know_is_replaced(tmp_path: Path, url: str) -> None:
    """After the data was deleted by hand the old key is worth nothing."""
    path = tmp_path / "local.env"
    first = ensure_local_env(path, url, make_key)
    OneKeyWorks.accepted = "forgotten"
    assert ensure_local_env(path, url, make_key)["LAZARET_API_KEY"] not in {
        first["LAZARET_API_KEY"],
        "forgotten",
    }
