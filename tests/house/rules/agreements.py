"""What must be found in two places that agree: messages and handlers, queries and callers, names
and their registries.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

from tests.house.project import Problem, Project, dotted, imported, strings

_MESSAGES = "shared/messages/"
# to whom it may concern: an event has any number of handlers
_EVENTS = frozenset({"job_state_changed"})


def messages_have_one_sender_and_one_handler(project: Project) -> Iterator[Problem]:
    """Searching a message's name finds its schema, its one publisher, its one handler and its line
    in the architecture page.
    """
    for path, tree in project.python(_MESSAGES):
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and any(
                dotted(base) == "msgspec.Struct" for base in node.bases
            ):
                yield from (
                    Problem(path, node.lineno, message)
                    for message in _message_problems(project, path, node.name)
                )


def _message_problems(project: Project, path: str, name: str) -> Iterator[str]:
    noun = PurePosixPath(path).stem
    senders = [
        other for other, tree in project.production() if other != path and any(_calls(tree, name))
    ]
    if len(senders) != 1:
        yield f"{name} is made in {', '.join(senders) or 'no file'}, must be one"
    handlers = [
        other
        for other in project.texts
        if other.startswith("services/") and other.endswith(f"/handle_{noun}.py")
    ]
    if noun not in _EVENTS and len(handlers) != 1:
        yield (
            f"{noun} is handled by {', '.join(handlers) or 'no file'}, must be one handle_{noun}.py"
        )
    if name not in project.texts.get("docs/architecture.md", ""):
        yield f"{name} has no line in docs/architecture.md"


def _calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == name:
            yield node


_QUERY = re.compile(r"^-- name: (\w+)$\n(.*)$", re.MULTILINE)


def named_queries_are_used(project: Project) -> Iterator[Problem]:
    """Each named statement says its purpose and is named by Python beside or below its file."""
    for path, text in project.under("services/", "shared/", "lazaret/", suffix=".sql"):
        if "/migrations/" in path or path.endswith("schema.sql"):
            continue
        folder = str(PurePosixPath(path).parent) + "/"
        named = {str(node.value) for _, tree in project.python(folder) for node in strings(tree)}
        for found in _QUERY.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            if not found[2].startswith("-- "):
                yield Problem(path, line, f"{found[1]} does not say what it is for")
            if found[1] not in named:
                yield Problem(path, line, f"no Python under {folder} names the query {found[1]}")


_ALL_COLUMNS = re.compile(r"\b(?:SELECT|RETURNING) (?:\w+\.)?\*|, \w+\.\*")
_OF_FUNCTION = re.compile(r"FROM\s+unnest\(")


def queries_name_their_columns(project: Project) -> Iterator[Problem]:
    """A column that a newer program adds must not change what an older one's prepared statements
    return. What a function returns is the statement's own.
    """
    for path, text in project.under("services/", "shared/", "lazaret/", suffix=".sql"):
        if "/migrations/" in path or path.endswith("schema.sql"):
            continue
        for found in _ALL_COLUMNS.finditer(text):
            if not _OF_FUNCTION.match(text[found.end() :].lstrip()):
                line = text.count("\n", 0, found.start()) + 1
                yield Problem(path, line, "takes all columns, must name them")


_OWNER = re.compile(r"^COMMENT ON TABLE (?:public\.)?(\w+) IS '(.*)';$", re.MULTILINE)
_PATHS = re.compile(r"(?:services|shared|lazaret)/\w+")
_WRITE = re.compile(
    r"\b(?:INSERT INTO|UPDATE(?! SKIP\b)|DELETE FROM|TRUNCATE) (?:public\.)?([a-z]\w+)\b"
)


def tables_are_written_by_their_owners(project: Project) -> Iterator[Problem]:
    """Each table says in the database who owns it, and only the owner's queries write to it."""
    schema = project.texts.get("shared/db/schema.sql", "")
    owners = {
        table: tuple(f"{path}/" for path in _PATHS.findall(comment))
        for table, comment in _OWNER.findall(schema)
    }
    for table in re.findall(r"^CREATE TABLE public\.(\w+)", schema, re.MULTILINE):
        # the migrator makes that one before any migration
        if table not in owners and table != "schema_versions":
            yield Problem("shared/db/schema.sql", 1, f"{table} has no comment that says its owner")
    for path, text in project.under("services/", "shared/", "lazaret/", suffix=".sql"):
        if "/migrations/" in path or path.endswith("schema.sql"):
            continue
        for found in _WRITE.finditer(text):
            if found[1] in owners and not path.startswith(owners[found[1]]):
                line = text.count("\n", 0, found.start()) + 1
                yield Problem(
                    path,
                    line,
                    (
                        f"writes to {found[1]}, which belongs to "
                        f"{', '.join(owners[found[1]]) or 'nobody'}"
                    ),
                )


