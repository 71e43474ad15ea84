"""`lazaret job` and `lazaret keys` as a person types them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from lazaret.cli import COMMANDS, main
from services.gateway.identity.keys import NewKey
from shared.db.pool import Database
from shared.scenarios.presets import load_preset
from shared.scenarios.scenario import canonical_json
from tests.integration.gateway.stored_job import PATIENTS, PRESET, SEED, store
from tests.secrets_of_tests import SECRET_VARIABLES

Run = Callable[..., Awaitable[Result]]


async def invoke(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


@pytest.fixture
def run(url: str, key: NewKey, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with the gateway's address and a key in the environment."""
    monkeypatch.setenv("LAZARET_URL", url)
    monkeypatch.setenv("LAZARET_API_KEY", key.api_key)
    for name, value in SECRET_VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    return invoke


async def submitted(run: Run, *options: str) -> str:
    result = await run(
        "job",
        "submit",
        "--scenario",
        PRESET,
        "--count",
        str(PATIENTS),
        "--seed",
        str(SEED),
        "--json",
        *options,
    )
    assert result.exit_code == 0, result.output
    job_id: str = json.loads(result.stdout)["id"]
    return job_id


async def test_submits_a_preset_and_shows_it(run: Run) -> None:
    """The job's id and seed are printed; `show` and `list` tell the rest."""
    result = await run(
        "job", "submit", "--scenario", PRESET, "--count", "5", "--seed", "7", "--priority", "high"
    )
    job_id = result.stdout.split()[0]
    shown, listed = await run("job", "show", job_id), await run("job", "list", "--priority", "high")
    assert result.stdout == f"{job_id} queued (seed 7)\n"
    assert "0 of 5" in shown.stdout
    assert job_id in listed.stdout
    assert json.loads((await run("job", "list", "--json")).stdout)[0]["id"] == job_id


async def test_a_job_is_one_line_of_the_list(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its id is whole however narrow the terminal and long its title, which is no markup."""
    document = json.loads(canonical_json(load_preset(PRESET))) | {
        "title": f"Day [/one] {'x' * 100}"
    }
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(document))
    job_id = (await run("job", "submit", "--scenario", str(file), "--count", "5")).stdout.split()[0]
    monkeypatch.setenv("COLUMNS", "60")
    line = next(line for line in (await run("job", "list")).stdout.splitlines() if job_id in line)
    assert all(words in line for words in ("queued", "normal", "Day [/one]", "0 of 5", "UTC"))
    assert "Day [/one]" in (await run("job", "show", job_id)).stdout


async def test_submits_a_file(run: Run, tmp_path: Path) -> None:
    """A JSON file is sent as a scenario of one's own."""
    file = tmp_path / "mine.json"
    file.write_bytes(canonical_json(load_preset(PRESET)))
    result = await run("job", "submit", "--scenario", str(file), "--count", "5", "--json")
    assert (result.exit_code, json.loads(result.stdout)["preset"]) == (0, None)


@pytest.mark.parametrize("settings", [{"part_patients": 10}], ids=["parts of ten"])
async def test_shows_an_ended_jobs_validity(run: Run, database: Database) -> None:
    """In words for people, what contradicts by name, and whole for programs; a live job has
    none.
    """
    job_id = await submitted(run)
    early = await run("job", "validity", job_id)
    assert early.exit_code != 0
    assert "its validity report is made when it has ended" in early.output
    await store(database, {"id": job_id})
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE patients SET ended_at_s = injured_at_s - 1 WHERE ordinal = 3"
        )
    shown = await run("job", "validity", job_id)
    assert (
        f"1 of {PATIENTS} patients contradict: nobody's story ends before it begins" in shown.output
    )
    assert f"14 of 15 checks hold for {PATIENTS} patients" in shown.output
    report = json.loads((await run("job", "validity", job_id, "--json")).stdout)
    assert (report["patients"], report["consistent"]) == (PATIENTS, False)


