"""What the supervisor says about itself to the commands that wait for it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

State = Literal["starting", "ready", "failed", "stopping", "stopped"]


@dataclass(frozen=True)
class Status:
    """`url` is set when ready, `message` when failed."""

    state: State
    message: str = ""
    url: str = ""
    database_url: str = ""


def write_status(path: Path, status: Status) -> None:
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(asdict(status)))
    partial.replace(path)


def read_status(path: Path) -> Status | None:
    """None before the first word."""
    try:
        return Status(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
