"""Reads a clinical table into its row type."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

DATA = Path(__file__).parent / "data"

Row = TypeVar("Row")

_CONVERT: Mapping[Any, Callable[[str], Any]] = {
    int: int,
    float: float,
    str: str,
    bool: lambda text: text == "1",
    tuple[str, ...]: lambda text: tuple(text.split()),
}


def read_table(name: str, row_type: type[Row]) -> tuple[Row, ...]:
    """Every row of `data/<name>.csv`; the columns must be the row type's fields, in order."""
    hints = get_type_hints(row_type)
    columns = list(hints)
    converters = [_CONVERT[kind] for kind in hints.values()]
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        if (header := next(reader)) != columns:
            raise ValueError(f"{name}.csv has the columns {header}, not {columns}")
        return tuple(
            row_type(*(convert(cell) for convert, cell in zip(converters, row, strict=True)))
            for row in reader
        )
