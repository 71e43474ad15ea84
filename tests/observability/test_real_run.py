import tomllib
from typing import Any

import pytest

from deploy.local.observing import FILES
from tests.observability.watched import Watched, soon

pytestmark = pytest.mark.timeout(300)

TRACES = tomllib.loads((FILES / "traces.toml").read_text())
EDGES = [(edge["parent"], edge["child"]) for edge in TRACES["edges"]]


def _edges(trace: dict[str, Any]) -> set[tuple[str, str]]:
    """Parent and child of every span of a trace, each as "service: span"."""
    names = {
        span["spanID"]: (
            f"{trace['processes'][span['processID']]['serviceName']}: {span['operationName']}"
        )
        for span in trace.get("spans", ())
    }
    return {
        (names.get(reference["spanID"], "?"), names[span["spanID"]])
        for span in trace.get("spans", ())
        for reference in span["references"]
        if reference["refType"] == "CHILD_OF"
    }


def _trace_of_job(watched: Watched) -> dict[str, Any]:
    """The job's trace, found by the job's id alone."""
    tags = f'{{"lazaret.job.id":"{watched.job_id}"}}'
    found = watched.ask("jaeger", "/api/traces", service="generator", tags=tags, limit=20)["data"]
    return dict(found[0]) if found else {}


@pytest.mark.parametrize(("parent", "child"), EDGES)
def test_each_edge_of_the_path_is_in_the_trace_store(
    watched: Watched, parent: str, child: str
) -> None:
    """One trace joins request, dispatch, generate, write and event across RabbitMQ."""

    def arrived() -> bool:
        trace = _trace_of_job(watched)
        return bool(trace) and (parent, child) in _edges(trace)

    soon(arrived, lambda: f"{parent} -> {child} in {sorted(_edges(_trace_of_job(watched)))}")
