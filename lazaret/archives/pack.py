"""Writes an archive: the files one behind the other, the manifest last, in constant memory. The
same files make the same ZIP.
"""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import orjson

from lazaret.archives.container import SealedWriter
from lazaret.archives.manifest import MANIFEST_NAME, Member, Origin, manifest_document

READ_BYTES = 1024 * 1024
# Files that are compressed already are stored as they are.
_COMPRESSED = frozenset({".parquet", ".pdf", ".xlsx"})
_COMPRESSION_LEVEL = 6
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def pack(paths: Sequence[Path], origin: Origin, sink: BinaryIO | SealedWriter) -> list[Member]:
    """Write a ZIP of the files, under their own names, and its manifest. Raises OSError."""
    # ZIP files may be written to what cannot be sought in: sizes then stand behind the data.
    with zipfile.ZipFile(sink, "w") as archive:
        members = [_add(archive, path) for path in paths]
        document = orjson.dumps(
            manifest_document(origin, members),
            option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
        )
        archive.writestr(_entry(MANIFEST_NAME), document, compresslevel=_COMPRESSION_LEVEL)
    return members


def _add(archive: zipfile.ZipFile, path: Path) -> Member:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file, archive.open(_entry(path.name), "w", force_zip64=True) as member:
        while data := file.read(READ_BYTES):
            digest.update(data)
            size += member.write(data)
    return Member(path.name, size, digest.hexdigest())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = (
        zipfile.ZIP_STORED if Path(name).suffix in _COMPRESSED else zipfile.ZIP_DEFLATED
    )
    entry.external_attr = 0o644 << 16
    return entry