_DUTIES = "services/scheduler/duties/"


def duties_are_alike(project: Project) -> Iterator[Problem]:
    """Each duty is one file that defines its own name and `run_once(context) -> Counts`."""
    for path, tree in project.python(_DUTIES):
        if path.endswith("__init__.py"):
            continue
        names = [dotted(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)]
        runs = [
            node
            for node in tree.body
            if isinstance(node, ast.AsyncFunctionDef) and node.name == "run_once"
        ]
        shape = [
            ([each.arg for each in run.args.args], dotted(run.returns) if run.returns else "")
            for run in runs
        ]
        if shape != [(["context"], "Counts")]:
            yield Problem(path, 1, "has no async run_once(context) -> Counts")
        if "NAME" not in names or f'NAME = "{PurePosixPath(path).stem}"' not in project.texts[path]:
            yield Problem(path, 1, f'does not say NAME = "{PurePosixPath(path).stem}"')


_TOPOLOGY = "shared/broker/topology.py"
_QUEUE_NAME = re.compile(r"generate\.\w+|parked|events")


def queue_names_stand_in_the_topology(project: Project) -> Iterator[Problem]:
    """Queues and exchanges are named in one table."""
    for path, tree in project.production():
        if path == _TOPOLOGY or not path.startswith(
            ("services/", "shared/broker/", "shared/outbox/", "shared/jobs/", "lazaret/bench/")
        ):
            continue
        for node in _names_of_queues(tree):
            yield Problem(
                path, node.lineno, f"{node.value!r} names a queue; take it from {_TOPOLOGY}"
            )


