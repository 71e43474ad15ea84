"""The files that an exercise can be taken away as: what each is for, how large it will be, and the
command that does the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from services.gateway.api.job_document import JobDocument
from shared.encoders.formats import FORMATS


class Purpose(NamedTuple):
    """What a format is for, and the bytes of a casualty in it, measured on a brigade's."""

    text: str
    patient_bytes: int


PURPOSES: Mapping[str, Purpose] = {
    "ndjson": Purpose("Whole records, one a line, nothing to look up", 10_700),
    "json": Purpose("The same as one JSON array", 10_700),
    "csv": Purpose("Tables for a spreadsheet or statistics", 334),
    "csv-synthea": Purpose("Tables laid out as Synthea writes them", 141),
    "parquet": Purpose("Tables for data frames and warehouses", 77),
    "omop": Purpose("OMOP common data model 5.4", 95),
    "fhir-ndjson": Purpose("FHIR R4 resources for a bulk import", 800),
    "fhir-bundle": Purpose("FHIR R4, one transaction a casualty", 161_500),
    "fhir-collection": Purpose("FHIR R4, one collection a casualty", 146_200),
    "ips": Purpose("International Patient Summary", 144_400),
    "hl7v2": Purpose("HL7 v2 messages for an interface engine", 27_800),
    "xlsx": Purpose("Excel workbook", 123),
    "dd1380": Purpose("Casualty card DD 1380, as JSON", 1_350),
    "nine-line": Purpose("9-line MEDEVAC requests, as JSON", 2_330),
    "mist": Purpose("MIST reports, as JSON", 1_120),
    "dd1380-pdf": Purpose("Casualty cards DD 1380 to print", 3_590),
    "nine-line-pdf": Purpose("9-line MEDEVAC requests to print", 2_790),
    "mist-pdf": Purpose("MIST reports to print", 1_280),
}


@dataclass(frozen=True, slots=True)
class Download:
    """One line of the list; `octets` is an estimate (of the first table), None where none was
    measured.
    """

    format: str
    purpose: str
    octets: int | None
    command: str
    files: Mapping[str, str]


def downloads(job: JobDocument) -> tuple[Download, ...]:
    """Return every format of a job that has ended; `files` maps what can be asked for to its
    address.
    """
    return tuple(_downloads(job))


def _downloads(job: JobDocument) -> Iterator[Download]:
    for name, format_ in FORMATS.items():
        purpose = PURPOSES.get(name)
        yield Download(
            format=name,
            purpose=purpose.text if purpose else "",
            octets=purpose.patient_bytes * job.patients.persisted if purpose else None,
            command=f"lazaret export {job.id} --format {name}",
            files={table or name: _address(job, name, table) for table in format_.tables or ("",)},
        )


def _address(job: JobDocument, name: str, table: str) -> str:
    query = {"format": name} | ({"table": table} if table else {})
    return f"/console/exercises/{job.id}/export?{urlencode(query)}"
