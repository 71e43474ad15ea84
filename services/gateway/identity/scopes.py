"""SMART system scopes: which resource types a client may read and search."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

READ, SEARCH = "r", "s"
ANY_TYPE = "*"
SCOPES_CHARACTERS_MAX = 2000

_SCOPE = re.compile(
    r"system/(?P<type>\*|[A-Z][A-Za-z]{1,40})\.(?P<access>read|\*|c?r?u?d?s?)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Scopes:
    """Pairs of a resource type (or `*`) and an act: `r` reads one resource by its id, `s`
    searches.
    """

    pairs: frozenset[tuple[str, str]]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read scopes between spaces: v2 (`system/Patient.rs`) and v1 (`system/Patient.read`). What
        is no such scope grants nothing.
        """
        found = (_SCOPE.fullmatch(each) for each in cls.known(text))
        return cls(
            frozenset(
                (each["type"], act) for each in found if each for act in _acts(each["access"])
            )
        )

    @staticmethod
    def known(text: str) -> list[str]:
        """Return those of the scopes that mean something here."""
        return [
            each
            for each in text[:SCOPES_CHARACTERS_MAX].split()
            if (found := _SCOPE.fullmatch(each)) and found["access"]
        ]

    def allows(self, resource_type: str, act: str) -> bool:
        return (ANY_TYPE, act) in self.pairs or (resource_type, act) in self.pairs

    def within(self, allowed: Self) -> Self:
        """Return what of this is allowed; a star asks for whatever is allowed."""
        narrowed = (
            (own, act) if own != ANY_TYPE else (theirs, act)
            for own, act in self.pairs
            for theirs, granted in allowed.pairs
            if act == granted and (ANY_TYPE in {own, theirs} or own == theirs)
        )
        return type(self)(frozenset(narrowed))

    def text(self) -> str:
        """As v2 scopes, in order."""
        types = sorted({each for each, _ in self.pairs})
        return " ".join(
            f"system/{each}.{_letters(act for kind, act in self.pairs if kind == each)}"
            for each in types
        )


def _acts(access: str) -> Iterable[str]:
    """Only reading is offered: what else was asked for is left out."""
    return (READ, SEARCH) if access in {"read", ANY_TYPE} else {READ, SEARCH} & set(access)


def _letters(acts: Iterable[str]) -> str:
    return "".join(sorted(acts))


EVERYTHING = Scopes(frozenset({(ANY_TYPE, READ), (ANY_TYPE, SEARCH)}))
