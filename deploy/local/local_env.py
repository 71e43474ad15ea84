"""`.lazaret/local.env`: the local stack's address and an admin key, for the command line and for
scripts.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.readiness import status_of

MAKE_KEY = ["keys", "create", "--name", "local", "--tenant", "local", "--role", "admin", "--json"]
PROTECTED_PATH = "/api/v1/presets"


def ensure_local_env(path: Path, url: str, lazaret: Callable[[list[str]], str]) -> dict[str, str]:
    """Keep the file if its key still works at this address, else make an admin key and write both;
    returns its variables.

    `lazaret` runs the command line where it reaches the database and returns what it printed.
    """
    known = read_local_env(path)
    key = known.get("LAZARET_API_KEY", "")
    if not (key and _key_works(url, key)):
        key = str(json.loads(lazaret(MAKE_KEY))["api_key"])
    variables = {"LAZARET_URL": url, "LAZARET_API_KEY": key}
    if variables != known:
        _write(path, variables)
    return variables


def read_local_env(path: Path) -> dict[str, str]:
    """The variables in the file; none without one."""
    if not path.exists():
        return {}
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def _key_works(url: str, key: str) -> bool:
    port = urlsplit(url).port or 80
    return status_of(port, PROTECTED_PATH, {"Authorization": f"Bearer {key}"}) == http.client.OK


def _write(path: Path, variables: dict[str, str]) -> None:
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())
    partial.replace(path)
