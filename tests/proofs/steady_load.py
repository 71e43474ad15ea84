"""k6 in the background, at a steady rate, until it is told to stop."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.load.run import K6, SCRIPT
from tests.load.target import Target

FOREVER_S = 36_000


@dataclass
class SteadyLoad:
    """What k6 had counted when it was stopped."""

    summary: dict[str, Any] = field(default_factory=dict)

    def count(self, metric: str) -> int:
        """The count of a counter; 0 where it never counted."""
        return int(self.summary["metrics"].get(metric, {}).get("values", {}).get("count", 0))

    @property
    def failed(self) -> int:
        """Requests that were not answered with success."""
        return int(self.summary["metrics"]["http_req_failed"]["values"]["passes"])

    @property
    def requests(self) -> int:
        return self.count("http_reqs")


@asynccontextmanager
async def steady_load(target: Target, folder: Path, rate: int) -> AsyncIterator[SteadyLoad]:
    """Inside, requests come at this rate; behind it the summary is there."""
    load, path = SteadyLoad(), folder / "k6.json"
    variables = {
        "LOAD_URL": target.url,
        "LOAD_KEY": target.api_key,
        "LOAD_STORED_JOB": target.stored_job,
        "LOAD_STORED_PATIENTS": target.stored_patients,
        "LOAD_SCENARIO": "load",
        "LOAD_RATE": rate,
        "LOAD_SECONDS": FOREVER_S,
        "LOAD_LARGE_PATIENTS": 1_000,
        "LOAD_SUMMARY": path,
    }
    passed = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
    with (folder / "k6.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            str(K6),
            "run",
            "--no-usage-report",
            "--quiet",
            "--address",
            "",
            *passed,
            str(SCRIPT),
            stdout=output,
            stderr=output,
        )
    try:
        yield load
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()
    load.summary = json.loads(path.read_text())