def _names_of_queues(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield strings that are handed to a call or assigned, as a queue's name is; keys of records
    are not meant.
    """
    for node in ast.walk(tree):
        values = (
            [*node.args, *(keyword.value for keyword in node.keywords)]
            if isinstance(node, ast.Call)
            else []
        )
        values += (
            [node.value] if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value else []
        )
        for value in values:
            if (
                isinstance(value, ast.Constant)
                and isinstance(value.value, str)
                and _QUEUE_NAME.fullmatch(value.value)
            ):
                yield value


_REGISTRY = "shared/telemetry/names.py"
_INSTRUMENTS = "shared/telemetry/instruments.py"
_MAKERS = re.compile(
    r"create_(observable_)?(counter|up_down_counter|gauge|histogram)|get_meter|get_tracer"
)


def telemetry_names_are_registered(project: Project) -> Iterator[Problem]:
    """Instruments and spans are made from the registry, never from a text on the spot."""
    for path, tree in project.production():
        if path == _INSTRUMENTS:
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if _MAKERS.fullmatch(node.func.attr):
                yield Problem(
                    path,
                    node.lineno,
                    f"{node.func.attr}: make instruments from {_REGISTRY} with {_INSTRUMENTS}",
                )
            if (
                node.func.attr in {"start_span", "start_as_current_span"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield Problem(
                    path, node.lineno, f"span {node.args[0].value!r} is not in {_REGISTRY}"
                )


def registered_telemetry_is_used(project: Project) -> Iterator[Problem]:
    """Nothing is promised that no code measures."""
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for path, tree in project.production()
        if path != _REGISTRY
        for node in ast.walk(tree)
        if isinstance(node, (ast.Attribute, ast.Name))
    }
    for path, tree in project.python(_REGISTRY):
        for node in ast.walk(tree):
            registered = (
                isinstance(node, ast.Assign)
                and isinstance(node.value, (ast.Call, ast.Constant))
                and isinstance(node.targets[0], ast.Name)
            )
            if registered and node.targets[0].id not in used:
                yield Problem(path, node.lineno, f"no code uses {node.targets[0].id}")


_CONFIGURATION = "docs/configuration.md"
_VARIABLE = re.compile(r"\bLAZARET_[A-Z0-9]+(?:_[A-Z0-9]+)*\b")


def variables_are_documented(project: Project) -> Iterator[Problem]:
    """Whatever variable a file names stands in the configuration reference."""
    documented = set(_VARIABLE.findall(project.texts.get(_CONFIGURATION, "")))
    prefixes = {name.rpartition("_")[0] for name in documented}
    for path, text in project.texts.items():
        if path.startswith("tests/house/") or path == _CONFIGURATION:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for name in (
                {found.removesuffix("_FILE") for found in _VARIABLE.findall(line)}
                - documented
                - prefixes
            ):
                yield Problem(path, number, f"{name} is not in {_CONFIGURATION}")


def dependencies_are_used(project: Project) -> Iterator[Problem]:
    """What is installed for the runtime is imported by what is shipped."""
    declared = (
        tomllib.loads(project.texts.get("pyproject.toml", ""))
        .get("project", {})
        .get("dependencies", [])
    )
    distributions = packages_distributions()
    modules = {name for _, tree in project.production() for _, name in imported(tree)}
    used = {
        found.lower().replace("_", "-")
        for name in modules
        for found in distributions.get(name.partition(".")[0], ())
    }
    for requirement in declared:
        name = requirement.partition("==")[0].partition("[")[0].lower().replace("_", "-")
        if name not in used:
            yield Problem("pyproject.toml", 1, f"nothing that is shipped imports {name}")


_SERVICES = "deploy/services.py"
_LISTS = {
    "pyproject.toml": r'containers = \["services"\]\nexhaustive = true\nlayers = \["(.*)"\]',
    "deploy/docker/Dockerfile": r"^FROM service AS (\w+)$",
    "docker-compose.yml": r"^    image: \$\{LAZARET_\w+_IMAGE:-lazaret/(\w+)\}$",
}
_NO_SERVICES = frozenset({"migrate"})  # a job that ends before the services start


def services_are_declared_once(project: Project) -> Iterator[Problem]:
    """Folders, import contracts, images and containers name the services of one table."""
    declared = {
        str(node.args[0].value)
        for _, tree in project.python(_SERVICES)
        for node in _calls(tree, "Service")
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    found = {
        "services/": {
            path.split("/")[1] for path in project.texts if re.match(r"services/\w+/", path)
        }
    }
    for path, pattern in _LISTS.items():
        listed = re.findall(pattern, project.texts.get(path, ""), re.MULTILINE)
        found[path] = {name for each in listed for name in each.split(" | ")} - _NO_SERVICES
    for path, names in found.items():
        if names != declared:
            wrong = ", ".join(sorted(names ^ declared))
            yield Problem(path, 1, f"differs from {_SERVICES} in {wrong}")


_CONTRIBUTING = "CONTRIBUTING.md"
_TREE = re.compile(r"^## Layout\n+```\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DRAWN = (
    "services/gateway/",
    "services/",
    "shared/",
    "lazaret/",
    "",
)  # folders whose rooms are drawn


def the_layout_is_drawn(project: Project) -> Iterator[Problem]:
    """The tree in CONTRIBUTING.md has every folder of the first levels, and nothing else."""
    found = _TREE.search(project.texts.get(_CONTRIBUTING, ""))
    drawn = set(_drawn(found[1])) if found else set()
    real = {
        folder + rest.split("/")[0]
        for folder in _DRAWN
        for path in project.texts
        if path.startswith(folder) and "/" in (rest := path.removeprefix(folder))
    }
    for folder in sorted(drawn ^ {each for each in real if not each.startswith(".")}):
        state = "is drawn but not there" if folder in drawn else "is not drawn"
        yield Problem(_CONTRIBUTING, 1, f"the folder {folder} {state}")


def _drawn(tree: str) -> Iterator[str]:
    """Yield the paths of an indented tree: `name/  what it is`, two spaces a level."""
    above: list[str] = []
    for line in tree.splitlines():
        if place := re.match(r"( *)([\w.-]+)/", line):
            above = [*above[: len(place[1]) // 2], place[2]]
            yield "/".join(above)


RULES = (
    services_are_declared_once,
    the_layout_is_drawn,
    messages_have_one_sender_and_one_handler,
    named_queries_are_used,
    queries_name_their_columns,
    tables_are_written_by_their_owners,
    duties_are_alike,
    queue_names_stand_in_the_topology,
    telemetry_names_are_registered,
    registered_telemetry_is_used,
    variables_are_documented,
    dependencies_are_used,
)
_MESSAGE = {"shared/messages/tell_nurse.py": "class TellNurse(msgspec.Struct): ..."}
_ONE_SERVICE = {
    "deploy/services.py": 'SERVICES = (Service("ward"),)',
    "services/ward/x.py": "",
    "pyproject.toml": 'containers = ["services"]\nexhaustive = true\nlayers = ["ward"]',
    "deploy/docker/Dockerfile": "FROM service AS ward",
    "docker-compose.yml": "    image: ${LAZARET_WARD_IMAGE:-lazaret/ward}",
}
PLANTED = [
    (services_are_declared_once, {**_ONE_SERVICE, "services/porter/x.py": ""}),
    (services_are_declared_once, {**_ONE_SERVICE, "deploy/docker/Dockerfile": ""}),
    (the_layout_is_drawn, {"shared/x.py": "", "CONTRIBUTING.md": "## Layout\n\n```\n```\n"}),
    (
        the_layout_is_drawn,
        {"shared/x.py": "", "CONTRIBUTING.md": "## Layout\n\n```\nshared/\n  db/\n```\n"},
    ),
    (
        messages_have_one_sender_and_one_handler,
        {**_MESSAGE, "services/ward/handle_tell_nurse.py": "", "docs/architecture.md": "TellNurse"},
    ),
    (
        messages_have_one_sender_and_one_handler,
        {**_MESSAGE, "services/ward/x.py": "TellNurse()", "docs/architecture.md": "TellNurse"},
    ),
    (
        messages_have_one_sender_and_one_handler,
        {**_MESSAGE, "services/ward/x.py": "TellNurse()", "services/ward/handle_tell_nurse.py": ""},
    ),
    (
        named_queries_are_used,
        {
            "shared/db/queries.sql": "-- name: admit\n-- Admit a patient.\nSELECT 1;",
            "shared/db/x.py": "",
        },
    ),
    (
        named_queries_are_used,
        {
            "shared/db/queries.sql": "-- name: admit\nSELECT 1;",
            "shared/db/x.py": 'QUERIES["admit"]',
        },
    ),
    (
        queries_name_their_columns,
        {"shared/db/queries.sql": "-- name: admit\n-- Admit.\nSELECT * FROM beds;"},
    ),
    (
        queries_name_their_columns,
        {"shared/db/queries.sql": "-- name: admit\n-- Admit.\nUPDATE beds AS b RETURNING b.*;"},
    ),
    (
        tables_are_written_by_their_owners,
        {
            "shared/db/schema.sql": (
                "CREATE TABLE public.beds (\nCOMMENT ON TABLE public.beds IS 'Owner: "
                "services/ward.';"
            ),
            "services/porter/queries.sql": "-- name: take\n-- Take a bed.\nUPDATE beds SET taken = true;",
        },
    ),
    (tables_are_written_by_their_owners, {"shared/db/schema.sql": "CREATE TABLE public.beds ("}),
    (
        duties_are_alike,
        {f"{_DUTIES}make_beds.py": 'NAME = "make_beds"\ndef run_once(context): ...'},
    ),
    (
        duties_are_alike,
        {f"{_DUTIES}make_beds.py": "async def run_once(context: Context) -> Counts: ..."},
    ),
    (queue_names_stand_in_the_topology, {"services/writer/x.py": 'consume("generate.high")'}),
    (
        telemetry_names_are_registered,
        {"services/writer/x.py": 'meter.create_counter("lazaret.beds")'},
    ),
    (
        telemetry_names_are_registered,
        {"services/writer/x.py": 'tracer.start_as_current_span("store")'},
    ),
    (registered_telemetry_is_used, {_REGISTRY: 'BEDS = Metric("lazaret.beds", "{bed}", "Beds")'}),
    (
        variables_are_documented,
        {"Makefile": "LAZARET_" + "BEDS_MAX=3", _CONFIGURATION: "LAZARET_BEDS"},
    ),
    (
        dependencies_are_used,
        {
            "pyproject.toml": '[project]\ndependencies = ["aio-pika==1"]',
            "shared/x.py": "import asyncpg",
        },
    ),
]
