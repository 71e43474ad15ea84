"""Which server a command talks to, and what its errors mean for the person who typed the
command.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lazaret.cli import EXIT_AWAY, EXIT_REFUSED, EXIT_USAGE, Failure
from lazaret.client import ApiError, Client, Unreachable

LOCAL_ENV = Path(".lazaret/local.env")


def find_setting(name: str) -> str:
    """Read a variable from the environment or from the nearest local.env upward; explains itself
    when it is in neither.
    """
    if value := os.environ.get(name) or _local_env().get(name):
        return value
    raise Failure(
        (
            f"{name} is not set, and no {LOCAL_ENV} was found: set it, or start the local "
            "stack with `make up`"
        ),
        EXIT_USAGE,
    )


@contextmanager
def server() -> Iterator[Client]:
    """Open a client for the configured server; its errors become one line and an exit code."""
    url = find_setting("LAZARET_URL")
    if not url.startswith(("http://", "https://")):
        raise Failure(f"LAZARET_URL must begin with http:// or https://, not {url!r}", EXIT_USAGE)
    try:
        with Client(url, find_setting("LAZARET_API_KEY")) as client:
            yield client
    except Unreachable as error:
        raise Failure(f"{error} (LAZARET_URL is {url})", EXIT_AWAY) from error
    except ApiError as error:
        raise Failure(
            _explain(error), EXIT_AWAY if error.status >= 500 else EXIT_REFUSED
        ) from error


def _explain(error: ApiError) -> str:
    if error.status == 401:
        return f"{error} (LAZARET_API_KEY)"
    return "\n".join(f"{each.field}: {each.message}" for each in error.errors) or str(error)


def _local_env() -> dict[str, str]:
    here = Path.cwd()
    found = next(
        (path for folder in (here, *here.parents) if (path := folder / LOCAL_ENV).is_file()), None
    )
    if found is None:
        return {}
    pairs = (
        line.split("=", 1)
        for line in found.read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.startswith("#")
    )
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}
