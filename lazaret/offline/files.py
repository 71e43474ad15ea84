"""The files of an offline job: complete or not there."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Self

from lazaret.offline.job import OfflineJob
from lazaret.offline.render import Rendered, Wanted, file_names
from lazaret.offline.run import run
from shared.encoders.formats import FORMATS
from shared.encoders.interface.assembly import Assembly
from shared.records.engine_version import ENGINE_VERSION
from shared.scenarios import scenario_digest

MANIFEST = "job.json"


def write_files(job: OfflineJob, wanted: Wanted, workers: int, folder: Path) -> Iterator[int]:
    """Simulate a job into `folder`, which is made if it is missing, and yield the patients written
    so far.

    Files get their names when all of them are complete; `job.json` comes last. Files of the same
    names are replaced.

    Raises:
        OSError: the folder cannot be written.
        Unavailable: a worker process was killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with TemporaryDirectory(prefix=".unfinished-", dir=folder) as place:
        unfinished = Path(place)
        written = 0
        with (
            _Files(wanted.format_name, unfinished) as files,
            closing(run(job, wanted, workers, unfinished)) as rendered,
        ):
            for batch in rendered:
                files.add(batch)
                digest.update(b"".join(batch.sector_digests))
                written += batch.patients
                yield written
        for name in file_names(wanted.format_name):
            (unfinished / name).replace(folder / name)
    _write_manifest(job, wanted, digest.hexdigest(), folder)


class _Files:
    """The job's files while they grow."""

    def __init__(self, format_name: str, folder: Path) -> None:
        self._paths = {name: folder / name for name in file_names(format_name)}
        self._assemblies: Mapping[str, Assembly] = {
            name: FORMATS[format_name].assembly() for name in self._paths
        }
        self._open_files = ExitStack()
        self._files: Mapping[str, BinaryIO] = {}

    def __enter__(self) -> Self:
        self._files = {
            name: self._open_files.enter_context(path.open("wb"))
            for name, path in self._paths.items()
        }
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        with self._open_files:
            if error is None:
                for name, file in self._files.items():
                    file.write(self._assemblies[name].end())

    def add(self, batch: Rendered) -> None:
        """Append a batch's pieces, and remove its own files."""
        for name, sizes in batch.pieces.items():
            with (batch.folder / name).open("rb") as pieces:
                for size in sizes:
                    self._files[name].write(self._assemblies[name].add(pieces.read(size)))
        shutil.rmtree(batch.folder)


def _write_manifest(job: OfflineJob, wanted: Wanted, digest: str, folder: Path) -> None:
    manifest = {
        "id": str(job.id),
        "engine_version": ENGINE_VERSION,
        "scenario": job.scenario.title,
        "scenario_digest": scenario_digest(job.scenario).hex(),
        "seed": job.seed,
        "patients": job.count,
        "digest": digest,
        "format": wanted.format_name,
        "options": dict(wanted.options.chosen),
        "files": list(file_names(wanted.format_name)),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
