"""What may not be written in code: SQL, environment reads, clocks, chance, inexact mathematics,
places of one machine.
"""

import ast
import re
from collections.abc import Iterator

from tests.house.project import Problem, Project, dotted, imported, strings

_SQL = re.compile(
    r"^\s*(SELECT\b(?! a\b)|INSERT INTO\b|UPDATE \w+ SET\b|DELETE FROM\b|TRUNCATE\b|COPY "
    r"\w+ |LISTEN \w|WITH \w+ AS\b"
    r"|(CREATE|ALTER|DROP) (TABLE|ROLE|DATABASE|INDEX|TYPE|SCHEMA)\b|SET (LOCAL|SESSION)\b)"
)


# Makes the private server's role in single-user mode, where there is no protocol to pass a password
# beside the statement.
_SQL_WRITER = "deploy/local/postgres.py"


def sql_stands_in_sql_files(project: Project) -> Iterator[Problem]:
    """No statement in Python."""
    for path, tree in project.production():
        for node in strings(tree):
            if _SQL.match(str(node.value)) and path != _SQL_WRITER:
                yield Problem(path, node.lineno, "SQL in Python; name it in a .sql file")


_ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb"})
# What starts other processes hands its own environment on to them.
_ENVIRONMENT_READERS = re.compile(r"services/\w+/config\.py|lazaret/cli/\w+\.py|deploy/\w+/\w+\.py")


def environment_is_read_once(project: Project) -> Iterator[Problem]:
    """Only a service's config and the command line read variables."""
    for path, tree in project.production():
        if _ENVIRONMENT_READERS.fullmatch(path):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and dotted(node) in _ENVIRONMENT:
                yield Problem(
                    path,
                    node.lineno,
                    f"{dotted(node)}; make it a setting in the service's config.py",
                )
        for statement, name in imported(tree):
            if name in _ENVIRONMENT:
                yield Problem(
                    path, statement.lineno, f"{name}; make it a setting in the service's config.py"
                )


_CLOCKS = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
    }
    | {
        f"time.{name}{unit}"
        for name in ("time", "monotonic", "perf_counter", "process_time")
        for unit in ("", "_ns")
    }
    | {"time.localtime", "time.gmtime", "time.sleep"}
)
# What starts the services waits before there is one to hand it a clock; the command line waits with
# a person.
_CLOCK_READERS = re.compile(
    r"shared/clock\.py|deploy/local/deadline\.py|deploy/docker/\w+\.py|lazaret/cli/\w+\.py"
)


def clocks_are_arguments(project: Project) -> Iterator[Problem]:
    """Time comes from a `Clock`."""
    for path, tree in project.production():
        if _CLOCK_READERS.fullmatch(path):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and dotted(node) in _CLOCKS:
                yield Problem(path, node.lineno, f"{dotted(node)}; take a shared.clock.Clock")
        for statement, name in imported(tree):
            if name in _CLOCKS:
                yield Problem(path, statement.lineno, f"{name}; take a shared.clock.Clock")


# The benchmark's random columns decide nothing.
_RANDOM_MAKERS = re.compile(r".*/streams\.py|lazaret/bench/\w+\.py")
_RANDOM_TYPES = frozenset({"Generator", "BitGenerator", "Philox", "PCG64DXSM", "SeedSequence"})


def chance_is_an_argument(project: Project) -> Iterator[Problem]:
    """Draws come from a generator that was handed in, made from the job's seed in `streams.py`
    alone.
    """
    for path, tree in project.production():
        for statement, name in imported(tree):
            if name.partition(".")[0] == "random" and name not in {
                "random.Random",
                "random.SystemRandom",
            }:
                yield Problem(
                    path,
                    statement.lineno,
                    "the module random has hidden state; take a Random or a numpy Generator",
                )
        for node in ast.walk(tree):
            name = dotted(node)
            if not name.startswith(("np.random.", "numpy.random.")) or _RANDOM_MAKERS.fullmatch(
                path
            ):
                continue
            if name.split(".")[2] not in _RANDOM_TYPES:
                yield Problem(path, node.lineno, f"{name}; take a numpy Generator")  # type: ignore[attr-defined] # it has a name, so a place


_SIMULATION = "shared/simulation/"
_INEXACT = frozenset(
    re.findall(
        r"\w+",
        "exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2 power float_power pow "
        "sin cos tan arcsin arccos arctan arctan2 "
        "asin acos atan atan2 sinh cosh tanh arcsinh arccosh arctanh cbrt hypot erf erfc "
        "gamma lgamma",
    )
)
_INEXACT_MODULES = frozenset({"np", "numpy", "math", "scipy.special", "cmath"})
# Their samplers call libm; normal, gamma, Poisson and uniform draws did not change with the
# processor's features.
_INEXACT_DRAWS = frozenset(
    re.findall(
        r"\w+",
        "lognormal weibull pareto power gumbel laplace logistic vonmises wald zipf "
        "logseries beta dirichlet rayleigh",
    )
)


