"""What the runs measured: a table for the terminal, and the same as a page."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.load.run import Outcome

COLUMNS = (
    "scenario",
    "requests",
    "per second",
    "failed %",
    "simple p95 ms",
    "all p95 ms",
    "FHIR p95 ms",
    "first byte p95 ms",
    "dropped",
    "reused %",
    "jobs",
    "patients",
    "readable p95 s",
    "verdict",
)
STYLE = (
    "body{font:14px sans-serif;margin:2em}"
    "td,th{padding:.3em .7em;text-align:right;border-bottom:1px solid #ccc}"
)


def row(outcome: Outcome) -> tuple[str, ...]:
    """One scenario's figures as text; a dash where it has none."""
    failed, reused = (
        outcome.value("http_req_failed", "rate"),
        outcome.value("connection_reused", "rate"),
    )
    figures = (
        outcome.value("http_reqs", "count"),
        outcome.value("http_reqs", "rate"),
        None if failed is None else 100 * failed,
        outcome.value("simple_read", "p(95)"),
        outcome.value("http_req_duration", "p(95)"),
        outcome.value("fhir_read", "p(95)"),
        outcome.value("export_first_byte", "p(95)"),
        outcome.value("dropped_iterations", "count") or 0,
        None if reused is None else 100 * reused,
        outcome.value("jobs_accepted", "count") or 0,
        sum(account.persisted for account in outcome.reconciliation.accounts),
        outcome.readable_p95_s,
    )
    return (outcome.load.scenario, *map(_text, figures), _verdict(outcome))


def _verdict(outcome: Outcome) -> str:
    if outcome.problems:
        return "LOST OR DOUBLED"
    return "thresholds breached" if outcome.breached else "kept"


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def show(outcomes: Sequence[Outcome], memory_mb: Mapping[str, float]) -> None:
    """Print the table, and below it what was not kept."""
    console = Console(width=200)
    table = Table(*COLUMNS, box=None)
    for outcome in outcomes:
        table.add_row(*row(outcome))
    console.print(table)
    console.print(
        "Peak memory, MB: "
        + ", ".join(f"{name} {peak:.0f}" for name, peak in sorted(memory_mb.items()))
    )
    for outcome in outcomes:
        console.print(f"{outcome.load.scenario}: {outcome.reconciliation.summary()}")
        for problem in (*outcome.problems, *outcome.breached):
            console.print(f"  {problem}")


def write_page(path: Path, outcomes: Sequence[Outcome], memory_mb: Mapping[str, float]) -> None:
    """Write a page that needs nothing else."""
    head = "".join(f"<th>{escape(name)}" for name in COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}" for cell in row(outcome)) for outcome in outcomes
    )
    peaks = ", ".join(f"{name} {peak:.0f} MB" for name, peak in sorted(memory_mb.items()))
    accounts = [f"{each.load.scenario}: {each.reconciliation.summary()}" for each in outcomes]
    breached = [problem for each in outcomes for problem in (*each.problems, *each.breached)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"<!doctype html><meta charset=utf-8><title>Load</title><style>{STYLE}</style><h1>Load</h1>"
        f"<table><tr>{head}{rows}</table><p>Peak memory: {escape(peaks)}"
        f"<h2>Accounts</h2>{_list(accounts)}<h2>Not kept</h2>{_list(breached or ['nothing'])}"
    )


def _list(items: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}" for item in items) + "</ul>"
