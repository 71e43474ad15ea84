import io
import json

import pytest
from rich.console import Console

from lazaret.bench.report import TARGETS, describe_machine, document, table

FIGURES = {
    "simulate_patients_per_s": 60_000.0,
    "rows_per_patient": {"events": 9.0},
    "peak_rss_mb": {"writer": 120.0, "gateway": 600.0},
}


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("simulate_patients_per_s", 49_999, "NO"),
        ("simulate_patients_per_s", 50_000, "yes"),
        ("simulate_patients_per_s", 150_000, "aim"),
        ("first_readable_s", 1.9, "yes"),
        ("first_readable_s", 2.1, "NO"),
        ("bytes_per_patient", 260, ""),
    ],
)
def test_a_figure_is_judged_by_its_target(name: str, value: float, verdict: str) -> None:
    """Floors are to be reached, ceilings to be kept, and what has neither is only shown."""
    assert TARGETS[name].verdict(value) == verdict


def test_the_table_shows_every_part_of_a_figure() -> None:
    """A figure of several values has a line, and a verdict, for each."""
    console = Console(file=io.StringIO(), width=200)
    console.print(table(FIGURES, {"simulate_patients_per_s": [50_000.0, 60_000.0, 70_000.0]}))
    lines = {
        line.split("│")[1].strip(): line
        for line in console.file.getvalue().splitlines()
        if line.startswith("│")
    }
    assert "yes" in lines["simulate_patients_per_s"]
    assert "50,000 to 70,000" in lines["simulate_patients_per_s"]
    assert "NO" in lines["rows_per_patient.events"]
    assert ("yes" in lines["peak_rss_mb.writer"], "NO" in lines["peak_rss_mb.gateway"]) == (
        True,
        True,
    )


def test_the_document_names_the_machine_and_the_rounds() -> None:
    """A figure without the machine that it was measured on says little."""
    written = json.loads(
        json.dumps(document(FIGURES, {"end_to_end_patients_per_s": [1.0, 2.0]}, describe_machine()))
    )
    assert written["simulate_patients_per_s"] == 60_000.0
    assert written["rounds"]["end_to_end_patients_per_s"] == [1.0, 2.0]
    assert written["machine"]["cpus"] >= 1
    assert written["machine"]["load_before"] >= 0
