"""What can go wrong with a call.

ClientError
├── Unreachable    no answer: wrong address, refused, cut or too slow
└── ApiError       the server answered with a problem document
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field of a request: its dotted path and what is wrong there."""

    field: str
    message: str


class ClientError(Exception):
    """The root of this package's errors."""


class Unreachable(ClientError):
    """There was no answer, or it was cut short."""


class ApiError(ClientError):
    """A problem document (RFC 9457): `status`, `title`, `detail`, and the wrong fields in
    `errors`.
    """

    def __init__(
        self, status: int, title: str, detail: str, errors: tuple[FieldProblem, ...] = ()
    ) -> None:
        super().__init__(
            "; ".join(f"{each.field}: {each.message}" for each in errors) or detail or title
        )
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retry_after_s: float | None = None

    @classmethod
    def from_problem(cls, status: int, problem: Mapping[str, Any]) -> Self:
        errors = tuple(
            FieldProblem(each["field"], each["message"]) for each in problem.get("errors", ())
        )
        return cls(
            status, problem.get("title", f"HTTP {status}"), problem.get("detail", ""), errors
        )
