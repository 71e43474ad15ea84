"""An export on its way into a file, range by range, so that a cut download goes on after its last
complete range.

Beside the unfinished file stands `<name>.resume`, which says how far it is complete and under which
ETag.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from lazaret.client.documents import ExportHead, ExportRange

RANGE_PATIENTS = 50_000


@dataclass(frozen=True, slots=True)
class _Complete:
    """What is safely in the file: everything before `next_ordinal`, in `size` bytes."""

    job_id: str
    format: str
    table: str | None
    next_ordinal: int
    size: int
    etag: str | None


class Download:
    """Writes ranges of `range_patients` ordinals to `path.part`, which becomes `path` when all are
    there.

    Formats whose ranges cannot be joined (parquet) need a `range_patients` as large as the whole.
    """

    def __init__(
        self, path: Path, job_id: str, wanted: ExportRange, range_patients: int = RANGE_PATIENTS
    ) -> None:
        if wanted.to_ordinal is None:
            raise ValueError("a download needs the last ordinal")
        self._path = path
        self._last: int = wanted.to_ordinal
        self._wanted = wanted
        self._range_patients = range_patients
        self._part = path.with_name(path.name + ".part")
        self._resume = path.with_name(path.name + ".resume")
        self._complete = self._read_resume() or _Complete(
            job_id, wanted.format, wanted.table, wanted.from_ordinal or 0, 0, wanted.etag
        )
        if (self._complete.job_id, self._complete.format, self._complete.table) != (
            job_id,
            wanted.format,
            wanted.table,
        ):
            raise ValueError(
                f"{self._resume} belongs to another download; delete it or choose another file"
            )
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file = self._part.open("r+b" if self._complete.size else "wb")
        self._file.truncate(self._complete.size)
        self._file.seek(self._complete.size)
        return self

    def __exit__(
        self, error: type[BaseException] | None, _value: object, _traceback: TracebackType | None
    ) -> None:
        self._open_file().close()
        if error is None and self._complete.next_ordinal > self._last:
            self._part.replace(self._path)
            self._resume.unlink(missing_ok=True)

    @property
    def next_ordinal(self) -> int:
        """Everything before this is complete."""
        return self._complete.next_ordinal

    def ranges(self) -> Iterator[ExportRange]:
        """The ranges still to fetch; the previous one must have been ended before the next is asked
        for.
        """
        while (first := self._complete.next_ordinal) <= self._last:
            last = min(first + self._range_patients - 1, self._last)
            yield replace(
                self._wanted, from_ordinal=first, to_ordinal=last, etag=self._complete.etag
            )

    def write(self, chunk: bytes) -> None:
        self._open_file().write(chunk)

    def end_range(self, fetched: ExportRange, head: ExportHead) -> None:
        """Note that all bytes of this range have been written."""
        if fetched.to_ordinal is None:
            raise ValueError("the range must come from ranges()")
        file = self._open_file()
        file.flush()
        os.fsync(file.fileno())
        self._complete = replace(
            self._complete, next_ordinal=fetched.to_ordinal + 1, size=file.tell(), etag=head.etag
        )
        self._write_resume()

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("the download has not been entered")
        return self._file

    def _read_resume(self) -> _Complete | None:
        if not (self._resume.exists() and self._part.exists()):
            return None
        return _Complete(**json.loads(self._resume.read_text()))

    def _write_resume(self) -> None:
        fresh = self._resume.with_name(self._resume.name + ".new")
        fresh.write_text(json.dumps(asdict(self._complete)))
        fresh.replace(self._resume)
