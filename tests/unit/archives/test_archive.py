"""Archives: packed, verified, opened, and refused when they are not what was packed."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from lazaret.archives.container import SealedWriter
from lazaret.archives.faults import BadArchive
from lazaret.archives.manifest import Origin
from lazaret.archives.pack import pack
from lazaret.archives.unpack import extract, verify

PASSPHRASE = b"correct horse battery staple"
ORIGIN = Origin(
    job_id="01890a5d-ac96-774b-bcce-b302099a8057",
    scenario_title="An exercise",
    seed=7,
    patients=2,
    format="csv",
    encoder_version=1,
    engine_version="1",
)
FILES = {
    "patients.csv": b"patient_id\r\n" + b"0\r\n" * 40_000,
    "events.parquet": bytes(range(256)) * 300,
}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in FILES]


def packed(files: list[Path], *, encrypted: bool) -> Path:
    path = files[0].parent / "archive"
    with path.open("wb") as sink:
        if encrypted:
            writer = SealedWriter(sink, PASSPHRASE, b"s" * 16, b"n" * 7, cost_log2=4)
            pack(files, ORIGIN, writer)
            writer.close()
        else:
            pack(files, ORIGIN, sink)
    return path


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_archive_gives_back_its_files(
    files: list[Path], tmp_path: Path, encrypted: bool
) -> None:
    """Every file comes out as it went in, with the manifest beside it; verifying writes nothing."""
    archive = packed(files, encrypted=encrypted)
    manifest = verify(archive, PASSPHRASE)
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()
    }
    assert (
        manifest["job"],
        manifest["seed"],
        manifest["patients"],
        manifest["engine_version"],
    ) == (ORIGIN.job_id, 7, 2, "1")
    assert "SNOMED CT" in manifest["licences"]
    extract(archive, PASSPHRASE, tmp_path / "out")
    assert {
        path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.name in FILES
    } == FILES
    assert json.loads((tmp_path / "out" / "manifest.json").read_bytes()) == manifest


def test_the_same_files_make_the_same_zip(files: list[Path]) -> None:
    """No time of day stands in it, and any ZIP program reads it."""
    first = packed(files, encrypted=False).read_bytes()
    assert packed(files, encrypted=False).read_bytes() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*FILES, "manifest.json"]


def test_an_encrypted_archive_shows_nothing(files: list[Path]) -> None:
    """Neither names nor data can be found in it, and it is not opened without a passphrase or with
    another.
    """
    archive = packed(files, encrypted=True)
    assert b"patient" not in archive.read_bytes()
    with pytest.raises(BadArchive, match="no passphrase was given"):
        verify(archive, None)
    with pytest.raises(BadArchive, match="wrong passphrase"):
        verify(archive, b"something else")


def rewritten(archive: Path, change: dict[str, bytes | None]) -> Path:
    """The archive with members replaced, added or left out."""
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()} | change
    with zipfile.ZipFile(archive, "w") as new:
        for name, data in members.items():
            if data is not None:
                new.writestr(name, data)
    return archive


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patients.csv": b"other"}, "patients.csv: its content is not what the manifest says"),
        ({"patients.csv": None}, "not those in its manifest"),
        ({"more.csv": b""}, "not those in its manifest"),
        ({"manifest.json": None}, "has no manifest.json"),
        ({"manifest.json": b"[]"}, "not a manifest"),
        (
            {
                "manifest.json": b'{"files": [{"name": "../../evil"}]}',
                "../../evil": b"",
                **dict.fromkeys(FILES),
            },
            "not the plain name",
        ),
    ],
)
def test_a_changed_archive_is_refused(
    files: list[Path], tmp_path: Path, change: dict[str, bytes | None], message: str
) -> None:
    """The message says what is wrong, and nothing is left in the folder."""
    archive = rewritten(packed(files, encrypted=False), change)
    with pytest.raises(BadArchive, match=message):
        extract(archive, None, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_cut_archive_is_refused(files: list[Path]) -> None:
    """A ZIP without its end is not a whole one."""
    archive = packed(files, encrypted=False)
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(BadArchive, match="not a whole ZIP file"):
        verify(archive, None)


def test_a_damaged_member_is_refused(files: list[Path]) -> None:
    """A changed byte in the middle of a file is noticed."""
    archive = packed(files, encrypted=False)
    data = bytearray(archive.read_bytes())
    data[200] ^= 1
    archive.write_bytes(data)
    with pytest.raises(BadArchive):
        verify(archive, None)
