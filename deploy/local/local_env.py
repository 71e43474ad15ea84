"""`.lazaret/local.env`: the local stack's address and an admin key, for the command line and for scripts."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.problem import Problem
from deploy.local.readiness import status_of
from deploy.local.stack_folder import CHECKOUT

KEY_OWNER = "local"
LAZARET = Path(sys.executable).with_name("lazaret")
PROTECTED_PATH = "/api/v1/presets"


def ensure_local_env(path: Path, url: str, database_url: str) -> dict[str, str]:
    """Keep the file if its key still works at this address, else make an admin key and write both; returns its variables."""
    known = read_local_env(path)
    key = known.get("LAZARET_API_KEY", "")
    if not (key and _key_works(url, key)):
        key = _make_key(database_url)
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


def _make_key(database_url: str) -> str:
    command = [str(LAZARET), "keys", "create", "--name", KEY_OWNER, "--tenant", KEY_OWNER, "--admin", "--json"]
    environment = {**os.environ, "LAZARET_DATABASE_URL": database_url}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"The first API key could not be made: {done.stderr.strip()}")
    return str(json.loads(done.stdout)["key"])


def _write(path: Path, variables: dict[str, str]) -> None:
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())
    partial.replace(path)
