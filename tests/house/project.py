"""The project as the house rules see it: paths and texts, and the syntax trees of its Python
files.
"""

import ast
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PRODUCTION = ("services/", "shared/", "lazaret/", "deploy/", "tools/")
BINARY = frozenset({".arrow", ".gz", ".parquet", ".png", ".zst", ".woff2"})


class Problem(NamedTuple):
    """One line that breaks a rule."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Project:
    """`texts` by path relative to the root, with forward slashes."""

    texts: Mapping[str, str] = field(repr=False)

    def python(self, *folders: str) -> Iterator[tuple[str, ast.Module]]:
        """Yield path and syntax tree of every Python file under these folders."""
        for path, text in self.texts.items():
            if path.endswith(".py") and path.startswith(folders):
                yield path, parse(text)

    def production(self) -> Iterator[tuple[str, ast.Module]]:
        """Yield what is shipped, in Python."""
        return self.python(*PRODUCTION)

    def under(self, *folders: str, suffix: str = "") -> Iterator[tuple[str, str]]:
        """Yield path and text of every file under these folders with this suffix."""
        for path, text in self.texts.items():
            if path.startswith(folders) and path.endswith(suffix):
                yield path, text


@cache
def parse(text: str) -> ast.Module:
    """Return the syntax tree; each distinct text is parsed once."""
    return ast.parse(text)


def read_project() -> Project:
    """Read the checkout: everything under version control or about to be, texts only."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = sorted(
        path
        for path in listed.stdout.splitlines()
        if PurePosixPath(path).suffix not in BINARY and (ROOT / path).is_file()
    )
    return Project({path: (ROOT / path).read_text(encoding="utf-8") for path in paths})


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of attributes on a name, else nothing."""
    if isinstance(node, ast.Attribute):
        return f"{parent}.{node.attr}" if (parent := dotted(node.value)) else ""
    return node.id if isinstance(node, ast.Name) else ""


def imported(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each imported dotted name: `import a.b` gives a.b, `from a import b` gives a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def docstrings(tree: ast.Module) -> frozenset[int]:
    """Return the ids of the constants that are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, owners) and node.body]
    return frozenset(id(body[0].value) for body in bodies if isinstance(body[0], ast.Expr))


def strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield every string in the code that is no docstring."""
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
        ):
            yield node
