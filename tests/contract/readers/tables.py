"""Tables of CSV and Parquet as databases and libraries read them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from tests.contract.readers.compatibility import Reader, of_python

Rows = Sequence[Mapping[str, Any]]
EVERY_VALUE = "every value"


def by_duckdb(path: Path) -> Rows:
    with duckdb.connect() as connection:
        rows: Rows = connection.sql(f"SELECT * FROM '{path}'").to_arrow_table().to_pylist()
        return rows


def by_arrow(path: Path) -> Rows:
    rows: Rows = pq.read_table(path).to_pylist()
    return rows


def _reader(format_name: str, name: str, package: str, read: Callable[[Path], Rows]) -> Reader:
    return Reader(
        format=format_name,
        name=name,
        version=of_python(package),
        result=EVERY_VALUE,
        read=read,
    )


READERS = (
    _reader("csv", "DuckDB", "duckdb", by_duckdb),
    _reader("parquet", "DuckDB", "duckdb", by_duckdb),
    _reader("parquet", "Arrow (pyarrow)", "pyarrow", by_arrow),
)
