"""The workbook, cell by cell, in the programs that people open it with."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest

from shared.encoders.interface.context import EncodingContext
from shared.encoders.json import ndjson
from shared.encoders.xlsx import workbook
from shared.records.body import to_record_batch
from shared.records.columns import Columns
from shared.records.patient import PATIENT_SCHEMA
from shared.scenarios import load_preset
from shared.simulation import simulate
from tests.contract.readers.compatibility import Reader
from tests.contract.readers.workbooks import READERS, SHOWS_ESCAPES, seen
from tests.unit.encoders.sample import JOB_ID

PATIENTS = 120
# Spreadsheets have no day before this one that all of them agree on.
FIRST_DAY = datetime(1900, 3, 1)  # noqa: DTZ001 -- a spreadsheet's times have no zone
UNITS = ("=1+1", "+2", "-3", "@sum", "_x0041_ <&\"'> é", " spaced ", "_X005f_", "line\nbreak")
SHEETS = ["summary", "census", "queues", "evacuation", "casualties"]


@cache
def old_times() -> tuple[pa.RecordBatch, EncodingContext]:
    """Casualties of 1950, some of whom were born before spreadsheets' calendar."""
    preset = load_preset("joint-operation")
    units = tuple(
        unit.model_copy(update={"name": UNITS[place % len(UNITS)]})
        for place, unit in enumerate(preset.units)
    )
    first = datetime(1950, 1, 1, 5, tzinfo=UTC)
    scenario = preset.model_copy(update={"starts_at": first, "units": units})
    patients = simulate(scenario, 11, 0, PATIENTS).patients
    places = {
        "ordinal": np.arange(PATIENTS, dtype=np.int64),
        "sector": np.zeros(PATIENTS, np.int32),
        "unit": (np.arange(PATIENTS) % len(units)).astype(np.int16),
        "birth_date": patients.flat["birth_date"] - np.arange(PATIENTS, dtype=np.int32) * 200,
    }
    columns = Columns(PATIENTS, {**patients.flat, **places}, patients.nested)
    batch = to_record_batch(PATIENT_SCHEMA, [columns])
    return batch, EncodingContext(scenario, JOB_ID, datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook put together from slices."""
    batch, context = old_times()
    assembly = workbook.XlsxAssembly()
    pieces = [
        workbook.encode(batch.slice(start, 50), context, "") for start in range(0, PATIENTS, 50)
    ]
    file = tmp_path_factory.mktemp("xlsx") / "patients.xlsx"
    file.write_bytes(b"".join(map(assembly.add, pieces)) + assembly.end())
    return file


def expected() -> Iterator[dict[str, Any]]:
    """What the sheet of casualties must show of the documents of NDJSON."""
    for line in ndjson.encode(*old_times()).splitlines():
        patient = orjson.loads(line)
        names = {name: value for name, value in patient.items() if not isinstance(value, list)}
        for name in ("injured_at", "ended_at"):
            names[name] = datetime.fromisoformat(patient[name]).replace(tzinfo=None)
        born = datetime.fromisoformat(patient["birth_date"])
        names["birth_date"] = born if born >= FIRST_DAY else patient["birth_date"]
        names["patient_id"] = names.pop("id")
        names["service_number"] = int(patient["service_number"])
        for name, of_it in (("nation", "code"), ("rank", "code"), ("mechanism", "name")):
            names[name] = patient[name] and patient[name][of_it]
        yield names


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_sees_every_cell(reader: Reader, path: Path) -> None:
    """Texts, numbers, flags, dates and times of all casualties are what the records say."""
    sheets = reader.read(path)
    assert list(sheets) == SHEETS
    heading, *rows = sheets["casualties"]
    wanted = list(expected())
    assert len(rows) == len(wanted)
    for row, patient in zip(rows, wanted, strict=True):
        cells = dict(zip(heading, [*row, *[None] * (len(heading) - len(row))], strict=True))
        for name in patient.keys() & set(heading):
            value = seen(cells[name], patient[name])
            if reader.result == SHOWS_ESCAPES and isinstance(value, str):
                value = value.replace("_x005F_", "_")
            assert value == patient[name], name


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_sees_every_summary(reader: Reader, path: Path) -> None:
    """The summary counts all casualties, and the census has dates."""
    sheets = reader.read(path)
    assert int(sheets["summary"][-1][3]) == PATIENTS
    heading, *rows = sheets["census"]
    dates = {seen(dict(zip(heading, row, strict=True))["date"], FIRST_DAY) for row in rows}
    assert {(each.year, each.month) for each in dates} <= {(1950, 1), (1950, 2), (1950, 3)}


def test_the_sample_has_what_is_tried() -> None:
    """Births before and after spreadsheets' first day, and every kind of name."""
    births = [each["birth_date"] for each in expected()]
    assert {type(each) for each in births} == {str, datetime}
    assert {each["unit"] for each in expected()} == set(UNITS[: len(old_times()[1].scenario.units)])


def test_nothing_needs_more_than_plain_zip(path: Path) -> None:
    """No part claims ZIP64 or a later version: readers refuse it, or find no rows."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as package:
        for part in package.infolist():
            header = data[part.header_offset : part.header_offset + 30]
            assert (part.extract_version, part.extra) == (20, b""), part.filename
            assert header[4:6] == b"\x14\0", part.filename
            assert b"\xff\xff\xff\xff" not in header, part.filename


def test_a_sheet_ends_before_plain_zip_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet that would grow beyond what plain ZIP says is followed by another one."""
    batch, context = old_times()
    piece = workbook.encode(batch, replace(context), "")
    monkeypatch.setattr("shared.encoders.xlsx.sheet.BYTES_MAX", 2 * len(piece))
    assembly = workbook.XlsxAssembly()
    file = b"".join(assembly.add(piece) for _ in range(3)) + assembly.end()
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        sizes = [part.file_size for part in package.infolist() if "sheet" in part.filename]
        assert b'name="casualties 3"' in package.read("xl/workbook.xml")
    assert max(sizes) <= 2 * len(piece)
