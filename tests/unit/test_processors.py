"""How many processors may be used."""

import os
from pathlib import Path

import pytest

from shared.processors import usable_processors

ALLOWED = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "processors"),
    [
        ({}, ALLOWED),
        ({"cpu.max": "max 100000\n"}, ALLOWED),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "150000 100000\n"}, min(ALLOWED, 2)),
        ({"cpu.max": "100000000 100000\n"}, ALLOWED),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, ALLOWED),
        ({"cpu/cpu.cfs_quota_us": "20000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
    ids=["none", "unlimited", "half", "one and a half", "many", "version 1", "version 1, a fifth"],
)
def test_a_containers_quota_counts(tmp_path: Path, files: dict[str, str], processors: int) -> None:
    """The least of what the machine, the process and its control group allow, and at least one."""
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert usable_processors(tmp_path) == processors
