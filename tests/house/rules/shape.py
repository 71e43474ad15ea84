"""How the code is cut: names, lengths, equal services, nothing that nobody uses."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from math import ceil
from pathlib import PurePosixPath

from tests.house.project import PRODUCTION, Problem, Project, dotted, imported, strings

_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        (
            "util utils helper helpers manager managers common misc enhanced improved "
            "optimized legacy tmp temp stuff new old v2"
        ),
    )
)
_EMPTY_SUFFIXES = re.compile(
    r".*(Manager|Helper|Utils?|Orchestrator|Enhanced|Impl|Base|Data|Info)$"
)


def names_say_what_is_inside(project: Project) -> Iterator[Problem]:
    """No file or class is named for nothing in particular."""
    for path in project.texts:
        words = {
            word
            for part in PurePosixPath(path).with_suffix("").parts
            for word in re.split(r"[_.-]", part.lower())
        }
        for word in words & _EMPTY_WORDS:
            yield Problem(
                path, 1, f"{word!r} in a file's name says nothing; name the thing or the act"
            )
    for path, tree in project.production():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and _EMPTY_SUFFIXES.match(node.name):
                yield Problem(
                    path, node.lineno, f"{node.name} is named for its shape; name the thing"
                )


FUNCTION_LINES_P50 = 9
FUNCTION_LINES_P90 = 30
FUNCTION_LINES_MAX = 70
FILE_LINES_P90 = 300
FILE_LINES_MAX = 500


def functions_are_short(project: Project) -> Iterator[Problem]:
    """Half are under ten lines, nine in ten under 31, none over 70; the longest tenth is named when
    the share grows.
    """
    functions = [
        (node.end_lineno - node.lineno + 1, path, node)
        for path, tree in project.python(*PRODUCTION, "tests/")
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno
    ]
    for lines, path, node in functions:
        if lines > FUNCTION_LINES_MAX:
            yield Problem(
                path, node.lineno, f"{node.name} has {lines} lines, at most {FUNCTION_LINES_MAX}"
            )
    shipped = sorted(
        (each for each in functions if each[1].startswith(PRODUCTION)), key=lambda each: each[0]
    )
    for share, limit in ((0.5, FUNCTION_LINES_P50), (0.9, FUNCTION_LINES_P90)):
        for lines, path, node in shipped[: ceil(len(shipped) * share)]:
            if lines > limit:
                yield Problem(
                    path,
                    node.lineno,
                    (
                        f"{node.name} has {lines} lines: {share:.0%} of functions must have "
                        f"at most {limit}"
                    ),
                )


def files_are_short(project: Project) -> Iterator[Problem]:
    """Nine files in ten are under 301 lines, none over 500."""
    lengths = sorted(
        (len(text.splitlines()), path)
        for path, text in project.under(*PRODUCTION, "tests/", suffix=".py")
    )
    for position, (lines, path) in enumerate(lengths, 1):
        if lines > FILE_LINES_MAX or (
            lines > FILE_LINES_P90 and position <= ceil(len(lengths) * 0.9)
        ):
            yield Problem(
                path,
                1,
                (
                    f"{lines} lines; nine files in ten have at most {FILE_LINES_P90}, none "
                    f"more than {FILE_LINES_MAX}"
                ),
            )


def services_have_one_shape(project: Project) -> Iterator[Problem]:
    """A service is a folder with `__main__.py`, and `config.py` holding `<Service>Config`."""
    services = {
        path.split("/")[1]
        for path in project.texts
        if path.startswith("services/") and path.count("/") > 1
    }
    for service in sorted(services):
        for name in ("__init__.py", "__main__.py", "config.py"):
            if f"services/{service}/{name}" not in project.texts:
                yield Problem(f"services/{service}", 1, f"has no {name}")
        config = project.texts.get(f"services/{service}/config.py", "")
        if f"class {service.title()}Config(" not in config:
            yield Problem(
                f"services/{service}/config.py", 1, f"has no class {service.title()}Config"
            )


def every_file_is_used(project: Project) -> Iterator[Problem]:
    """A module is imported by something shipped, or named there (as the lazily loaded commands
    are); tests do not count.
    """
    used = set()
    for path, tree in project.production():
        own = _module(path)
        names = {name for _, name in imported(tree)} | {str(node.value) for node in strings(tree)}
        used |= {name for name in names if not name.startswith(f"{own}.")} - {own}
    for path, text in project.texts.items():
        if (path.startswith("deploy/") and not path.endswith(".py")) or path in {
            "pyproject.toml",
            "Makefile",
            "docker-compose.yml",
        }:
            used.update(
                name.removesuffix(".py") for name in re.findall(r"[\w.]+", text.replace("/", "."))
            )
    for path, _ in project.production():
        if (
            PurePosixPath(path).name in {"__init__.py", "__main__.py"}
            or _MAIN in project.texts[path]
        ):
            continue
        if not any(name == _module(path) or name.startswith(f"{_module(path)}.") for name in used):
            yield Problem(path, 1, "nothing that is shipped imports this module")


_MAIN = 'if __name__ == "__main__":'


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def every_definition_is_used(project: Project) -> Iterator[Problem]:
    """A function or class is named somewhere else in what is shipped, or is handed to a decorator;
    tests do not count.
    """
    words: Counter[str] = Counter()
    definitions = []
    for path, tree in project.production():
        for node in ast.walk(tree):
            words.update(_words(node))
        definitions += [
            (path, node)
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ]
    for path, text in project.texts.items():
        if not path.endswith(".py"):
            words.update(re.findall(r"\w+", text))
    for path, node in definitions:
        if not node.decorator_list and not words[node.name]:
            yield Problem(path, node.lineno, f"nothing that is shipped uses {node.name}")


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.findall(r"\w+", node.value) if len(node.value) < 100 else ()


_BROAD_CATCHERS = re.compile(
    r"shared/broker/consume\.py|services/scheduler/loop\.py|services/gateway/http/problems\.py|.*/__main__\.py"
)


def broad_catches_are_few(project: Project) -> Iterator[Problem]:
    """Everything is kept in the loops of consumers and duties, the gateway's middleware and entry
    points; elsewhere it goes on.
    """
    for path, tree in project.production():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.ExceptHandler)
                and _keeps_everything(node)
                and not _BROAD_CATCHERS.fullmatch(path)
            ):
                yield Problem(
                    path, node.lineno, "catches everything; name the errors that are expected"
                )


def _keeps_everything(handler: ast.ExceptHandler) -> bool:
    broad = handler.type is None or dotted(handler.type) in {"Exception", "BaseException"}
    last = handler.body[-1]
    return broad and not (isinstance(last, ast.Raise) and last.exc is None)


RULES = (
    names_say_what_is_inside,
    functions_are_short,
    files_are_short,
    services_have_one_shape,
    every_file_is_used,
    every_definition_is_used,
    broad_catches_are_few,
)


def _function(name: str, lines: int) -> str:
    return f"def {name}():\n" + "    x()\n" * (lines - 1)


PLANTED = [
    (names_say_what_is_inside, {"shared/db/pool_utils.py": ""}),
    (names_say_what_is_inside, {"shared/db/pool.py": "class PoolManager: ..."}),
    (functions_are_short, {"tests/unit/x.py": _function("endless", FUNCTION_LINES_MAX + 1)}),
    (
        functions_are_short,
        {
            "shared/x.py": "".join(
                _function(f"medium_{number}", FUNCTION_LINES_P50 + 1) for number in range(3)
            )
        },
    ),
    (files_are_short, {"shared/x.py": "x = 1\n" * (FILE_LINES_MAX + 1)}),
    (
        files_are_short,
        {f"shared/x{number}.py": "x = 1\n" * (FILE_LINES_P90 + 1) for number in range(3)},
    ),
    (
        services_have_one_shape,
        {"services/porter/__main__.py": "", "services/porter/config.py": "class Settings: ..."},
    ),
    (
        every_file_is_used,
        {"shared/a.py": "import shared.b", "shared/b.py": "import shared.a", "shared/c.py": ""},
    ),
    (every_definition_is_used, {"shared/a.py": "def forgotten(): ..."}),
    (broad_catches_are_few, {"shared/a.py": "try:\n    x()\nexcept Exception:\n    pass"}),
]
