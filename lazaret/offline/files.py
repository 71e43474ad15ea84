"""The files of an offline job: complete or not there."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from lazaret.offline.job import OfflineJob
from lazaret.offline.render import FORMATS, Rendered
from shared.records.engine_version import ENGINE_VERSION
from shared.scenarios import scenario_digest

MANIFEST = "job.json"


def write_files(job: OfflineJob, format_name: str, rendered: Iterable[Rendered], folder: Path) -> Iterator[int]:
    """Write a job's batches into `folder`, which is made if it is missing, and yield the patients written so far.

    Files get their names when all of them are complete; `job.json` comes last. Files of the same names are replaced. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(FORMATS[format_name])
    partial = {name: folder / f".{name}.partial" for name in names}
    digest, written = hashlib.sha256(), 0
    try:
        with ExitStack() as open_files:
            files: dict[str, BinaryIO] = {name: open_files.enter_context(path.open("wb")) for name, path in partial.items()}
            for batch in rendered:
                for name, body in batch.files.items():
                    files[name].write(body)
                for sector in batch.sector_digests:
                    digest.update(sector)
                written += batch.patients
                yield written
        for name, path in partial.items():
            path.replace(folder / name)
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
    _write_manifest(job, format_name, digest.hexdigest(), folder)


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
        "files": list(FORMATS[format_name]),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
