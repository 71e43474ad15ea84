"""CSV and Parquet, with every option of theirs, in what people load them with."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from shared.encoders.casualty.flat_tables import TABLES
from shared.encoders.formats import FORMATS
from shared.encoders.interface.options import OPTIONS, Options
from shared.encoders.json import ndjson
from tests.contract.readers.compatibility import Reader
from tests.contract.readers.tables import READERS
from tests.unit.encoders.sample import sample

PRESET, PATIENTS = "joint-operation", 60
CHOICES = [
    (reader, option, value)
    for reader in READERS
    for option in FORMATS[reader.format].options
    for value in OPTIONS[option].values
]


def written(folder: Path, name: str, table: str, options: Options) -> Path:
    """A format's file of some patients."""
    batch, context = sample(PRESET)
    chosen, assembly = FORMATS[name], FORMATS[name].assembly()
    piece = chosen.encode(batch.slice(0, PATIENTS), replace(context, options=options), table)
    path = folder / f"{table}{chosen.suffix}"
    path.write_bytes(assembly.add(piece) + assembly.end())
    return path


def wanted(table: str) -> list[dict[str, Any]]:
    """What NDJSON says, as far as it has the columns' names."""
    batch, context = sample(PRESET)
    patients = [*map(orjson.loads, ndjson.encode(batch.slice(0, PATIENTS), context).splitlines())]
    return patients if table == "patients" else [item for each in patients for item in each[table]]


def shown(value: Any) -> Any:
    """A value as NDJSON shows it."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("reader", "option", "value"), CHOICES, ids=lambda each: getattr(each, "name", each)
)
def test_a_reader_sees_every_value(
    reader: Reader, option: str, value: str, table: str, tmp_path: Path
) -> None:
    """Whatever was chosen: the rows, and in each the numbers, flags, times and words."""
    path = written(tmp_path, reader.format, table, Options(((option, value),)))
    rows, expected = reader.read(path), wanted(table)
    assert len(rows) == len(expected)
    assert next(iter(rows[0])) == "patient_id"
    for row, item in zip(rows, expected, strict=True):
        for name in row.keys() & item.keys():
            if not isinstance(item[name], dict | list) and name != "service_number":
                assert shown(row[name]) == item[name], name


def test_plain_parquet_needs_no_differences(tmp_path: Path) -> None:
    """No column has an encoding that readers of Parquet's first version lack."""
    for table in TABLES:
        path = written(tmp_path, "parquet", table, Options((("encoding", "plain"),)))
        group = pq.read_metadata(path).row_group(0)
        encodings = {
            each for place in range(group.num_columns) for each in group.column(place).encodings
        }
        assert encodings <= {"PLAIN", "RLE", "RLE_DICTIONARY"}, table
