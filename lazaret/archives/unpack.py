"""Opens an archive: decrypts it, compares every file with the manifest, and only then lets anything
out.
"""

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import orjson

from lazaret.archives.container import MAGIC, is_sealed, unsealed
from lazaret.archives.faults import BadArchive
from lazaret.archives.manifest import MANIFEST_NAME

READ_BYTES = 1024 * 1024
MANIFEST_BYTES_MAX = 16 * 1024 * 1024


def verify(path: Path, passphrase: bytes | None) -> Mapping[str, Any]:
    """Compare every file of an archive with its manifest, and return the manifest.

    Raises:
        BadArchive: it is not what was packed; the message says what is wrong.
        OSError: it cannot be read, or there is no room to decrypt it.
    """
    with _opened(path, passphrase) as (archive, manifest):
        for member in manifest["files"]:
            for _ in _member_data(archive, member):
                pass
    return manifest


def extract(path: Path, passphrase: bytes | None, folder: Path) -> Mapping[str, Any]:
    """Verify an archive and write its files and the manifest into `folder`, which is made if
    missing. Raises as `verify` does.

    Files get their names when all of them are right; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _opened(path, passphrase) as (archive, manifest),
        tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder) as place,
    ):
        for member in manifest["files"]:
            with (Path(place) / member["name"]).open("wb") as file:
                file.writelines(_member_data(archive, member))
        (Path(place) / MANIFEST_NAME).write_bytes(archive.read(MANIFEST_NAME))
        for name in (*(member["name"] for member in manifest["files"]), MANIFEST_NAME):
            (Path(place) / name).replace(folder / name)
    return manifest


@contextmanager
def _opened(
    path: Path, passphrase: bytes | None
) -> Iterator[tuple[zipfile.ZipFile, Mapping[str, Any]]]:
    with path.open("rb") as file, _plain(file, path, passphrase) as plain:
        try:
            with zipfile.ZipFile(plain) as archive:
                yield archive, _manifest(archive)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise BadArchive(f"not a whole ZIP file: {error}") from error


@contextmanager
def _plain(file: BinaryIO, path: Path, passphrase: bytes | None) -> Iterator[BinaryIO]:
    """The ZIP itself: the file, or what it holds when decrypted, beside it on disk for as long as
    it is read.
    """
    sealed = is_sealed(file.read(len(MAGIC)))
    file.seek(0)
    if not sealed:
        yield file
        return
    if passphrase is None:
        raise BadArchive("the archive is encrypted, and no passphrase was given")
    with tempfile.TemporaryFile(dir=path.parent) as plain:
        plain.writelines(unsealed(file, passphrase))
        plain.seek(0)
        yield plain


def _manifest(archive: zipfile.ZipFile) -> Mapping[str, Any]:
    names = archive.namelist()
    if MANIFEST_NAME not in names:
        raise BadArchive(f"not an archive of this project: it has no {MANIFEST_NAME}")
    if archive.getinfo(MANIFEST_NAME).file_size > MANIFEST_BYTES_MAX:
        raise BadArchive(f"{MANIFEST_NAME}: more than {MANIFEST_BYTES_MAX} bytes")
    try:
        manifest: Mapping[str, Any] = orjson.loads(archive.read(MANIFEST_NAME))
        listed = [member["name"] for member in manifest["files"]]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadArchive(f"{MANIFEST_NAME}: not a manifest") from error
    _compare_names(names, listed)
    return manifest


def _compare_names(names: list[str], listed: list[str]) -> None:
    """Each file is listed and there once, under a plain name: none may be written elsewhere than
    where it is asked to.
    """
    if sorted(names) != sorted([*listed, MANIFEST_NAME]):
        raise BadArchive("the files in the archive are not those in its manifest")
    for name in names:
        if PurePosixPath(name).name != name or "\\" in name or name.startswith("."):
            raise BadArchive(f"{name[:80]!r} is not the plain name of a file")


def _member_data(archive: zipfile.ZipFile, member: Mapping[str, Any]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    with archive.open(member["name"]) as file:
        while data := file.read(READ_BYTES):
            digest.update(data)
            yield data
    if digest.hexdigest() != member["sha256"]:
        raise BadArchive(f"{member['name']}: its content is not what the manifest says")
