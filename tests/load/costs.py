"""What a request and a batch cost in statements, round trips and messages, counted on the wire."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

from tests.e2e.deployment import STEADY, Deployment, eventually
from tests.load.counting_proxy import CountingProxy, counting

PATIENTS = 4_000
BATCH_PATIENTS = 2_000
REPEATED = 3
REQUESTS: Mapping[str, tuple[str, str]] = {
    "read a job": ("GET", "/api/v1/jobs/{job}"),
    "list jobs": ("GET", "/api/v1/jobs?limit=10"),
    "list patients": ("GET", "/api/v1/jobs/{job}/patients?limit=20"),
    "read a patient": ("GET", "/api/v1/jobs/{job}/patients/7"),
    "read a FHIR patient": ("GET", "/fhir/R4/Patient/{job}-7"),
    "list presets": ("GET", "/api/v1/presets"),
    "submit a job": ("POST", "/api/v1/jobs"),
}
SMALL_JOB = {"preset": "teaching-20", "count": 20, "seed": 3}

Costs = dict[str, dict[str, int]]


async def measure(deployment: Deployment) -> Costs:
    """Start the services behind counting proxies and return the cost of each kind of request, and
    of a batch where it is worked on.
    """
    async with AsyncExitStack() as stack:
        gateway_url, gateway = await stack.enter_async_context(counting(deployment.database_url))
        writer_url, writer = await stack.enter_async_context(counting(deployment.database_url))
        generator_amqp, generated = await stack.enter_async_context(counting(deployment.broker_url))
        writer_amqp, written = await stack.enter_async_context(counting(deployment.broker_url))
        await replace(deployment, database_url=gateway_url).start("gateway", key_cache_s="0")
        await deployment.start("scheduler", **STEADY)
        await replace(deployment, broker_url=generator_amqp).start(
            "generator", batch_patients=str(BATCH_PATIENTS), **STEADY
        )
        await replace(deployment, database_url=writer_url, broker_url=writer_amqp).start(
            "writer", parts_in_flight_max="1", **STEADY
        )
        await _run(deployment)  # every statement is prepared, every connection open
        before = writer.reading(), generated.reading(), written.reading()
        job = await _run(deployment)
        await _settled(generated, written)
        costs = _of_the_job(
            *(
                proxy.since(then)
                for proxy, then in zip((writer, generated, written), before, strict=True)
            )
        )
        for name, (method, path) in REQUESTS.items():
            costs[name] = await _request(deployment, gateway, method, path.format(job=job))
        return costs


async def _run(deployment: Deployment) -> str:
    job = await deployment.submit(PATIENTS)
    assert (await deployment.finished(job))["state"] == "succeeded"
    return job


async def _settled(*proxies: CountingProxy) -> None:
    """The last acknowledgement may come after the job's end."""

    async def acknowledged() -> bool:
        return all(proxy.counts["ack"] == proxy.counts["deliver"] for proxy in proxies)

    await eventually(acknowledged)


def _of_the_job(
    writer: dict[str, int], generated: dict[str, int], written: dict[str, int]
) -> Costs:
    costs = {
        "a job of two batches: writer, PostgreSQL": writer,
        "a job of two batches: generator, AMQP": generated,
        "a job of two batches: writer, AMQP": written,
    }
    return {
        name: {what: count for what, count in counts.items() if what != "copied"}
        for name, counts in costs.items()
    }


async def _request(
    deployment: Deployment, gateway: CountingProxy, method: str, path: str
) -> dict[str, int]:
    """The cost of one once everything is prepared; the same each time."""
    body = {"json": SMALL_JOB} if method == "POST" else {}
    found = []
    for _ in range(REPEATED):
        before = gateway.reading()
        answer = await deployment.http(method, path, **body)
        assert answer.status_code in {200, 202}, answer.text
        found.append(gateway.since(before))
    assert found[-1] == found[-2], f"{method} {path} costs {found[-2]}, then {found[-1]}"
    return found[-1]
