"""NDJSON and CSV of simulated patients."""

import csv as plain_csv
import io
from dataclasses import replace
from itertools import pairwise

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.encoders.casualty.flat_tables import TABLES, table_fields
from shared.encoders.csv import encode as csv
from shared.encoders.interface.options import Options
from shared.encoders.json import ndjson
from shared.errors import Invalid
from shared.scenarios import list_presets
from tests.unit.encoders.plain_documents import documents
from tests.unit.encoders.sample import PATIENTS, sample

PRESET = "joint-operation"


@pytest.mark.parametrize("preset", [preset.name for preset in list_presets()])
def test_ndjson_says_what_a_plain_encoder_says(preset: str) -> None:
    """Every line is the document that ordinary code makes of the same patient."""
    batch, context = sample(preset)
    lines = ndjson.encode(batch, context).splitlines()
    assert [orjson.loads(line) for line in lines] == documents(batch, context)


@given(st.sets(st.integers(1, PATIENTS - 1), max_size=8))
def test_a_range_is_its_part_of_the_whole(cuts: set[int]) -> None:
    """Wherever the batch is cut, the pieces one behind the other are the whole."""
    batch, context = sample(PRESET)
    pieces = [
        batch.slice(start, stop - start) for start, stop in pairwise((0, *sorted(cuts), PATIENTS))
    ]
    assert b"".join(ndjson.encode(piece, context) for piece in pieces) == ndjson.encode(
        batch, context
    )
    for table in TABLES:
        assert b"".join(csv.encode(piece, context, table) for piece in pieces) == csv.encode(
            batch, context, table
        )


@pytest.mark.parametrize("table", TABLES)
def test_csv_agrees_with_ndjson(table: str) -> None:
    """Each table has the rows of the documents' lists, and the same facts under the same names."""
    batch, context = sample(PRESET)
    text = csv.encode(batch, context, table).decode()
    rows = list(plain_csv.DictReader(io.StringIO(text, newline="")))
    patients = documents(batch, context)
    items = (
        patients
        if table == "patients"
        else [{**item, "patient_id": each["id"]} for each in patients for item in each[table]]
    )
    assert len(rows) == len(items)
    for row, item in zip(rows, items, strict=True):
        assert row["patient_id"] == item.get("patient_id", item.get("id"))
        for name in row.keys() & item.keys():
            assert row[name] == shown(item[name]) or float(row[name]) == item[name], name


def shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ";".join(each["name"] for each in value)
    if isinstance(value, dict):
        return str(value.get("code") or value["name"])
    return str(value)


@pytest.mark.parametrize("table", TABLES)
def test_lines_end_as_rfc_4180_says_and_headers_stand_at_ordinal_0(table: str) -> None:
    """CR LF ends every line; a batch that begins later has no header, nobody at all has nothing
    else.
    """
    batch, context = sample(PRESET)
    header = ",".join(table_fields(table, context)).encode() + b"\r\n"
    whole = csv.encode(batch, context, table)
    assert whole.startswith(header)
    assert whole.count(b"\n") == whole.count(b"\r\n")
    assert header not in csv.encode(batch.slice(1), context, table)
    assert csv.encode(batch.slice(0, 0), context, table) == header


def test_names_with_commas_and_quotes_survive() -> None:
    """A unit of any name comes back from a CSV reader and a JSON parser as it was."""
    batch, context = sample(PRESET)
    awkward = 'A "B", C\u2028é'
    units = tuple(unit.model_copy(update={"name": awkward}) for unit in context.scenario.units)
    renamed = type(context)(
        context.scenario.model_copy(update={"units": units}), context.job_id, context.written_at
    )
    rows = list(
        plain_csv.DictReader(
            io.StringIO(csv.encode(batch, renamed, "patients").decode(), newline="")
        )
    )
    lines = ndjson.encode(batch, renamed).split(b"\n")[:-1]
    assert (
        {row["unit"] for row in rows} == {orjson.loads(line)["unit"] for line in lines} == {awkward}
    )


def test_a_number_without_an_entry_is_refused() -> None:
    """A record that names a mechanism which the tables do not know is a defect, not a wrong
    document.
    """
    batch, context = sample(PRESET)
    place = batch.schema.get_field_index("mechanism")
    broken = batch.set_column(
        place, batch.schema.field(place), pa.array([999] * PATIENTS, pa.int16())
    )
    with pytest.raises(ValueError, match="mechanism"):
        ndjson.encode(broken, context)


@pytest.mark.parametrize("name", ["=1+1", "+2", "-3", "@sum(A1)", "\tx"])
def test_csv_guards_what_a_spreadsheet_would_compute(name: str) -> None:
    """A name that begins like a formula has a ' in front, unless raw cells were chosen."""
    batch, context = sample(PRESET)
    units = tuple(unit.model_copy(update={"name": name}) for unit in context.scenario.units)
    scenario = context.scenario.model_copy(update={"units": units})
    for options, shown in ((Options(), f"'{name}"), (Options((("cells", "raw"),)), name)):
        named = replace(context, scenario=scenario, options=options)
        text = csv.encode(batch, named, "patients").decode()
        rows = plain_csv.DictReader(io.StringIO(text, newline=""))
        assert {row["unit"] for row in rows} == {shown}


def test_csv_begins_with_a_byte_order_mark_where_chosen() -> None:
    """Once, before the header, so that ranges still join."""
    batch, context = sample(PRESET)
    marked = replace(context, options=Options((("bom", "yes"),)))
    first, second = (csv.encode(batch.slice(start, 100), marked, "patients") for start in (0, 100))
    plain = csv.encode(batch.slice(0, 200), context, "patients")
    assert first + second == b"\xef\xbb\xbf" + plain


def test_options_name_what_is_wrong() -> None:
    """An option that the format lacks, and a value that the option lacks."""
    with pytest.raises(Invalid) as caught:
        Options.read("csv", ("bom",), {"bom": "perhaps", "profile": "ips", "cells": None})
    assert {problem.field: problem.message for problem in caught.value.problems} == {
        "bom": "must be one of no, yes, not 'perhaps'",
        "profile": "is no option of the format csv: it has bom",
    }
    assert Options.read("csv", ("bom",), {"bom": "no"}) == Options()
