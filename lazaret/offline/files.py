"""The files of an offline job: complete or not there."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from lazaret.offline.job import OfflineJob
from lazaret.offline.run import Run
from lazaret.offline.slices import file_names
from shared.encoders.formats import FORMATS
from shared.records.engine_version import ENGINE_VERSION
from shared.scenarios import scenario_digest

MANIFEST = "job.json"


def write_files(job: OfflineJob, format_name: str, workers: int, folder: Path) -> Iterator[int]:
    """Simulate a job into `folder`, which is made if it is missing, and yield the patients written so far.

    Files get their names when all of them are complete; `job.json` comes last. Files of the same names are replaced. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = {name: folder / f".{name}.partial" for name in file_names(format_name)}
    run = Run(job, format_name, workers)
    try:
        yield from _write(run, format_name, partial)
        for name, path in partial.items():
            path.replace(folder / name)
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
    _write_manifest(job, format_name, run.digest.hex(), folder)


def _write(run: Run, format_name: str, paths: Mapping[str, Path]) -> Iterator[int]:
    assemblies = {name: FORMATS[format_name].assembly() for name in paths}
    written = 0
    with ExitStack() as open_files:
        files: dict[str, BinaryIO] = {name: open_files.enter_context(path.open("wb")) for name, path in paths.items()}
        for encoded in run:
            for name, piece in encoded.pieces.items():
                files[name].write(assemblies[name].add(piece))
            written += encoded.patients
            yield written
        for name, file in files.items():
            file.write(assemblies[name].end())


def _write_manifest(job: OfflineJob, format_name: str, digest: str, folder: Path) -> None:
    manifest = {
        "id": str(job.id),
        "engine_version": ENGINE_VERSION,
        "scenario": job.scenario.title,
        "scenario_digest": scenario_digest(job.scenario).hex(),
        "seed": job.seed,
        "patients": job.count,
        "digest": digest,
        "format": format_name,
        "files": list(file_names(format_name)),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
