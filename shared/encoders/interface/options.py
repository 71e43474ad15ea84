"""What can be chosen of a file besides its format and table: the one table of options."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from shared.errors import FieldProblem, Invalid

NAME = r"[A-Za-z0-9 _.-]{1,40}"


@dataclass(frozen=True, slots=True)
class Option:
    """`values` are all that it can be, the first by default.

    Without values it is any text that `pattern` fits, `default` unless said otherwise.
    """

    description: str
    values: tuple[str, ...] = ()
    default: str = ""
    pattern: str = ""

    def problem(self, value: str) -> str | None:
        """What is wrong with a value."""
        if self.values and value not in self.values:
            return f"must be one of {', '.join(self.values)}, not {value[:60]!r}"
        if self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            return f"must fit {self.pattern}, not {value[:60]!r}"
        return None

    @property
    def usual(self) -> str:
        """What it is unless said otherwise."""
        return self.values[0] if self.values else self.default


OPTIONS: Mapping[str, Option] = {
    "profile": Option("FHIR: the profiles that resources claim", ("plain", "us-core", "ips")),
    "bom": Option("CSV: a byte order mark first, which Excel tells UTF-8 by", ("no", "yes")),
    "cells": Option(
        "CSV: texts that a spreadsheet takes for formulas get a ' in front, or stay",
        ("guarded", "raw"),
    ),
    "layout": Option("csv-synthea: Synthea's version, 3.3 or the current one", ("3.3", "current")),
    "sending_application": Option("HL7 v2: who sends (MSH-3)", default="LAZARET", pattern=NAME),
    "receiving_application": Option("HL7 v2: who receives (MSH-5)", pattern=f"({NAME})?"),
    "encoding": Option(
        "Parquet: whole numbers as differences, or PLAIN for older readers",
        ("differences", "plain"),
    ),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What was chosen, in the table's order; what is as usual is left out."""

    chosen: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, format_name: str, taken: Sequence[str], given: Mapping[str, str | None]) -> Self:
        """Check what was given for a format that takes the options `taken`. Raises Invalid."""
        named = {name: value for name, value in given.items() if value is not None}
        problems = [
            FieldProblem(name, why)
            for name, value in named.items()
            if (why := _problem(format_name, taken, name, value))
        ]
        if problems:
            raise Invalid(tuple(problems))
        return cls(
            tuple(
                (name, named[name])
                for name, option in OPTIONS.items()
                if name in named and named[name] != option.usual
            )
        )

    def __getitem__(self, name: str) -> str:
        return dict(self.chosen).get(name, OPTIONS[name].usual)


USUAL = Options()


def _problem(format_name: str, taken: Sequence[str], name: str, value: str) -> str | None:
    if name not in taken:
        those = f"it has {', '.join(taken)}" if taken else "it has none"
        return f"is no option of the format {format_name}: {those}"
    return OPTIONS[name].problem(value)
