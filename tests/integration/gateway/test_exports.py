"""Exports over HTTP: whole files, ranges, conditions, content-codings, refusals."""

import csv
import gzip
import io
from typing import Any

import httpx
import openpyxl
import orjson
import pyarrow.parquet as pq
import pypdf
import pytest
import zstandard

from services.gateway.exports.wanted import ExportQuery
from shared.db.pool import Database
from shared.encoders.casualty.flat_tables import TABLES
from shared.encoders.formats import FORMATS
from shared.encoders.interface.options import OPTIONS
from tests.integration.gateway.stored_job import PATIENTS, fail, store, submit

pytestmark = pytest.mark.parametrize("settings", [{"part_patients": 10}])
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(autouse=True)
def patience(http: httpx.AsyncClient) -> None:
    """The first export of a process waits for its rendering processes to start."""
    http.timeout = httpx.Timeout(60)


async def stored_job(http: httpx.AsyncClient, database: Database) -> str:
    job = await submit(http)
    await store(database, job)
    return f"/api/v1/jobs/{job['id']}/export"


async def cancelled_job(
    http: httpx.AsyncClient, database: Database, parts: int, *, first_part: int = 0
) -> str:
    job = await submit(http)
    if parts:
        await store(database, job, parts, first_part=first_part)
    await http.post(f"/api/v1/jobs/{job['id']}/cancel")
    return f"/api/v1/jobs/{job['id']}/export"


def ordinals(body: bytes) -> list[int]:
    return [orjson.loads(line)["ordinal"] for line in body.splitlines()]


async def test_ndjson_holds_every_patient_in_order(
    http: httpx.AsyncClient, database: Database
) -> None:
    """One line a patient, counted in a header, under a name and type that clients know."""
    response = await http.get(
        await stored_job(http, database), params={"format": "ndjson"}, headers=PLAIN
    )
    assert response.status_code == 200
    assert ordinals(response.content) == list(range(PATIENTS))
    assert response.headers["X-Lazaret-Patients"] == str(PATIENTS)
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("format_name", ["ndjson", "csv"])
async def test_ranges_joined_are_the_whole(
    http: httpx.AsyncClient, database: Database, format_name: str
) -> None:
    """Whatever the cuts, within parts and across them, the ranges' bytes one behind the other are
    the whole file's.
    """
    export = await stored_job(http, database)
    whole = (await http.get(export, params={"format": format_name}, headers=PLAIN)).content
    pieces = [
        (
            await http.get(
                export,
                params={"format": format_name, "from_ordinal": first, "to_ordinal": last},
                headers=PLAIN,
            )
        ).content
        for first, last in ((0, 0), (1, 9), (10, 24), (25, 39))
    ]
    assert b"".join(pieces) == whole
    assert all(pieces)


async def test_every_format_is_offered_under_its_own_name_and_type(
    http: httpx.AsyncClient, database: Database
) -> None:
    """A GET of each sends a file that is not empty, from many parts and slices; zipped ones and
    PDFs are whole.
    """
    export = await stored_job(http, database)
    for name, format_ in FORMATS.items():
        response = await http.get(export, params={"format": name}, headers=PLAIN)
        assert (response.status_code, response.headers["Content-Type"]) == (
            200,
            format_.media_type,
        ), name
        assert response.headers["Content-Disposition"].endswith(f'{format_.suffix}"')
        assert response.headers["X-Lazaret-Patients"] == str(PATIENTS)
        assert response.content
        if format_.suffix == ".pdf":
            assert (
                len(pypdf.PdfReader(io.BytesIO(response.content), strict=True).pages)
                >= PATIENTS // 2
            )
        if format_.suffix == ".xlsx":
            assert (
                openpyxl.load_workbook(io.BytesIO(response.content))["casualties"].max_row
                == PATIENTS + 1
            )


@pytest.mark.parametrize("format_name", ["xlsx", "mist-pdf", "omop"])
async def test_a_format_of_nothing_is_a_file(
    http: httpx.AsyncClient, database: Database, format_name: str
) -> None:
    """A cancelled job without patients sends an empty workbook, a PDF without pages, a table
    without rows.
    """
    response = await http.get(
        await cancelled_job(http, database, 0), params={"format": format_name}, headers=PLAIN
    )
    assert response.status_code == 200
    assert response.content.startswith(
        {"xlsx": b"PK", "mist-pdf": b"%PDF", "omop": b"person_id,"}[format_name]
    )