async def test_acts_on_a_job(run: Run) -> None:
    """Each action prints the new state; a deleted job is gone."""
    job_id = await submitted(run)
    outputs = [
        (await run("job", action, job_id)).stdout
        for action in ("pause", "resume", "cancel", "delete")
    ]
    assert outputs == [
        f"{job_id} {word}\n" for word in ("paused", "running", "cancelled", "deleted")
    ]
    assert (await run("job", "show", job_id)).exit_code == 3


@pytest.mark.parametrize("settings", [{"part_patients": 10}])
async def test_watches_to_the_end_and_sums_up(run: Run, database: Database) -> None:
    """`watch` ends with the job, with counts by category, triage and outcome, and where the data
    is.
    """
    job_id = await submitted(run)
    await store(database, {"id": job_id})
    result = await run("job", "watch", job_id)
    assert result.exit_code == 0
    for word in (
        "category",
        "triage",
        "outcome",
        "patients/s",
        f"{PATIENTS} of {PATIENTS}",
        f"/api/v1/jobs/{job_id}/patients",
    ):
        assert word in result.stdout


async def test_waiting_for_a_job_that_does_not_succeed_fails(run: Run) -> None:
    """A cancelled job ends `watch` with exit code 1 and one line."""
    job_id = await submitted(run)
    await run("job", "cancel", job_id)
    result = await run("job", "watch", job_id, "--json")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (1, "cancelled")
    assert result.stderr.splitlines()[-1] == "Error: the job cancelled"


async def test_waits_while_the_job_runs(run: Run, http: httpx.AsyncClient) -> None:
    """`submit --wait` returns when the job has been ended by somebody else."""
    waiting = asyncio.create_task(
        run("job", "submit", "--scenario", PRESET, "--count", "5", "--wait", "--json")
    )
    jobs: list[dict[str, str]] = []
    while not jobs:
        jobs = (await http.get("/api/v1/jobs")).json()["items"]
    await http.post(f"/api/v1/jobs/{jobs[0]['id']}/cancel")
    result = await waiting
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (1, "cancelled")


async def test_errors_are_one_clear_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    """Wrong input, an unknown job, a wrong key and an absent server: each with its exit code and no
    stack trace.
    """
    cases = {
        ("job", "submit", "--count", "0"): (3, "count: "),
        ("job", "submit", "--count", "many"): (2, "Invalid value for '--count'"),
        ("job", "submit", "--scenario", "teaching-21"): (3, "did you mean 'teaching-20'"),
        ("job", "submit", "--scenario", "nowhere.json"): (2, "cannot read nowhere.json"),
        ("job", "submit", "--priority", "urgent"): (2, "'high', 'normal', 'low'"),
        ("job", "show", "nonsense"): (3, "no job 'nonsense'"),
        ("jab",): (2, "No such command 'jab'"),
        ("generate", "--count", "5", "--format", "ndjson", "--archive", "/dev/null/x.zip"): (
            4,
            "/dev/null/x.zip.part: Not a directory",
        ),
    }
    for arguments, (exit_code, words) in cases.items():
        result = await run(*arguments)
        assert (result.exit_code, words in result.stderr) == (exit_code, True), result.output
        assert "Traceback" not in result.output
    monkeypatch.setenv("LAZARET_API_KEY", "lzt_a_b")
    assert (await run("job", "list")).exit_code == 3
    monkeypatch.setenv("LAZARET_URL", f"http://127.0.0.1:{free_port}")
    absent = await run("job", "list")
    assert (absent.exit_code, str(free_port) in absent.stderr) == (4, True)
    monkeypatch.setenv("LAZARET_URL", "localhost")
    assert (await run("job", "list")).exit_code == 2


