"""SQL lives in `.sql` files as named statements.

    -- name: claim_batch
    -- Take the batch that this lease was dispatched for.
    UPDATE ...

The line after the name says what the statement is for. Both lines stay in the text, so that the
server's log shows them too.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


def load_queries(path: Path) -> Mapping[str, str]:
    """Read every named statement of a file.

    Raises:
        ValueError: text stands before the first name, a name comes twice, or a statement lacks its
            purpose line.
    """
    head, *parts = _NAME.split(path.read_text(encoding="utf-8"))
    if head.strip():
        raise ValueError(f"{path.name}: text before the first name")
    queries: dict[str, str] = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        if name in queries:
            raise ValueError(f"{path.name}: {name} is named twice")
        queries[name] = _checked(path, name, text.strip())
    return MappingProxyType(queries)


def _checked(path: Path, name: str, text: str) -> str:
    purpose, _, statement = text.partition("\n")
    if not purpose.startswith("-- ") or not statement.strip():
        raise ValueError(f"{path.name}: {name} needs one purpose line and a statement")
    return f"-- name: {name}\n{text}"


def query_name(text: str) -> str | None:
    """Return the name of a named statement, nothing for any other text."""
    match = _NAME.match(text)
    return match[1] if match else None
