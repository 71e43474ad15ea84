"""What every answer has in common: problem documents, security headers, probes."""

from typing import Any

import httpx
import pytest

from services.gateway.http.security_headers import SECURITY_HEADERS
from shared.db.pool import Database
from shared.telemetry import names
from shared.telemetry.instruments import counter

JOBS = "/api/v1/jobs"


def check_problem(response: httpx.Response, status: int) -> None:
    problem = response.json()
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert problem["status"] == status
    assert problem["type"].startswith("urn:lazaret:problem:")
    for error in problem.get("errors", []):
        assert set(error) == {"field", "message"}
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def test_an_unknown_path_is_a_problem(http: httpx.AsyncClient) -> None:
    """404 comes as a problem document with the security headers."""
    response = await http.get("/nowhere")
    check_problem(response, 404)
    assert "/nowhere" in response.json()["detail"]


async def test_a_wrong_method_says_which_are_right(http: httpx.AsyncClient) -> None:
    """405 carries Allow."""
    response = await http.put(JOBS, json={})
    check_problem(response, 405)
    assert response.headers["Allow"] == "GET, HEAD, POST"


async def test_an_expectation_that_nobody_knows_is_a_problem(http: httpx.AsyncClient) -> None:
    """417 is refused below the application and still a problem document."""
    check_problem(await http.get(JOBS, headers={"Expect": "tea"}), 417)


async def test_every_refusal_has_the_same_shape(http: httpx.AsyncClient) -> None:
    """A refusal of the application's own is a problem document with the security headers."""
    job = (await http.post(JOBS, json={"preset": "teaching-20", "count": 1})).json()["id"]
    check_problem(
        await http.post(JOBS, content=b"{", headers={"Content-Type": "application/json"}), 400
    )
    check_problem(await http.get(f"{JOBS}/x"), 404)
    check_problem(await http.post(f"{JOBS}/{job}/resume"), 409)
    check_problem(await http.post(JOBS, content=b"x", headers={"Content-Type": "text/plain"}), 415)


async def test_good_answers_have_the_security_headers_too(http: httpx.AsyncClient) -> None:
    """So does 200, without a word of the software's versions."""
    response = await http.get(JOBS)
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def test_a_defect_is_answered_without_its_detail(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, logs: list[dict[str, Any]]
) -> None:
    """An unexpected exception becomes 500: the exception's text stays in the log."""

    def explode(_preset: str) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("services.gateway.api.presets.load_preset", explode)
    response = await http.get(
        "/api/v1/presets/never-asked-before",  # one that was is kept, and would not be loaded
        headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"},
    )
    check_problem(response, 500)
    assert "secret" not in response.text
    assert response.json()["trace_id"] == "ab" * 16
    assert "secret detail" in str(
        [entry["exc_info"] for entry in logs if entry["log_level"] == "error"]
    )


async def test_probes_need_no_key(url: str) -> None:
    """Liveness says live; readiness says degraded while only the broker is unavailable; both
    without a key.
    """
    async with httpx.AsyncClient(base_url=url) as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["checks"] == {
        "database": "ok",
        "intake": "ok",
        "broker": "broker unavailable",
    }


async def test_without_the_database_it_is_not_ready(url: str, database: Database) -> None:
    """Readiness is 503 without PostgreSQL; liveness stays."""
    await database.close()
    async with httpx.AsyncClient(base_url=url) as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
    assert (live.status_code, ready.status_code, ready.json()["status"]) == (
        200,
        503,
        "unavailable",
    )


async def test_metrics_are_prometheus_text(url: str) -> None:
    """The exposition is served without a key."""
    counter(names.JOBS_SUBMITTED)
    async with httpx.AsyncClient(base_url=url) as client:
        response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")


async def test_presets_can_be_listed_and_read(http: httpx.AsyncClient) -> None:
    """Each listed preset is a scenario that a job accepts."""
    listed = (await http.get("/api/v1/presets")).json()["items"]
    assert {"teaching-20", "brigade-conventional"} <= {preset["name"] for preset in listed}
    for preset in listed:
        scenario = (await http.get(f"/api/v1/presets/{preset['name']}")).json()
        assert scenario["title"] == preset["title"]
        assert (await http.post(JOBS, json={"scenario": scenario, "count": 1})).status_code == 202


async def test_an_unknown_preset_names_the_nearest(http: httpx.AsyncClient) -> None:
    """404 helps with a slip of the pen."""
    response = await http.get("/api/v1/presets/teaching-21")
    check_problem(response, 404)
    assert "teaching-20" in response.json()["detail"]


async def test_the_scenario_schema_is_published(http: httpx.AsyncClient) -> None:
    """It is JSON Schema and knows the scenario's fields."""
    response = await http.get("/api/v1/schemas/scenario")
    assert response.headers["Content-Type"].startswith("application/schema+json")
    assert "facilities" in response.json()["properties"]
