"""Secrets of the local stack that no server knows: a file each, its owner's alone, made once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

SECRET_BYTES = 32
NAMES = ("key_pepper", "audit_key")


def ensure_secrets(folder: Path) -> Mapping[str, str]:
    """Make the files that are missing; returns the variables that name them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in NAMES:
        if not (folder / name).exists():
            _write(folder / name)
    return {f"LAZARET_{name.upper()}_FILE": str(folder / name) for name in NAMES}


def _write(path: Path) -> None:
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(SECRET_BYTES))
    partial.replace(path)
