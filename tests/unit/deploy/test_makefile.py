import re
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def test_help_lists_every_target() -> None:
    """A target that a person may type is described, and `make` alone shows the list."""
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    phony = re.findall(r"^\.PHONY: (.+)$", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)
    for target in " ".join(phony).split():
        assert re.search(rf"^  {target} +\S", shown, flags=re.MULTILINE), target
