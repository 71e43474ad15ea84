"""One scenario of k6 on a target, ended by reconciliation: nothing that was accepted is lost,
nothing is stored twice.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from deploy.reconciliation.accounts import Reconciliation
from tests.load.target import Target

SCRIPT = Path(__file__).with_name("scenarios.js")
K6 = Path(sys.executable).with_name("k6")
BREACHED = 99
READABLE = """
SELECT percentile_cont(0.95) WITHIN GROUP (
    ORDER BY extract(epoch FROM j.first_readable_at - j.created_at)
)
FROM jobs AS j
WHERE j.created_at >= $1 AND j.priority = 'high'
"""


@dataclass(frozen=True)
class Load:
    """A scenario and how hard it is run. Rates are requests (for `jobs` four times the submissions)
    a second.
    """

    scenario: str
    rate: int = 20
    seconds: int = 30
    large_patients: int = 100_000
    users: int = 200
    simple_p95_ms: int = 100
    all_p95_ms: int = 500
    prometheus: str = ""


@dataclass(frozen=True)
class Outcome:
    """k6's summary, the times from acceptance to the first readable patient, and where everything
    that was accepted is.
    """

    load: Load
    exit_code: int
    summary: dict[str, Any]
    readable_p95_s: float | None
    reconciliation: Reconciliation
    output: str

    def value(self, metric: str, statistic: str) -> float | None:
        """A statistic of a metric, where the scenario has it."""
        found = self.summary["metrics"].get(metric, {}).get("values", {}).get(statistic)
        return None if found is None else float(found)

    @property
    def breached(self) -> list[str]:
        """Thresholds that were not kept."""
        return [
            f"{self.load.scenario}: {name} {rule}"
            for name, metric in self.summary["metrics"].items()
            for rule, verdict in metric.get("thresholds", {}).items()
            if not verdict["ok"]
        ]

    @property
    def problems(self) -> list[str]:
        """What was lost or doubled, and what k6 was promised that PostgreSQL does not know."""
        promised = int(self.value("patients_accepted", "count") or 0) + self.load.large_patients
        known = sum(account.accepted for account in self.reconciliation.accounts)
        lost = (
            []
            if known >= promised
            else [f"{promised} patients were accepted by 202, {known} are known"]
        )
        return [*self.reconciliation.problems, *lost]


async def run_load(target: Target, load: Load, folder: Path) -> Outcome:
    """Run k6 to its end, then wait until every job of the run has ended."""
    summary = folder / f"{load.scenario}.json"
    began = await _database_time(target)
    variables = {
        "LOAD_URL": target.url,
        "LOAD_KEY": target.api_key,
        "LOAD_STORED_JOB": target.stored_job,
        "LOAD_STORED_PATIENTS": target.stored_patients,
        "LOAD_SCENARIO": load.scenario,
        "LOAD_RATE": load.rate,
        "LOAD_SECONDS": load.seconds,
        "LOAD_LARGE_PATIENTS": load.large_patients,
        "LOAD_USERS": load.users,
        "LOAD_SIMPLE_P95_MS": load.simple_p95_ms,
        "LOAD_ALL_P95_MS": load.all_p95_ms,
        "LOAD_SUMMARY": summary,
    }
    passed = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
    output = ["--out", "experimental-prometheus-rw"] if load.prometheus else []
    environment = (
        {"K6_PROMETHEUS_RW_SERVER_URL": f"{load.prometheus}/api/v1/write"}
        if load.prometheus
        else {}
    )
    command = [
        str(K6),
        "run",
        "--quiet",
        "--no-usage-report",
        "--address",
        "",
        *output,
        *passed,
        str(SCRIPT),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    text = said.decode(errors="replace")
    assert process.returncode in {0, BREACHED}, (
        f"k6 ended with {process.returncode}:\n{text[-3000:]}"
    )
    account = await target.settled()
    readable = await _readable_p95_s(target, began)
    return Outcome(
        load, process.returncode, json.loads(summary.read_text()), readable, account, text
    )


async def _database_time(target: Target) -> datetime:
    connection = await asyncpg.connect(target.database_url)
    try:
        moment: datetime = await connection.fetchval("SELECT clock_timestamp()")
        return moment
    finally:
        await connection.close()


async def _readable_p95_s(target: Target, began: datetime) -> float | None:
    """Of the run's small jobs: the time that all but one in twenty kept."""
    connection = await asyncpg.connect(target.database_url)
    try:
        found: float | None = await connection.fetchval(READABLE, began)
        return found
    finally:
        await connection.close()
