"""What a person must do something about."""

from __future__ import annotations


class Problem(Exception):
    """The stack cannot go on; `command` is what puts it right, where a command can."""

    def __init__(self, message: str, command: str | None = None) -> None:
        super().__init__(
            message if command is None else f"{message}\n  Put it right with: {command}"
        )
