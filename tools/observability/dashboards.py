"""Grafana's dashboards from the panels of `boards.py`, by Grafana's own types.

python -m tools.observability.dashboards write|check
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef, GridPos

from tools.observability.boards import BOARDS
from tools.observability.panels import Board, Panel
from tools.observability.vocabulary import unregistered

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "observability/grafana/dashboards"
SOURCE = DataSourceRef("prometheus", "prometheus")
WIDTH, HEIGHT, COLUMNS = 12, 8, 2


def generated() -> Mapping[Path, str]:
    """Every dashboard's file with what should be in it."""
    return {FOLDER / f"{board.uid}.json": document(board) for board in BOARDS}


def document(board: Board) -> str:
    """One dashboard as Grafana imports it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(f"lazaret-{board.uid}")
        .tags(["lazaret", "generated"])
        .editable()
        .refresh("10s")
        .time("now-1h", "now")
        .timezone("utc")
    )
    for number, panel in enumerate(board.panels):
        made = made.with_panel(_chart(panel, number))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _chart(panel: Panel, number: int) -> timeseries.Panel:
    row, column = divmod(number, COLUMNS)
    chart = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .datasource(SOURCE)
        .grid_pos(GridPos(h=HEIGHT, w=WIDTH, x=column * WIDTH, y=row * HEIGHT))
    )
    for letter, query in zip("ABCDEF", panel.queries, strict=False):
        if unknown := unregistered(query.expr):
            raise ValueError(f"{panel.title} uses {', '.join(unknown)}, which nobody measures")
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend)
        # An exemplar is a dot on a latency's line: a click opens its trace.
        chart = chart.with_target(target.ref_id(letter).exemplar("_bucket" in query.expr))
    return chart


def main(arguments: list[str]) -> int:
    """Write the files, or name those that differ."""
    files = generated()
    if arguments == ["write"]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text)
        return 0
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        click.echo(f"{path.relative_to(CHECKOUT)} is out of date: make rules")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