def simulation_is_exact(project: Project) -> Iterator[Problem]:
    """Mathematics whose last bit depends on the processor is not used where records are decided."""
    for path, tree in project.python(_SIMULATION):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and dotted(node.value) in _INEXACT_MODULES
                and node.attr in _INEXACT
            ):
                yield Problem(
                    path,
                    node.lineno,
                    f"{dotted(node)} differs between processors; use the project's own",
                )
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _INEXACT_DRAWS
            ):
                yield Problem(
                    path,
                    node.lineno,
                    f".{node.func.attr}() draws through libm; build it from uniform, "
                    "normal or gamma draws",
                )
            elif (
                isinstance(node, ast.BinOp)
                and isinstance(node.op, ast.Pow)
                and not _is_whole(node.right)
            ):
                yield Problem(
                    path,
                    node.lineno,
                    "** with an exponent that is no small whole number; use the project's own pow",
                )
        for statement, name in imported(tree):
            module, _, function = name.rpartition(".")
            if module in _INEXACT_MODULES and function in _INEXACT:
                yield Problem(
                    path,
                    statement.lineno,
                    f"{name} differs between processors; use the project's own",
                )


def _is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


# In brackets, so that this file does not hold what it looks for.
_PLACES = re.compile(
    r"/[w]ork/\w|/[h]ome/\w|/[r]oot/\w|\.\./[s]hared/|/tmp/[t]eam|[p]ypi\.org|[p]ythonhosted\.org"
)


def texts_name_no_machine(project: Project) -> Iterator[Problem]:
    """The project works wherever it is cloned, and speaks of nothing outside itself."""
    for path, text in project.texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if found := _PLACES.search(line):
                yield Problem(path, number, f"{found.group()!r} is a place on one machine")


_KERNELS = frozenset({"kernel", "routine", "entry"})
# Nothing, everything, rounding, and units: minutes, hours, thousandths and ten-thousandths.
_PLAIN = frozenset({0.0, 1.0, 0.5, 60.0, 3600.0, 1000.0, 10000.0})
# Mathematics, not medicine.
_MATHEMATICS = _SIMULATION + "elementary.py"


def kernels_hold_no_clinical_numbers(project: Project) -> Iterator[Problem]:
    """What medicine says stands in the clinical tables with its source, not in compiled code."""
    for path, tree in project.python(_SIMULATION):
        for function in ast.walk(tree):
            if (
                path == _MATHEMATICS
                or not isinstance(function, ast.FunctionDef)
                or not any(dotted(each) in _KERNELS for each in function.decorator_list)
            ):
                continue
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, float)
                    and node.value not in _PLAIN
                ):
                    yield Problem(
                        path, node.lineno, f"{node.value} in a kernel; make it a row of a table"
                    )


RULES = (
    sql_stands_in_sql_files,
    environment_is_read_once,
    clocks_are_arguments,
    chance_is_an_argument,
    simulation_is_exact,
    kernels_hold_no_clinical_numbers,
    texts_name_no_machine,
)
PLANTED = [
    (
        kernels_hold_no_clinical_numbers,
        {"shared/simulation/x.py": "@kernel\ndef grave(x):\n    return x > 0.6"},
    ),
    (sql_stands_in_sql_files, {"shared/db/x.py": 'QUERY = "SELECT 1"'}),
    (
        sql_stands_in_sql_files,
        {
            "services/writer/x.py": 'await c.execute(f"UPDATE {table} SET x = 1")\nrun("DELETE FROM jobs")'
        },
    ),
    (environment_is_read_once, {"shared/db/x.py": 'import os\nURL = os.environ["URL"]'}),
    (environment_is_read_once, {"services/writer/copy.py": "from os import getenv"}),
    (clocks_are_arguments, {"shared/jobs/x.py": "import time\nnow = time.time()"}),
    (
        clocks_are_arguments,
        {"lazaret/client/x.py": "from datetime import datetime\nnow = datetime.now()"},
    ),
    (chance_is_an_argument, {"shared/jobs/x.py": "import random"}),
    (chance_is_an_argument, {"shared/jobs/x.py": "from random import choice"}),
    (
        chance_is_an_argument,
        {"shared/jobs/x.py": "import numpy as np\nrng = np.random.default_rng()"},
    ),
    (simulation_is_exact, {f"{_SIMULATION}x.py": "import numpy as np\ny = np.exp(x)"}),
    (simulation_is_exact, {f"{_SIMULATION}x.py": "from math import log"}),
    (simulation_is_exact, {f"{_SIMULATION}x.py": "y = x ** 0.5"}),
    (simulation_is_exact, {f"{_SIMULATION}x.py": "y = rng.lognormal(size=3)"}),
    (texts_name_no_machine, {"docs/x.md": "Look into /ro" + "ot/lazaret."}),
]
