import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deploy.local.observing import FILES
from shared.telemetry.names import Attribute, SpanName

GRAMMARS = Path(__file__).with_name("grammars")
LOGS = tomllib.loads((FILES / "queries/logs.toml").read_text())["query"]
TRACES = tomllib.loads((FILES / "queries/traces.toml").read_text())["query"]


@pytest.fixture(scope="module")
def grammars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grafana's own parsers, installed from the lock file."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("SKIPPED: no node and npm here, TraceQL and LogQL are not parsed")
    folder = tmp_path_factory.mktemp("grammars")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(GRAMMARS / name, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"SKIPPED: the grammars cannot be installed here: {done.stderr[-300:]}")
    return folder


def _errors(grammars: Path, queries: list[tuple[str, str]]) -> list[int]:
    done = subprocess.run(
        ["node", GRAMMARS / "parse.mjs", grammars],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def test_saved_queries_are_logql_and_traceql(grammars: Path) -> None:
    """Loki and Tempo cannot run here; their language is checked with Grafana's grammars."""
    queries = [("logql", each["logql"]) for each in LOGS]
    queries += [("traceql", each["traceql"]) for each in TRACES]
    assert _errors(grammars, queries) == [-1] * len(queries)


def test_the_grammars_notice_a_broken_query(grammars: Path) -> None:
    """A stray bracket and a missing value."""
    broken = [("logql", '{a="b"} | x="" [5m'), ("traceql", "{ span.x = }")]
    assert -1 not in _errors(grammars, broken)


@pytest.mark.parametrize("query", TRACES, ids=lambda query: query["name"])
def test_traceql_names_registered_attributes_and_spans(query: dict[str, Any]) -> None:
    """A misspelt attribute would find nothing and say nothing."""
    text = query["traceql"]
    words = text.replace("(", " ").replace(")", " ").replace(",", " ").split()
    used = {word.removeprefix("span.") for word in words if word.startswith("span.")}
    assert used <= {attribute.value for attribute in Attribute}
    named = set(re.findall(r'(?<![.\w])name = "([^"]+)"', text))
    assert named <= {span.value for span in SpanName}