async def test_finds_the_local_stack_upward(
    url: str, key: NewKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without variables, `.lazaret/local.env` of the nearest folder upward is read; without that,
    it is named.
    """
    for name in ("LAZARET_URL", "LAZARET_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    below = tmp_path / "deep" / "below"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    missing = await invoke("job", "list")
    (tmp_path / ".lazaret").mkdir()
    (tmp_path / ".lazaret" / "local.env").write_text(
        f"# local stack\nLAZARET_URL={url}\nLAZARET_API_KEY='{key.api_key}'\n"
    )
    found = await invoke("job", "list", "--json")
    assert (missing.exit_code, ".lazaret/local.env" in missing.stderr) == (2, True)
    assert (found.exit_code, json.loads(found.stdout)) == (0, [])


async def test_makes_a_key_that_works(
    run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key made for a new tenant is accepted by the gateway and sees that tenant's jobs only."""
    await submitted(run)
    monkeypatch.setenv("LAZARET_DATABASE_URL", database_url)
    create = ("keys", "create", "--name", "test", "--tenant", "third")
    made = json.loads((await run(*create, "--role", "viewer", "--json")).stdout)
    plain = (await run("keys", "create", "--name", "test", "--tenant", "third")).stdout.strip()
    for api_key in (made["api_key"], plain):
        monkeypatch.setenv("LAZARET_API_KEY", api_key)
        assert json.loads((await run("job", "list", "--json")).stdout) == []


async def test_a_revoked_key_is_refused_at_once(
    run: Run, key: NewKey, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are listed without secrets; after a revocation the very next request is refused, and
    other keys work on.
    """
    monkeypatch.setenv("LAZARET_DATABASE_URL", database_url)
    made = json.loads(
        (await run("keys", "create", "--name", "lent", "--tenant", "third", "--json")).stdout
    )
    monkeypatch.setenv("LAZARET_API_KEY", made["api_key"])
    assert (await run("job", "list")).exit_code == 0
    for _ in range(2):
        assert (await run("keys", "revoke", made["key_id"])).stdout == f"revoked {made['key_id']}\n"
    refused = await run("job", "list")
    assert (refused.exit_code, "revoked" in refused.stderr) == (3, True)
    monkeypatch.setenv("LAZARET_API_KEY", key.api_key)
    assert (await run("job", "list")).exit_code == 0
    (listed,) = json.loads((await run("keys", "list", "--tenant", "third", "--json")).stdout)
    assert (listed["key_id"], listed["name"], listed["role"]) == (
        made["key_id"],
        "lent",
        "operator",
    )
    assert listed["revoked_at"] > listed["created_at"]
    everybody = (await run("keys", "list")).stdout
    assert all(key_id in everybody for key_id in (made["key_id"], key.key_id))
    assert made["api_key"].rpartition("_")[2] not in everybody
    unknown = await run("keys", "revoke", "0000")
    assert (unknown.exit_code, "no API key '0000'" in unknown.stderr) == (3, True)


async def test_a_key_cannot_be_made_from_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the database's address, an empty name, and on a database without tables, the error
    says what to do.
    """
    for name, value in SECRET_VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LAZARET_DATABASE_URL", raising=False)
    absent = await invoke("keys", "create", "--name", "a", "--tenant", "b")
    monkeypatch.setenv("LAZARET_DATABASE_URL", empty_database_url)
    nameless = await invoke("keys", "create", "--name", " ", "--tenant", "b")
    unprepared = await invoke("keys", "create", "--name", "a", "--tenant", "b")
    assert (absent.exit_code, "LAZARET_DATABASE_URL" in absent.stderr) == (2, True)
    assert (nameless.exit_code, "--name" in nameless.stderr) == (2, True)
    assert (unprepared.exit_code, "lazaret migrate" in unprepared.stderr) == (3, True)


def test_help_imports_no_command() -> None:
    """`lazaret --help` names every command without importing any of them, nor what they need."""
    script = (
        "import sys\nfrom lazaret.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted(set(sys.modules) & {'httpx', 'rich', 'pydantic', 'numpy', "
        "'pyarrow', 'asyncpg', 'aiohttp', 'lazaret.cli.job'}))"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert output.splitlines()[-1] == "[]"
    assert all(f"  {name} " in output for name in COMMANDS)


def test_every_command_is_where_the_table_says() -> None:
    """Each named command can be loaded and explains itself."""
    for name in COMMANDS:
        result = CliRunner().invoke(main, (name, "--help"))
        assert (result.exit_code, "Usage" in result.stdout) == (0, True), name
