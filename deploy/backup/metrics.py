"""The age of the last backup and of the last good drill, as a file that node_exporter's textfile
collector reads.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

BACKUP = "lazaret_backup_last_success_timestamp_seconds"
DRILL = "lazaret_restore_drill_last_success_timestamp_seconds"
DRILL_RECOVERY = "lazaret_restore_drill_recovery_seconds"
DRILL_LOST = "lazaret_restore_drill_lost_seconds"
_HELP = {
    BACKUP: "When the last backup was finished",
    DRILL: "When the last restore drill found everything",
    DRILL_RECOVERY: "Time from the decision to restore to a server that takes connections",
    DRILL_LOST: "Time of commits that the last drill could not bring back",
}
_SAMPLE = re.compile(r"^(lazaret_\w+) (\S+)$", re.MULTILINE)


def write_metrics(path: Path, **seconds: float | datetime | None) -> None:
    """Set these metrics in the file, by the names of this module's constants in lower case, and
    keep the others.
    """
    names = {
        "backup": BACKUP,
        "drill": DRILL,
        "drill_recovery": DRILL_RECOVERY,
        "drill_lost": DRILL_LOST,
    }
    values = dict(_SAMPLE.findall(path.read_text())) if path.exists() else {}
    for key, value in seconds.items():
        if value is not None:
            values[names[key]] = (
                f"{value.timestamp() if isinstance(value, datetime) else value:.3f}"
            )
    text = "".join(
        f"# HELP {name} {_HELP[name]}\n# TYPE {name} gauge\n{name} {values[name]}\n"
        for name in _HELP
        if name in values
    )
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    partial.chmod(0o644)
    partial.replace(path)