@pytest.mark.parametrize(
    ("format_name", "table"),
    [("csv", "patients"), ("csv-synthea", "organizations"), ("fhir-ndjson", "Location")],
)
async def test_a_file_begins_as_it_should_without_the_first_patients(
    http: httpx.AsyncClient, database: Database, format_name: str, table: str
) -> None:
    """Headers, and resources of the whole job, come once, before whoever is stored first; ranges
    joined are still the whole.
    """
    export = await cancelled_job(http, database, 3, first_part=1)

    async def rows(**wanted: Any) -> list[bytes]:
        answer = await http.get(
            export, params={"format": format_name, "table": table, **wanted}, headers=PLAIN
        )
        return answer.content.splitlines()

    whole, complete = (
        await rows(),
        await http.get(
            await stored_job(http, database), params={"format": format_name, "table": table}
        ),
    )
    assert (
        len(whole) - len(await rows(from_ordinal=5))
        == {"csv": 1, "csv-synthea": 4, "fhir-ndjson": 3}[format_name]
    )
    assert whole[0][:40] == complete.content.splitlines()[0][:40]
    assert await rows(to_ordinal=14) + await rows(from_ordinal=15) == whole


async def test_patients_that_were_missing_are_there_after_a_redrive(
    http: httpx.AsyncClient, database: Database
) -> None:
    """What was sent of a failed job says nothing about what is sent when it has succeeded."""
    job = await submit(http)
    await fail(database, job)
    export = f"/api/v1/jobs/{job['id']}/export"
    assert (await http.get(export, params={"format": "ndjson"})).content == b""
    await http.post(f"/api/v1/jobs/{job['id']}/redrive")
    await store(database, job)
    assert ordinals((await http.get(export, params={"format": "ndjson"})).content) == list(
        range(PATIENTS)
    )


async def test_each_table_has_its_own_file(http: httpx.AsyncClient, database: Database) -> None:
    """CSV and Parquet give the same rows under the same columns; the table is the first one unless
    another is asked for.
    """
    export = await stored_job(http, database)
    for table in (None, *TABLES):
        choice = {} if table is None else {"table": table}
        text = (await http.get(export, params={"format": "csv", **choice})).text
        rows = list(csv.reader(io.StringIO(text, newline="")))
        parquet = pq.read_table(
            io.BytesIO((await http.get(export, params={"format": "parquet", **choice})).content)
        )
        assert rows[0] == parquet.column_names
        assert len(rows) - 1 == parquet.num_rows
        assert [row[0] for row in rows[1:]] == parquet.column("patient_id").to_pylist()


@pytest.mark.parametrize(
    ("coding", "decode"),
    [("gzip", gzip.decompress), ("zstd", lambda data: zstandard.decompress(data, 10**8))],
)
async def test_sends_the_content_coding_that_is_asked_for(
    http: httpx.AsyncClient, database: Database, coding: str, decode: Any
) -> None:
    """The decoded bytes are the plain ones; the entity tag tells them apart."""
    export = await stored_job(http, database)
    plain = await http.get(export, params={"format": "ndjson"}, headers=PLAIN)
    async with http.stream(
        "GET",
        export,
        params={"format": "ndjson"},
        headers={"Accept-Encoding": f"identity;q=0.1, {coding}"},
    ) as coded:
        raw = b"".join([chunk async for chunk in coded.aiter_raw()])
    assert coded.headers["Content-Encoding"] == coding
    assert decode(raw) == plain.content
    assert len(raw) < len(plain.content) / 5
    assert coded.headers["ETag"] != plain.headers["ETag"]
    assert coded.headers["Vary"] == "Accept-Encoding"


async def test_refuses_codings_that_it_cannot_send(
    http: httpx.AsyncClient, database: Database
) -> None:
    """When even identity is refused, the answer is 406."""
    export = await stored_job(http, database)
    response = await http.get(
        export, params={"format": "ndjson"}, headers={"Accept-Encoding": "br, identity;q=0"}
    )
    assert response.status_code == 406


async def test_conditions_are_kept(http: httpx.AsyncClient, database: Database) -> None:
    """If-None-Match spares the body, If-Match lets a range follow only on the same data."""
    export = await stored_job(http, database)
    tag = (await http.head(export, params={"format": "csv"}, headers=PLAIN)).headers["ETag"]

    async def asked(**headers: str) -> int:
        answer = await http.get(
            export, params={"format": "csv", "from_ordinal": 5}, headers=PLAIN | headers
        )
        assert (
            answer.status_code == 200
            or not answer.content
            or answer.json()["status"] == answer.status_code
        )
        return answer.status_code

    assert await asked(**{"If-None-Match": f'"other", {tag}'}) == 304
    assert await asked(**{"If-None-Match": '"other"'}) == 200
    assert await asked(**{"If-Match": tag}) == 200
    assert await asked(**{"If-Match": "*"}) == 200
    assert await asked(**{"If-Match": '"other"'}) == 412
    assert await asked(**{"If-Match": f"W/{tag}"}) == 412
    other_table = await http.get(
        export, params={"format": "csv", "table": "events"}, headers=PLAIN | {"If-Match": tag}
    )
    assert other_table.status_code == 412


