import json
import subprocess

import pytest

from deploy.local.stack_folder import LAZARET
from lazaret.bench.report import TARGETS, flattened

# The kernel counts processor time in hundredths of a second, and the broker needs one of them for
# ten thousand patients: with fewer than several its figure may be 0.
PATIENTS = 50_000


@pytest.mark.timeout(600)
def test_the_pipeline_benchmark_prints_every_figure() -> None:
    """On servers of its own, in one run: the parts, the whole, the bare pipeline, and memory by
    process.
    """
    plan = ["--count", str(PATIENTS), "--rounds", "1", "--json"]
    command = [str(LAZARET), "bench", "pipeline", *plan]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    figures = flattened(
        {name: value for name, value in printed.items() if name not in {"rounds", "machine"}}
    )
    assert all(value > 0 for value in figures.values())
    assert {name.partition(".")[0] for name in figures} <= {
        name.partition(".")[0] for name in TARGETS
    }
    assert {
        f"peak_rss_mb.{name}"
        for name in ("gateway", "generator", "generator_child", "writer", "scheduler")
    } <= figures.keys()
    wanted = ("simulate", "bytes", "rows", "broker", "copy", "end_to_end", "bare")
    assert all(any(name.startswith(word) for name in figures) for word in wanted)
