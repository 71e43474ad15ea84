"""What a release has done so far, on disk before it is done: whoever comes after a power cut knows
what to undo.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class State:
    """`slot` and `version` serve; `candidate` is beside them while a release is under way;
    `previous` served before.
    """

    slot: str
    version: str
    candidate: str = ""
    previous: str = ""
    step: str = ""

    def other(self, slots: dict[str, int]) -> str:
        """Return the slot that does not serve."""
        return next(slot for slot in slots if slot != self.slot)


class Journal:
    """`state.json` and the deploy log, one JSON document a line."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._state, self._log, self._clock = folder / "state.json", folder / "deploys.jsonl", clock
        folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> State | None:
        """Return where the installation stands; None before the first release."""
        return State(**json.loads(self._state.read_text())) if self._state.exists() else None

    def write(self, state: State) -> State:
        """Replace the state, whole or not at all."""
        partial = self._state.with_suffix(".partial")
        with partial.open("w") as file:
            json.dump(asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._state)
        return state

    def step(self, state: State, name: str) -> State:
        """Write down what is about to be done."""
        self.note(name, version=state.candidate or state.version)
        return self.write(replace(state, step=name))

    def note(self, event: str, **facts: Any) -> None:
        """Add a line to the deploy log."""
        line = {"at": self._clock.now().isoformat(timespec="milliseconds"), "event": event, **facts}
        with self._log.open("a") as file:
            file.write(json.dumps(line, default=str) + "\n")
