"""A folder of files belongs to one job and format: what another one left does not stay in it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lazaret.cli import EXIT_USAGE, Failure
from lazaret.offline.files import MANIFEST
from lazaret.offline.render import file_names
from shared.encoders.formats import FORMATS

_IDENTITY = ("id", "format", "options")


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """`identity` is what the files are of: job, format and options. `names` are the files."""

    folder: Path
    identity: Mapping[str, Any]
    names: Collection[str]
    manifest: Mapping[str, Any]

    @classmethod
    def claim(
        cls, folder: Path, identity: Mapping[str, Any], names: Collection[str]
    ) -> "OutputFolder":
        """Look at what is there. Raises Failure when a file is of a format, and of no known job."""
        manifest = _read(folder / MANIFEST)
        there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        strangers = (there & _all_names()) - set(names) - set(manifest.get("files", ()))
        if strangers - set(file_names(identity["format"])):
            raise Failure(
                f"--out: {folder} holds {min(strangers)} of another job or format: "
                "name another folder, or delete it",
                EXIT_USAGE,
            )
        return cls(folder, identity, names, manifest)

    @property
    def is_same(self) -> bool:
        """Whether what is there is of the same job, format and options."""
        return all(self.manifest.get(name) == self.identity.get(name) for name in _IDENTITY)

    def clear(self) -> None:
        """Remove the files of the job that was there before, as far as they were not replaced."""
        if not self.is_same:
            for name in set(self.manifest.get("files", ())) & _all_names() - set(self.names):
                (self.folder / name).unlink(missing_ok=True)

    def write_manifest(self) -> None:
        """Say whose files these are."""
        kept = self.manifest.get("files", ()) if self.is_same else ()
        files = [*kept, *(name for name in self.names if name not in kept)]
        text = json.dumps({**self.identity, "files": files}, indent=2) + "\n"
        (self.folder / MANIFEST).write_text(text, encoding="utf-8")


def _read(path: Path) -> Mapping[str, Any]:
    """What an earlier command wrote; nothing where the file is somebody else's."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) and manifest.get("format") in FORMATS else {}


def _all_names() -> set[str]:
    return {name for format_name in FORMATS for name in file_names(format_name)}
