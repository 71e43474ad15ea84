"""How a validity report looks in a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from lazaret.cli.terminal import console


def print_validity(report: Mapping[str, Any]) -> None:
    """Print whether the records agree with themselves, what contradicts, and the published shares
    beside the job's.
    """
    out = console()
    if report["comparisons"]:
        out.print(_comparisons(report))
    for check in report["checks"]:
        if not check["holds"]:
            out.print(
                f"{check['violations']:,} of {check['checked']:,} patients contradict: "
                f"{check['statement']}"
            )
    out.print(validity_line(report))
    assumed, total = report["parameters"]["assumption_share"], report["parameters"]["total"]
    out.print(
        f"Engine version {report['engine_version']}; {assumed:.0%} of its {total} "
        "parameters are assumptions."
    )


def validity_line(report: Mapping[str, Any]) -> str:
    """The report in one line."""
    held = sum(check["holds"] for check in report["checks"])
    agreed = sum(each["agrees"] for each in report["comparisons"])
    return (
        f"{held} of {len(report['checks'])} checks hold for {report['patients']:,} patients; "
        f"{agreed} of {len(report['comparisons'])} comparable published shares agree."
    )


def _comparisons(report: Mapping[str, Any]) -> Table:
    table = Table("share", "patients", "simulated", "published", "source", "")
    for each in report["comparisons"]:
        published = f"{each['published_low']:.1%} to {each['published_high']:.1%}"
        verdict = "agrees" if each["agrees"] else Text("differs", style="bold")
        simulated = f"{each['simulated']:.1%}"
        table.add_row(
            each["measure"].replace("_", " "),
            f"{each['counted']:,}",
            simulated,
            published,
            " ".join(each["sources"]),
            verdict,
        )
    return table
