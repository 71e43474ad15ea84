import csv
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from lazaret.cli import EXIT_AWAY, EXIT_USAGE, main
from lazaret.offline import render as render_module
from lazaret.offline import run as run_module
from lazaret.offline.job import PATIENTS_MAX, SEED_MAX, OfflineJob
from lazaret.offline.render import batches, file_names
from shared.encoders.formats import FORMATS
from shared.records.body import read_body
from shared.records.cut import BatchSpec
from shared.scenarios import canonical_json, load_preset
from shared.simulation.batch import BatchWork, generate_parts
from tests.unit.offline.dying import die

# Two whole sectors of the teaching exercise and half of a third.
COUNT, SEED = 50, 7


def _generate(out: Path, *options: str) -> dict[str, bytes]:
    arguments = [
        "generate",
        "--scenario",
        "teaching-20",
        "--count",
        str(COUNT),
        "--seed",
        str(SEED),
        "--workers",
        "1",
        "--out",
        str(out),
        *options,
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_ndjson_holds_every_patient_once(tmp_path: Path) -> None:
    """One document a patient, in order, under the job's own id."""
    files = _generate(tmp_path)
    assert set(files) == {"patients.ndjson", "job.json"}
    manifest = json.loads(files["job.json"])
    patients = [json.loads(line) for line in files["patients.ndjson"].splitlines()]
    assert [patient["id"] for patient in patients] == [
        f"{manifest['id']}-{ordinal}" for ordinal in range(COUNT)
    ]
    assert [patient["sector"] for patient in patients] == [
        ordinal // 20 for ordinal in range(COUNT)
    ]
    assert manifest["patients"] == COUNT
    assert UUID(manifest["id"]) == OfflineJob(load_preset("teaching-20"), SEED, COUNT).id


def test_a_profile_is_claimed_and_written_down(tmp_path: Path) -> None:
    """Resources and the manifest name the pack that was asked for; a format without profiles
    refuses it.
    """
    files = _generate(tmp_path / "claiming", "--format", "fhir-ndjson", "--profile", "us-core")
    profiles = {
        tuple(json.loads(line)["meta"]["profile"]) for line in files["Patient.ndjson"].splitlines()
    }
    assert profiles == {("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient",)}
    assert json.loads(files["job.json"])["options"] == {"profile": "us-core"}
    refused = CliRunner().invoke(main, ["generate", "--profile", "us-core", "--out", str(tmp_path)])
    assert (refused.exit_code, "--profile" in refused.output) == (EXIT_USAGE, True)


def test_csv_tables_have_one_header_each(tmp_path: Path) -> None:
    """Five tables that patient_id joins."""
    files = _generate(tmp_path, "--format", "csv")
    assert set(files) == {*file_names("csv"), "job.json"}
    for name in file_names("csv"):
        rows = list(csv.DictReader(files[name].decode().splitlines()))
        assert len(rows) >= COUNT or name != "patients.csv"
        assert all(row["patient_id"] != "patient_id" for row in rows)
        assert len({row["patient_id"] for row in rows}) <= COUNT


def test_parquet_is_one_file_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices that end inside sectors and parts that end inside batches become row groups of one
    readable file.
    """
    monkeypatch.setattr(render_module, "PART_PATIENTS", 30)
    monkeypatch.setitem(FORMATS, "parquet", replace(FORMATS["parquet"], slice_patients=25))  # type: ignore[misc]  # a Mapping that is a dict
    _generate(tmp_path, "--format", "parquet")
    patients = pq.ParquetFile(tmp_path / "patients.parquet")
    assert [
        patients.metadata.row_group(group).num_rows for group in range(patients.num_row_groups)
    ] == [25, 5, 20]
    assert patients.read(["ordinal"]).column(0).to_pylist() == list(range(COUNT))
    events = pq.read_table(tmp_path / "events.parquet")
    assert events.num_rows > COUNT


@pytest.mark.parametrize(
    ("format_name", "workers"), [("ndjson", "4"), ("csv", "2"), ("parquet", "2")]
)
def test_workers_change_no_byte(
    format_name: str, workers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process and several write the same files from a batch for each sector."""
    monkeypatch.setattr(render_module, "BATCH_PATIENTS", 1)
    assert len(list(batches(OfflineJob(load_preset("teaching-20"), SEED, COUNT)))) == 3
    alone = _generate(tmp_path / "alone", "--format", format_name)
    assert _generate(tmp_path / "shared", "--format", format_name, "--workers", workers) == alone


@pytest.mark.parametrize("format_name", ["ndjson", "csv"])
def test_batches_change_no_byte(
    format_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A format whose pieces stand one behind the other does not show how the job was cut."""
    whole = _generate(tmp_path / "whole", "--format", format_name)
    monkeypatch.setattr(render_module, "BATCH_PATIENTS", 1)
    assert _generate(tmp_path / "cut", "--format", format_name) == whole


def test_the_digest_is_that_of_the_sectors(tmp_path: Path) -> None:
    """The manifest's digest can be compared with a server's job of the same scenario, seed, count
    and engine.
    """
    work = BatchWork(
        scenario=load_preset("teaching-20"),
        spec=BatchSpec(
            seed=SEED,
            first_sector=0,
            sectors=3,
            sector_patients=20,
            first_ordinal=0,
            patients=COUNT,
            part_patients=COUNT,
        ),
    )
    (part,) = generate_parts(work)
    sectors = read_body(part.sector_results, ["digest"]).column(0).to_pylist()
    assert (
        json.loads(_generate(tmp_path)["job.json"])["digest"]
        == hashlib.sha256(b"".join(sectors)).hexdigest()
    )


def test_a_scenario_file_is_its_preset(tmp_path: Path) -> None:
    """The same scenario from a file gives the same job."""
    path = tmp_path / "exercise.json"
    path.write_bytes(canonical_json(load_preset("teaching-20")))
    assert _generate(tmp_path / "a", "--scenario", str(path)) == _generate(tmp_path / "b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--count", "0"), f"0 is not in the range 1<=x<={PATIENTS_MAX}"),
        (("--count", str(PATIENTS_MAX + 1)), f"is not in the range 1<=x<={PATIENTS_MAX}"),
        (("--count", "ten"), "'ten' is not a valid integer range"),
        (("--seed", "-1"), f"-1 is not in the range 0<=x<={SEED_MAX}"),
        (("--seed", str(2**53)), f"is not in the range 0<=x<={SEED_MAX}"),
        (("--format", "docx"), "'docx' is not one of"),
        (("--workers", "0"), "0 is not in the range"),
        (("--scenario", "brigade-conventionl"), "did you mean 'brigade-conventional'"),
        (("--scenario", "nowhere.toml"), "cannot read nowhere.toml: No such file or directory"),
    ],
)
def test_bad_input_is_refused_with_its_limit(
    options: tuple[str, str], message: str, tmp_path: Path
) -> None:
    """Before anything is simulated or written."""
    result = CliRunner().invoke(main, ["generate", "--out", str(tmp_path / "out"), *options])
    assert result.exit_code == EXIT_USAGE
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file stands where the folder should be made."""
    (tmp_path / "file").touch()
    result = CliRunner().invoke(
        main, ["generate", "--scenario", "teaching-20", "--out", str(tmp_path / "file" / "out")]
    )
    assert result.exit_code == EXIT_AWAY
    assert f"--out: cannot write {tmp_path / 'file' / 'out'}: Not a directory" in result.output


def test_a_killed_worker_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happened is said, and nothing half-written has a file's name."""
    monkeypatch.setattr(run_module, "render_batch", die)
    arguments = [
        "generate",
        "--scenario",
        "teaching-20",
        "--count",
        "40",
        "--workers",
        "2",
        "--out",
        str(tmp_path),
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == EXIT_AWAY
    assert "a worker process was killed" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_holds_one_job_at_a_time(tmp_path: Path) -> None:
    """Another format or seed takes the place of what job.json lists; other files stay."""
    (tmp_path / "notes.txt").write_text("mine")
    _generate(tmp_path, "--format", "csv-synthea")
    files = _generate(tmp_path, "--format", "csv", "--seed", "8")
    assert set(files) == {"notes.txt", "job.json", *file_names("csv")}
    assert json.loads(files["job.json"])["seed"] == 8


def test_files_of_no_known_job_are_not_mixed_with(tmp_path: Path) -> None:
    """A table without a job.json that lists it is somebody's: the folder is refused untouched."""
    (tmp_path / "encounters.csv").write_text("Id\n")
    arguments = ["generate", "--scenario", "teaching-20", "--format", "csv"]
    refused = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path)])
    assert refused.exit_code == EXIT_USAGE
    assert "holds encounters.csv of another job or format" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["encounters.csv"]


def test_a_scenario_begins_on_another_day(tmp_path: Path) -> None:
    """Times of day stay; `--ends-today` leaves nothing in the future."""
    then = _generate(tmp_path / "then", "--starts-at", "2024-02-29")
    now = _generate(tmp_path / "now", "--ends-today")
    first, second = (
        [json.loads(line) for line in files["patients.ndjson"].splitlines()]
        for files in (then, now)
    )
    assert min(each["injured_at"] for each in first).startswith("2024-02-29T")
    today = datetime.now(UTC).date().isoformat()
    assert max(each["ended_at"] for each in second)[:10] <= today
    assert [each["injured_at"][11:] for each in first] == [
        each["injured_at"][11:] for each in second
    ]


@pytest.mark.parametrize("day", ["2024-13-01", "yesterday", "1949-01-01"])
def test_a_day_that_cannot_be_is_refused(day: str, tmp_path: Path) -> None:
    """With the option's name."""
    arguments = ["generate", "--starts-at", day, "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == EXIT_USAGE
    assert "starts" in result.output
