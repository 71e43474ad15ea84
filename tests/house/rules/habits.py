"""How tests and suppressions are written."""

import ast
import re
from collections.abc import Iterator

from tests.house.project import Problem, Project, dotted

_POLL_S_MAX = 0.25


def tests_wait_on_signals(project: Project) -> Iterator[Problem]:
    """A test that sleeps is slow on a fast machine and wrong on a slow one. Short pauses of a loop
    that asks another process are none.
    """
    for path, tree in project.python("tests/"):
        polls = {
            id(node)
            for loop in ast.walk(tree)
            if isinstance(loop, ast.While)
            for node in ast.walk(loop)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or dotted(node.func) not in {
                "asyncio.sleep",
                "time.sleep",
                "sleep",
            }:
                continue
            if not _is_below(node.args, _POLL_S_MAX if id(node) in polls else 0):
                yield Problem(path, node.lineno, "sleeps; wait for the condition itself")


def _is_below(arguments: list[ast.expr], limit_s: float) -> bool:
    return (
        bool(arguments)
        and isinstance(arguments[0], ast.Constant)
        and float(arguments[0].value) <= limit_s
    )


def tests_say_the_behaviour(project: Project) -> Iterator[Problem]:
    """Each test function has a line saying what holds."""
    for path, tree in project.python("tests/"):
        for node in ast.walk(tree):
            is_test = isinstance(
                node, (ast.FunctionDef, ast.AsyncFunctionDef)
            ) and node.name.startswith("test_")
            if is_test and not ast.get_docstring(node):
                yield Problem(
                    path, node.lineno, f"{node.name} does not say the behaviour that it tests"
                )


_SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma|fmt:\s*off|mypy:)(?P<rest>.*)")
_REASON = re.compile(r"(?:--|#)\s*\S+ \S+")


def suppressions_have_reasons(project: Project) -> Iterator[Problem]:
    """A silenced check names its code and says why, on its line."""
    for path, text in project.texts.items():
        if not path.endswith(".py") or path.startswith("tests/house/"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            # a test may hand over what the types forbid
            excused = path.startswith("tests/") and "type: ignore[" in line
            if (
                (found := _SUPPRESSION.search(line))
                and not _REASON.search(found["rest"])
                and not excused
            ):
                yield Problem(path, number, "silences a check without a reason (-- why)")


_CODE_LINE = re.compile(r'^\s*"[A-Z]+[0-9]*",?\s*(?P<comment>#\s*\w.*)?$')


def ignored_rules_have_reasons(project: Project) -> Iterator[Problem]:
    """Each rule that ruff does not apply has its reason beside it."""
    section = ""
    for number, line in enumerate(project.texts.get("pyproject.toml", "").splitlines(), 1):
        section = line if line.startswith("[") else section
        if (
            section.startswith("[tool.ruff")
            and (found := _CODE_LINE.match(line))
            and not found["comment"]
        ):
            yield Problem("pyproject.toml", number, f"{line.strip()} is ignored without a reason")


RULES = (
    tests_wait_on_signals,
    tests_say_the_behaviour,
    suppressions_have_reasons,
    ignored_rules_have_reasons,
)
PLANTED = [
    (
        tests_wait_on_signals,
        {"tests/unit/test_x.py": "import asyncio\nasync def f():\n    await asyncio.sleep(0.1)"},
    ),
    (tests_wait_on_signals, {"tests/unit/test_x.py": "import time\ntime.sleep(delay)"}),
    (
        tests_wait_on_signals,
        {"tests/unit/test_x.py": "import time\nwhile True:\n    time.sleep(5)"},
    ),
    (tests_say_the_behaviour, {"tests/unit/test_x.py": "def test_x():\n    assert f()"}),
    (suppressions_have_reasons, {"shared/x.py": "import os  # " + "noqa: F401"}),
    (suppressions_have_reasons, {"shared/x.py": "x = f()  # " + "type: ignore[arg-type]"}),
    (
        ignored_rules_have_reasons,
        {"pyproject.toml": '[tool.ruff.lint]\nselect = ["ALL"]\nignore = [\n  "D100",\n]'},
    ),
]
