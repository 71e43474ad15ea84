"""Every error that one part of the system raises for another to act on.

LazaretError
├── Invalid           the caller's input is wrong; each problem names its field
├── NotFound          the named thing does not exist
├── Conflict          the thing exists, but its state forbids this
├── Unavailable       a dependency does not answer or a backlog is full; a retry may succeed
│   ├── TooManyRequests   the caller has as much under way as it may
│   └── Overdue       a dependency answers, and took longer than it may over this
└── RejectedForGood   a consumer's verdict: this message can never succeed
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with the input: a dotted path and what is wrong there, with the limit where
    there is one.
    """

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class LazaretError(Exception):
    """The root: anything that is not one of these is a defect.

    `category` says who has to act, where a type means something else than its base does.
    """

    category: str | None = None


class Invalid(LazaretError):
    """The input is wrong. Carries every problem found, not only the first."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class NotFound(LazaretError):
    """The named thing does not exist."""


class Conflict(LazaretError):
    """The thing exists, but its present state forbids what was asked."""


class Unavailable(LazaretError):
    """A dependency is away or a backlog is full; the same call may succeed after
    `retry_after_s`.
    """

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Overdue(Unavailable):
    """A dependency answers, and took longer than it may over this; the same call may take as long
    again.
    """


class TooManyRequests(Unavailable):
    """The caller has as much under way as it may; the same call may succeed later."""

    category = "client"


class RejectedForGood(LazaretError):
    """This message can never succeed; it goes to the dead letters."""
