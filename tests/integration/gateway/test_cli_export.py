"""`lazaret export` as a person types it."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from lazaret.archives.unpack import verify
from lazaret.cli import export as export_module
from lazaret.cli import main
from services.gateway.identity.keys import NewKey
from shared.db.pool import Database
from shared.encoders.casualty.flat_tables import TABLES
from shared.encoders.formats import FORMATS
from shared.records.engine_version import ENGINE_VERSION
from tests.integration.gateway.stored_job import PATIENTS, store, submit

pytestmark = pytest.mark.parametrize("settings", [{"part_patients": 10}])
Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(url: str, key: NewKey, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command with the gateway's address and a key in the environment."""
    monkeypatch.setenv("LAZARET_URL", url)
    monkeypatch.setenv("LAZARET_API_KEY", key.api_key)

    async def export(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, ("export", *arguments))

    return export


@pytest.fixture
async def job_id(http: httpx.AsyncClient, database: Database) -> str:
    """A job of 40 patients that has ended."""
    job = await submit(http)
    await store(database, job)
    return str(job["id"])


async def test_writes_one_file_or_a_folder_of_tables(run: Run, job_id: str, tmp_path: Path) -> None:
    """NDJSON goes into the named file, CSV and Parquet into a file a table; nothing else is left
    there.
    """
    assert (await run(job_id, "--out", str(tmp_path / "all.ndjson"))).exit_code == 0
    assert len((tmp_path / "all.ndjson").read_text().splitlines()) == PATIENTS
    assert (await run(job_id, "--format", "csv", "--out", str(tmp_path / "tables"))).exit_code == 0
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {
        "job.json",
        *(f"{table}.csv" for table in TABLES),
    }
    assert (
        await run(
            job_id,
            "--format",
            "parquet",
            "--table",
            "patients",
            "--out",
            str(tmp_path / "p.parquet"),
        )
    ).exit_code == 0
    rows = list(csv.DictReader((tmp_path / "tables" / "patients.csv").read_text().splitlines()))
    assert pq.read_table(tmp_path / "p.parquet").column("patient_id").to_pylist() == [
        row["patient_id"] for row in rows
    ]


async def test_options_of_formats_reach_the_file(run: Run, job_id: str, tmp_path: Path) -> None:
    """What was chosen is in the file and in job.json; what is as usual is not written down."""
    chosen = ("--format", "csv", "--bom", "yes", "--cells", "guarded", "--table", "patients")
    assert (await run(job_id, *chosen, "--out", str(tmp_path / "out"))).exit_code == 0
    assert (tmp_path / "out" / "patients.csv").read_bytes().startswith(b"\xef\xbb\xbfpatient_id,")
    manifest = json.loads((tmp_path / "out" / "job.json").read_text())
    assert manifest == {
        "id": job_id,
        "format": "csv",
        "options": {"bom": "yes"},
        "files": ["patients.csv"],
    }


async def test_a_folder_holds_one_format_at_a_time(run: Run, job_id: str, tmp_path: Path) -> None:
    """Another format takes the place of the first; what nobody accounts for is refused."""
    out = tmp_path / "out"
    assert (await run(job_id, "--format", "csv", "--out", str(out))).exit_code == 0
    assert (await run(job_id, "--format", "csv-synthea", "--out", str(out))).exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        "job.json",
        *(f"{table}.csv" for table in FORMATS["csv-synthea"].tables),
    }
    (out / "job.json").unlink()
    refused = await run(job_id, "--format", "csv", "--out", str(out))
    assert (refused.exit_code, "of another job or format" in refused.stderr) == (2, True)


async def test_goes_on_where_it_was_cut(
    run: Run, job_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run asks only for the ordinals behind the last complete range, under the first
    run's tag.
    """
    monkeypatch.setattr(export_module, "RANGE_PATIENTS", 10)
    await run(job_id, "--out", str(tmp_path / "whole.ndjson"))
    whole = (tmp_path / "whole.ndjson").read_bytes()
    lines = whole.splitlines(keepends=True)
    cut = tmp_path / "cut.ndjson"
    (tmp_path / "cut.ndjson.part").write_bytes(b"".join(lines[:20]) + b'{"id": "half a li')
    tag = {
        "job_id": job_id,
        "format": "ndjson",
        "table": None,
        "next_ordinal": 20,
        "size": len(b"".join(lines[:20])),
        "etag": None,
    }
    (tmp_path / "cut.ndjson.resume").write_text(json.dumps(tag))
    assert (await run(job_id, "--out", str(cut))).exit_code == 0
    assert cut.read_bytes() == whole
    (tmp_path / "cut.ndjson.part").write_bytes(b"".join(lines[:20]))
    (tmp_path / "cut.ndjson.resume").write_text(json.dumps(tag | {"etag": '"other data"'}))
    assert (await run(job_id, "--out", str(cut))).exit_code == 3


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--format", "xml"), "--format"),
        (("--table", "events"), "--table"),
        (("--format", "csv", "--table", "beds"), "--table"),
        (("--format", "csv", "--out", "all.csv"), "--out"),
        (("--format", "csv", "--profile", "us-core"), "--profile"),
        (("--format", "ips", "--profile", "uk-core"), "--profile"),
        (("--format", "ndjson", "--bom", "yes"), "--bom"),
        (("--format", "csv", "--cells", "spread"), "--cells"),
    ],
)
async def test_names_the_wrong_option(
    run: Run, job_id: str, tmp_path: Path, options: tuple[str, ...], named: str
) -> None:
    """Usage errors end with code 2 and the option's name."""
    result = await run(job_id, "--out", str(tmp_path), *options)
    assert result.exit_code == 2
    assert named in result.stderr


async def test_says_that_a_job_still_runs(
    run: Run, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    """A job that has not ended cannot be exported: one line, code 3."""
    job = await submit(http)
    result = await run(job["id"], "--out", str(tmp_path))
    assert (result.exit_code, "queued" in result.stderr) == (3, True)


async def test_packs_the_files_into_an_archive(run: Run, job_id: str, tmp_path: Path) -> None:
    """The archive is all that is left, and its manifest says which job, simulation and encoder the
    files are from.
    """
    archive = tmp_path / "packed" / "job.zip"
    archive.parent.mkdir()
    assert (await run(job_id, "--format", "csv", "--archive", str(archive))).exit_code == 0
    assert list(archive.parent.iterdir()) == [archive]
    manifest = verify(archive, None)
    assert (manifest["job"], manifest["patients"], manifest["format"]) == (job_id, PATIENTS, "csv")
    assert (manifest["engine_version"], manifest["encoder_version"]) == (
        ENGINE_VERSION,
        FORMATS["csv"].version,
    )
    assert [file["name"] for file in manifest["files"]] == [f"{table}.csv" for table in TABLES]
