"""Archives as a person makes and opens them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lazaret.archives import container
from lazaret.cli import EXIT_INTERRUPTED, EXIT_USAGE, archiving, main
from lazaret.cli.archiving import KEY_VARIABLE
from lazaret.offline.job import OfflineJob
from shared.scenarios import load_preset

PATIENTS = 20
SECRET = "correct horse battery staple"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody guesses at these tests' passphrase, so it may be cheap to guess at."""
    monkeypatch.setattr(container.SealedWriter.__init__, "__defaults__", (4,))


def run(*arguments: str, secret: str = "") -> Result:
    return CliRunner().invoke(main, arguments, env={KEY_VARIABLE: secret})


def generated(path: Path, *options: str, secret: str = "") -> Path:
    result = run(
        "generate",
        "--count",
        str(PATIENTS),
        "--format",
        "csv",
        "--workers",
        "1",
        "--archive",
        str(path),
        *options,
        secret=secret,
    )
    assert result.exit_code == 0, result.output
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return path


@pytest.mark.parametrize("options", [(), ("--encrypt",)])
def test_an_archive_holds_the_files_of_the_folder(tmp_path: Path, options: tuple[str, ...]) -> None:
    """What is packed and opened is what `--out` writes, with a manifest that says where it came
    from.
    """
    (tmp_path / "packed").mkdir()
    archive = generated(tmp_path / "packed" / "job.zip", *options, secret=SECRET)
    run(
        "generate",
        "--count",
        str(PATIENTS),
        "--format",
        "csv",
        "--workers",
        "1",
        "--out",
        str(tmp_path / "folder"),
    )
    assert run("archive", "verify", str(archive), secret=SECRET).exit_code == 0
    assert (
        run(
            "archive", "open", str(archive), "--out", str(tmp_path / "opened"), secret=SECRET
        ).exit_code
        == 0
    )
    opened = {path.name: path.read_bytes() for path in (tmp_path / "opened").iterdir()}
    manifest = json.loads(opened.pop("manifest.json"))
    assert opened == {path.name: path.read_bytes() for path in (tmp_path / "folder").iterdir()}
    job = OfflineJob(load_preset("brigade-conventional"), 0, PATIENTS)
    assert (manifest["job"], manifest["patients"], manifest["format"]) == (
        str(job.id),
        PATIENTS,
        "csv",
    )
    assert manifest["digest"] == json.loads(opened["job.json"])["digest"]


def test_a_key_that_encrypts_nothing_is_refused(tmp_path: Path) -> None:
    """Nobody takes an open archive for a locked one because a key was named."""
    key = tmp_path / "key"
    key.write_text(SECRET)
    result = run("generate", "--archive", str(tmp_path / "job.zip"), "--key-file", str(key))
    assert (result.exit_code, list(tmp_path.iterdir())) == (EXIT_USAGE, [key])
    assert "--key-file: nothing is encrypted without --encrypt" in result.output


def test_an_interrupted_archive_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends with the shell's code for it, in one line, and the files that were to be packed
    are gone.
    """

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archiving, "pack", interrupt)
    result = run(
        "generate",
        "--count",
        str(PATIENTS),
        "--workers",
        "1",
        "--archive",
        str(tmp_path / "job.zip"),
    )
    assert (result.exit_code, list(tmp_path.iterdir())) == (EXIT_INTERRUPTED, [])
    assert result.output.endswith("Error: interrupted\n")


def test_a_key_file_is_a_passphrase(tmp_path: Path) -> None:
    """Its line break does not count, and the environment need not have one."""
    key = tmp_path / "key"
    key.write_text(f"{SECRET}\n")
    (tmp_path / "packed").mkdir()
    archive = generated(tmp_path / "packed" / "job.zip", "--encrypt", "--key-file", str(key))
    assert run("archive", "verify", str(archive), secret=SECRET).exit_code == 0


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ("", "no passphrase; give one with --key-file"),
        ("short", "at least 12 bytes, not 5"),
        ("another passphrase", "wrong passphrase"),
    ],
)
def test_a_missing_short_or_wrong_passphrase_is_explained(
    tmp_path: Path, secret: str, message: str
) -> None:
    """One line says what is wrong, and nothing is written."""
    (tmp_path / "packed").mkdir()
    archive = generated(tmp_path / "packed" / "job.zip", "--encrypt", secret=SECRET)
    result = run("archive", "open", str(archive), "--out", str(tmp_path / "opened"), secret=secret)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "opened").exists() or list((tmp_path / "opened").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "name either --out or --archive"),
        (("--out", "x", "--archive", "y.zip"), "name either --out or --archive"),
        (("--out", "x", "--encrypt"), "only an --archive can be encrypted"),
        (("--archive", "y.zip", "--encrypt"), "no passphrase"),
    ],
)
def test_contradictions_are_explained(options: tuple[str, ...], message: str) -> None:
    """Options that cannot go together are refused before anything is simulated."""
    result = run("generate", *options)
    assert result.exit_code == 2
    assert message in result.output
