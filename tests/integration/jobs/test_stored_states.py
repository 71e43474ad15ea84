"""What the tables refuse, and that their words are the code's."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from shared.db.named_queries import load_queries
from shared.jobs.states import TERMINAL, BatchState, JobState, Priority
from tests.integration.jobs.world import World

ROOT = Path(__file__).parents[3]
QUERY_FILES = sorted(
    path
    for folder in ("shared", "services")
    for path in (ROOT / folder).rglob("*.sql")
    if "migrations" not in path.parts
)

ILLEGAL_JOBS = [
    "patients_persisted = -1",
    "patients_persisted = 26",
    "patients_persisted = 5",
    "first_readable_at = now()",
    "batches_done = -1",
    "batches_dead = -1",
    "batches_done = 2, batches_dead = 2",
    "batches_total = 0",
    "patients_requested = 0",
    "sector_patients = 0",
    "part_patients = 0",
    "seed = -1",
    "seed = 9007199254740992",
    "scenario_digest = 'short'",
    "pass = -1",
    "started_at = now()",
    "finished_at = now()",
    "digest = decode(repeat('00', 32), 'hex')",
    "error = 'nothing is wrong'",
    "state = 'cancelled'",
    "state = 'succeeded', finished_at = now(), digest = decode(repeat('00', 32), 'hex')",
    (
        "state = 'succeeded', finished_at = now(), batches_done = 3, patients_persisted = 25, "
        "first_readable_at = now()"
    ),
    (
        "state = 'succeeded', finished_at = now(), batches_done = 3, digest = "
        "decode(repeat('00', 32), 'hex')"
    ),
    "state = 'failed', finished_at = now(), error = 'worn out'",
    "state = 'failed', finished_at = now(), batches_dead = 3",
    "state = 'failed', finished_at = now(), batches_dead = 1, error = 'worn out'",
]
ILLEGAL_BATCHES = [
    "batch_no = -1",
    "first_sector = -1",
    "sectors = 0",
    "sectors = 11",
    "first_ordinal = -1",
    "patients = 0",
    "parts_total = 0",
    "parts_total = 11",
    "parts_done = -1",
    "parts_done = 2",
    "parts_done = 1",
    "dispatch_no = -1",
    "failures = -1",
    "state = 'done'",
    "state = 'dead'",
    "state = 'dispatched'",
    "state = 'generating', lease_id = gen_random_uuid()",
    "state = 'generated', lease_expires_at = now()",
    "lease_id = gen_random_uuid(), lease_expires_at = now()",
]
ILLEGAL_ROWS = [
    "INSERT INTO tenants (tenant_id, name) VALUES (gen_random_uuid(), '')",
    "INSERT INTO tenants (tenant_id, name, weight) VALUES (gen_random_uuid(), 'light', 0)",
    "UPDATE tenants SET pass = -1",
    "UPDATE tenants SET job_floor = -1",
    "INSERT INTO schedule_floors (only_row) VALUES (false)",
    "INSERT INTO schedule_floors (only_row) VALUES (true)",
    "UPDATE schedule_floors SET class_floor = -1",
    "UPDATE schedule_floors SET tenant_floor = -1",
    "UPDATE class_passes SET weight = 0",
    "UPDATE class_passes SET pass = -1",
    "INSERT INTO api_keys SELECT 'k', tenant_id, 'name', 'short', false FROM tenants",
    (
        "INSERT INTO api_keys SELECT 'k', tenant_id, '', decode(repeat('00', 32), 'hex'), "
        "false FROM tenants"
    ),
    (
        "INSERT INTO idempotency_keys SELECT tenant_id, '', decode(repeat('00', 32), 'hex'), "
        "tenant_id FROM tenants"
    ),
    (
        "INSERT INTO idempotency_keys SELECT tenant_id, repeat('k', 256), decode(repeat('00', "
        "32), 'hex'), tenant_id FROM tenants"
    ),
    "INSERT INTO idempotency_keys SELECT tenant_id, 'k', 'short', tenant_id FROM tenants",
    (
        "INSERT INTO outbox (message_id, message_type, routing_key, body) VALUES "
        "(gen_random_uuid(), '', 'k', '')"
    ),
    (
        "INSERT INTO outbox (message_id, message_type, routing_key, body) VALUES "
        "(gen_random_uuid(), 't', '', '')"
    ),
    (
        "INSERT INTO outbox (message_id, message_type, routing_key, body) VALUES "
        "(gen_random_uuid(), 't', repeat('k', 256), '')"
    ),
    "INSERT INTO generators VALUES (gen_random_uuid(), 'engine', 0, now())",
    "INSERT INTO patient_parts SELECT job_id, -1, 0, 0, 1, '{}', '' FROM jobs",
    "INSERT INTO patient_parts SELECT job_id, 5, 4, 0, 1, '{}', '' FROM jobs",
    "INSERT INTO sector_results SELECT job_id, 0, 'short', '' FROM jobs",
]
STATEMENTS = (
    [f"UPDATE jobs SET {change}" for change in ILLEGAL_JOBS]
    + [f"UPDATE batches SET {change} WHERE batch_no = 0" for change in ILLEGAL_BATCHES]
    + ILLEGAL_ROWS
)


async def test_illegal_rows_cannot_be_stored(world: World) -> None:
    """Each of these changes to a queued job, its first batch and the other tables breaks a rule,
    and is refused by it.
    """
    await world.submit()
    accepted = []
    for statement in STATEMENTS:
        try:
            await world.execute(statement)
        except (asyncpg.CheckViolationError, asyncpg.UniqueViolationError):
            continue
        accepted.append(statement)
    assert accepted == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("job_state", JobState), ("batch_state", BatchState), ("priority_class", Priority)],
)
async def test_states_are_the_same_words_in_the_database(
    world: World, name: str, words: type[JobState]
) -> None:
    """Python's enumeration is SQL's, in the same order."""
    rows = await world.fetch(f"SELECT unnest(enum_range(NULL::{name}))::text")
    assert [row[0] for row in rows] == [word.value for word in words]


async def test_terminal_states_have_an_end(world: World) -> None:
    """The states that need a finishing time are those that the code calls terminal."""
    rule = str(
        await world.value(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'jobs'::regclass"
            " AND pg_get_constraintdef(oid) LIKE '%finished_at IS NOT NULL%'"
        )
    )
    assert {state for state in JobState if f"'{state}'" in rule} == TERMINAL


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda path: str(path.relative_to(ROOT)))
async def test_every_named_query_fits_the_schema(world: World, path: Path) -> None:
    """Each statement can be prepared against the migrated tables."""
    if path.name == "schema.sql":
        return
    async with world.database.connection() as connection:
        for query in load_queries(path).values():
            await connection.prepare(query)


async def test_hot_statements_use_their_indexes(world: World) -> None:
    """With ten thousand batches in a job and a thousand jobs, no statement of the hot path reads a
    whole table of batches or jobs.
    """
    job_id = (await world.submit(patients=100_000, sector_patients=10, batch_patients=10)).job_id
    await world.execute(
        "INSERT INTO jobs (job_id, tenant_id, priority, scenario, scenario_digest, seed, "
        "engine_version, schema_version, sector_patients,"
        " part_patients, patients_requested, batches_total, state, finished_at)"
        " SELECT (left(job_id::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, tenant_id, "
        "priority, scenario, scenario_digest, seed,"
        " engine_version, 1, 10, 10, 10, 1, 'cancelled', now() FROM jobs, "
        "generate_series(1, 1000) AS n"
    )
    # An empty partition of another month may well be read: there is nothing to read.
    full = await world.value(
        "SELECT DISTINCT split_part(tableoid::regclass::text, 'batches', 2) FROM batches"
    )
    leased = (await world.dispatch(world.one_at_a_time))[0].lease
    await world.execute("ANALYZE")
    async with world.database.connection() as connection:
        for path in (ROOT / "shared/jobs/queries.sql", ROOT / "shared/jobs/schedule.sql"):
            queries = load_queries(path)
            for name in HOT.keys() & queries.keys():
                arguments = [_fill(argument, job_id, leased.lease_id) for argument in HOT[name]]
                plan = await _plan(connection, queries[name], arguments)
                assert not [
                    line
                    for line in plan
                    if f"Seq Scan on batches{full}" in line or f"Seq Scan on jobs{full}" in line
                ], (
                    name,
                    plan,
                )


HOT: dict[str, list[object]] = {
    "add_patients": ["job", 0, 0],
    "check_lease": ["job", 0, "lease"],
    "claim": ["job", 0, "lease", "engine 1", None],
    "count_part": ["job", 0, "lease", None],
    "find_expired_jobs": [100],
    "finish_job": ["job"],
    "generated": ["job", 0, "lease", None],
    "lock_job": ["job"],
    "lock_leased_batch": ["job", 0, "lease"],
    "read_backlogged": ["engine 1", ["normal"], ["job"], 20],
    "read_lines": ["engine 1"],
    "read_windows": [timedelta(seconds=10)],
    "release": ["job", 0, "lease"],
    "renew": [["job"], [0], ["lease"], None],
}


def _fill(argument: object, job_id: UUID, lease_id: UUID) -> object:
    if isinstance(argument, list):
        return [_fill(item, job_id, lease_id) for item in argument]
    return {"job": job_id, "lease": lease_id}.get(str(argument), argument)


async def _plan(connection: object, query: str, arguments: list[object]) -> list[str]:
    """Explain with the values that the query is run with."""
    transaction = connection.transaction()  # type: ignore[attr-defined]
    await transaction.start()
    try:
        rows = await connection.fetch(f"EXPLAIN {query}", *arguments)  # type: ignore[attr-defined]
    finally:
        await transaction.rollback()
    return [row[0] for row in rows]
