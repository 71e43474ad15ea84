"""How many processors this process may use: the machine's, its own share of them, a container's
quota, whichever is least.
"""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_processors(cgroup: Path = CGROUP) -> int:
    """Return at least one. A quota of one and a half processors is two, as is usual."""
    allowed = len(os.sched_getaffinity(0))
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    """The quota in processors: of version 2 of control groups, else of version 1."""
    try:
        limit, _, period = (cgroup / "cpu.max").read_text().partition(" ")
    except OSError:
        return _quota_of_version_1(cgroup / "cpu")
    return None if limit == "max" else int(limit) / int(period)


def _quota_of_version_1(folder: Path) -> float | None:
    try:
        limit = int((folder / "cpu.cfs_quota_us").read_text())
        period = int((folder / "cpu.cfs_period_us").read_text())
    except OSError:
        return None
    return limit / period if limit > 0 else None