@pytest.mark.parametrize(
    ("format_name", "option", "value"),
    [
        ("csv", "bom", "yes"),
        ("csv-synthea", "layout", "current"),
        ("parquet", "encoding", "plain"),
    ],
)
async def test_an_option_makes_another_file(
    http: httpx.AsyncClient, database: Database, format_name: str, option: str, value: str
) -> None:
    """With a tag of its own, so that a download does not go on in the other one."""
    export = await stored_job(http, database)
    wanted = {"format": format_name}
    if format_name == "csv-synthea":
        wanted["table"] = "providers"
    usual = await http.get(export, params=wanted)
    other = await http.get(export, params=wanted | {option: value})
    assert usual.status_code == other.status_code == 200
    assert usual.content != other.content
    assert usual.headers["ETag"] != other.headers["ETag"]


def test_every_option_is_a_parameter() -> None:
    """Of the export, under its own name."""
    assert set(OPTIONS) < set(ExportQuery.model_fields)
    assert {option for each in FORMATS.values() for option in each.options} == set(OPTIONS)


async def test_a_profile_is_claimed_where_it_is_asked_for(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Resources of a pack name their profile; the plain ones are another file."""
    export = await stored_job(http, database)
    wanted = {"format": "fhir-ndjson", "table": "Patient"}
    plain, claiming = (
        await http.get(export, params=wanted),
        await http.get(export, params=wanted | {"profile": "us-core"}),
    )
    assert [
        resource["meta"].get("profile")
        for resource in map(orjson.loads, plain.content.splitlines())
    ] == [None] * PATIENTS
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    assert [
        resource["meta"]["profile"] for resource in map(orjson.loads, claiming.content.splitlines())
    ] == [[profile]] * PATIENTS
    assert plain.headers["ETag"] != claiming.headers["ETag"]


async def test_head_promises_what_get_sends(http: httpx.AsyncClient, database: Database) -> None:
    """The headers are the same, the body is missing."""
    export = await stored_job(http, database)
    params = {"format": "ndjson", "to_ordinal": 4}
    head, get = await http.head(export, params=params), await http.get(export, params=params)
    assert head.content == b""
    for name in (
        "ETag",
        "X-Lazaret-Patients",
        "Content-Type",
        "Content-Encoding",
        "Content-Disposition",
    ):
        assert head.headers[name] == get.headers[name]
    assert get.headers["X-Lazaret-Patients"] == "5"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "xml"}, "format"),
        ({"format": None}, "format"),
        ({"table": "beds"}, "table"),
        ({"format": "ndjson", "table": "events"}, "table"),
        ({"profile": "us-core"}, "profile"),
        ({"format": "ips", "profile": "us"}, "profile"),
        ({"format": "ndjson", "encoding": "plain"}, "encoding"),
        ({"format": "csv-synthea", "layout": "2.7"}, "layout"),
        ({"from_ordinal": -1}, "from_ordinal"),
        ({"from_ordinal": "x"}, "from_ordinal"),
        ({"from_ordinal": PATIENTS}, "from_ordinal"),
        ({"to_ordinal": PATIENTS}, "to_ordinal"),
        ({"from_ordinal": 3, "to_ordinal": 2}, "to_ordinal"),
        ({"from_ordinal": str(2**63)}, "from_ordinal"),
        ({"form": "csv"}, "form"),
    ],
)
async def test_names_the_wrong_parameter(
    http: httpx.AsyncClient, database: Database, change: dict[str, Any], field: str
) -> None:
    """A bad value, an unknown table and an unknown parameter are answered with 400 and the
    parameter's name.
    """
    export = await stored_job(http, database)
    params = {
        name: value for name, value in ({"format": "csv"} | change).items() if value is not None
    }
    response = await http.get(export, params=params)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


async def test_a_job_that_goes_on_is_not_exported(http: httpx.AsyncClient) -> None:
    """Before a job has ended, its set of patients is not settled: 409."""
    job = await submit(http)
    response = await http.get(f"/api/v1/jobs/{job['id']}/export", params={"format": "csv"})
    assert response.status_code == 409
    assert "queued" in response.json()["detail"]


@pytest.mark.parametrize(("parts", "patients"), [(2, 20), (0, 0)])
async def test_a_cancelled_job_gives_what_is_stored(
    http: httpx.AsyncClient, database: Database, parts: int, patients: int
) -> None:
    """Headers say how many and in which state; a job without any patient still has valid files."""
    export = await cancelled_job(http, database, parts)
    response = await http.get(export, params={"format": "ndjson"})
    assert ordinals(response.content) == list(range(patients))
    assert response.headers["X-Lazaret-Patients"] == str(patients)
    assert response.headers["X-Lazaret-State"] == "cancelled"
    parquet = pq.read_table(
        io.BytesIO((await http.get(export, params={"format": "parquet"})).content)
    )
    assert parquet.num_rows == patients
    assert "patient_id" in parquet.column_names


async def test_another_tenant_finds_no_job(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient, database: Database
) -> None:
    """404, as if there were none."""
    export = await stored_job(http, database)
    assert (await other_http.get(export, params={"format": "csv"})).status_code == 404
