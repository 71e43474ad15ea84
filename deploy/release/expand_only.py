"""Whether a migration leaves the version before it working: squawk's rules, and our own for what it
does not know.

A release expands the schema; a later one, when nothing of the version before runs any more,
contracts it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.local.problem import Problem

# What breaks readers and writers of the schema before, or holds them up for as long as a table is
# long.
SQUAWK_RULES = frozenset(
    {
        "adding-field-with-default",
        "adding-foreign-key-constraint",
        "adding-not-nullable-field",
        "adding-required-field",
        "adding-serial-primary-key-field",
        "ban-alter-domain-with-add-constraint",
        "ban-create-domain-with-constraint",
        "ban-drop-column",
        "ban-drop-database",
        "ban-drop-not-null",
        "ban-drop-table",
        "ban-truncate-cascade",
        "changing-column-type",
        "constraint-missing-not-valid",
        "disallowed-unique-constraint",
        "renaming-column",
        "renaming-table",
        "require-concurrent-index-creation",
        "require-concurrent-index-deletion",
    }
)
OWN_RULES = {
    r"\bdrop\s+(function|procedure|view|materialized\s+view|type|schema|sequence|trigger)\b": (
        "drops what the version before may use"
    ),
    r"\balter\s+type\s+\S+\s+rename\b": "renames a value that the version before may write",
    r"\bdrop\s+default\b": "takes a default away that the version before relies on",
    r"\btruncate\b": "empties a table",
    r"^\s*(update|delete\s+from)\b": "changes rows in one statement: backfill in slices, in a duty",
    r"\block\s+table\b": "locks a table while both versions work on it",
    r"\brevoke\b": "takes rights away that the version before needs",
}
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_BODY = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)


def breaking_lines(files: Sequence[Path]) -> list[str]:
    """Return what in these migrations the version before would not survive."""
    if not files:
        return []
    own = [line for file in files for line in _own_problems(file.name, file.read_text())]
    return [*_squawk_problems(files), *own]


def _own_problems(name: str, text: str) -> Iterator[str]:
    # A function's body runs when it is called, not when it is made.
    plain = _BODY.sub("", _COMMENT.sub("", text))
    for statement in plain.split(";"):
        for pattern, why in OWN_RULES.items():
            if re.search(pattern, statement, re.IGNORECASE | re.MULTILINE):
                yield f"{name}: {' '.join(statement.split())[:80]}: {why}"


def _squawk_problems(files: Sequence[Path]) -> Iterator[str]:
    squawk = Path(sys.executable).with_name("squawk")
    command = [str(squawk), "--reporter", "json", "--assume-in-transaction", *map(str, files)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Problem("squawk is missing.", command="pip install squawk-cli") from None
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise Problem(f"squawk failed: {done.stderr.strip()[:500]}") from None
    for each in found:
        if each["rule_name"] in SQUAWK_RULES or each["rule_name"] == "syntax-error":
            yield f"{Path(each['file']).name}:{each['line'] + 1}: {each['message']}"
