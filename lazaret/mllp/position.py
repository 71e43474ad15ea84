"""How far a feed has come, in a file that is up to date after every answer, so that the same
command goes on after a kill.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

# both counts are padded, so that writing in place never leaves an end of an older text
_COUNT_CHARS = 15


class OtherFeed(Exception):
    """The file belongs to another job, receiver, or state of the data."""


@dataclass(frozen=True, slots=True)
class Progress:
    """So many messages of a feed have been answered; so many of them were rejected.

    `receiver` is a host without its port: a receiver that is started again may have another.
    """

    job_id: str
    receiver: str
    etag: str | None
    answered: int = 0
    rejected: int = 0

    def is_same_feed(self, other: "Progress") -> bool:
        return (self.job_id, self.receiver, self.etag) == (other.job_id, other.receiver, other.etag)


class Position:
    """Opens `path` for a feed that begins as `fresh`, or has begun before. Raises OSError,
    OtherFeed.
    """

    def __init__(self, path: Path, fresh: Progress) -> None:
        self.progress = _read(path) or fresh
        if not self.progress.is_same_feed(fresh):
            raise OtherFeed(
                f"{path} belongs to another feed, or the data has changed since: delete "
                "it to start again"
            )
        self._path = path
        self._file = path.open("r+b" if path.exists() else "w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: object, _value: object, _traceback: TracebackType | None) -> None:
        self._file.close()

    def advance(self, *, rejected: bool) -> None:
        """Note that the next message has been answered."""
        self.progress = replace(
            self.progress,
            answered=self.progress.answered + 1,
            rejected=self.progress.rejected + rejected,
        )
        document = asdict(self.progress)
        counts = {name: f"{document[name]:0{_COUNT_CHARS}d}" for name in ("answered", "rejected")}
        self._file.seek(0)
        self._file.write(json.dumps({**document, **counts}).encode())
        self._file.flush()

    def finish(self) -> None:
        """Nothing is left to go on with."""
        self._path.unlink()


def _read(path: Path) -> Progress | None:
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        document = json.loads(path.read_bytes())
        return Progress(
            **{
                **document,
                "answered": int(document["answered"]),
                "rejected": int(document["rejected"]),
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OtherFeed(f"{path} is no position of a feed: delete it to start again") from error
