"""What users read from a format may not change without a new encoder version.

To accept a change, raise the encoder's ENCODER_VERSION and write the files anew: python -m
tests.contract.test_encoded_formats
"""

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import openpyxl
import orjson
import pyarrow.parquet as pq
import pypdf
import pytest

from shared.encoders.formats import FORMATS
from shared.encoders.interface.context import EncodingContext
from shared.records.body import read_body
from shared.scenarios import Scenario

GOLDEN = Path(__file__).parent / "golden" / "encoders"
JOB_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FILES = [(name, table) for name, format_ in FORMATS.items() for table in format_.tables or ("",)]


def parquet_rows(file: bytes) -> bytes:
    """Schema and rows, one a line."""
    read = pq.read_table(io.BytesIO(file))
    types = {field.name: str(field.type) for field in read.schema}
    return b"\n".join(orjson.dumps(each) for each in [types, *read.to_pylist()]) + b"\n"


def pdf_texts(file: bytes) -> bytes:
    """The text of the pages."""
    return "\f".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file)).pages
    ).encode()


def xlsx_rows(file: bytes) -> bytes:
    """The sheets' names and rows, one a line."""
    sheets = openpyxl.load_workbook(io.BytesIO(file), read_only=True)
    lines = [row for sheet in sheets for row in ([sheet.title], *sheet.iter_rows(values_only=True))]
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


# Files whose bytes depend on a library, as what a reader sees in them.
READ_BACK: Mapping[str, Callable[[bytes], bytes]] = {
    ".parquet": parquet_rows,
    ".pdf": pdf_texts,
    ".xlsx": xlsx_rows,
}


def encoded(name: str, table: str) -> bytes:
    """A format's file of the golden patients."""
    context = EncodingContext(
        Scenario.read((GOLDEN / "scenario.json").read_bytes()),
        JOB_ID,
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    assembly = FORMATS[name].assembly()
    patients = read_body((GOLDEN / "patients.arrow").read_bytes())
    file = assembly.add(FORMATS[name].encode(patients, context, table)) + assembly.end()
    read_back = READ_BACK.get(FORMATS[name].suffix)
    return file if read_back is None else read_back(file)


def golden_file(name: str, table: str) -> Path:
    return GOLDEN / "-".join(part for part in (name, str(FORMATS[name].version), table) if part)


@pytest.mark.parametrize(("name", "table"), FILES)
def test_a_format_is_what_its_version_says(name: str, table: str) -> None:
    """The golden patients are encoded byte for byte as they were."""
    assert encoded(name, table) == golden_file(name, table).read_bytes()


def written() -> Iterator[Path]:
    for name, table in FILES:
        path = golden_file(name, table)
        path.write_bytes(encoded(name, table))
        yield path


if __name__ == "__main__":
    assert list(written())
