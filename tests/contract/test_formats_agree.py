"""All formats of one job say the same of the same casualties. A format is a row of `READERS`; a
fact that it does not carry is left out.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import orjson
import pyarrow.parquet as pq
import pypdf
import pytest

from shared.encoders.formats import FORMATS
from tests.unit.encoders.sample import sample

PRESET = "joint-operation"
PATIENTS = 60
KML = "{http://www.opengis.net/kml/2.2}"
DEAD = ("kia", "dow", "died_non_battle")
TRIAGE = "77941-3"
Facts = dict[str, dict[str, object]]


class Export:
    """One format's files of the sample."""

    def __init__(self, name: str) -> None:
        self._format = FORMATS[name]

    def file(self, table: str = "", start: int = 0, stop: int = PATIENTS) -> bytes:
        """As an export puts it together, from slices that begin at multiples of 25."""
        batch, context = sample(PRESET)
        assembly = self._format.assembly()
        bounds = pairwise([start, *[each for each in range(25, stop, 25) if each > start], stop])
        pieces = [
            self._format.encode(batch.slice(first, last - first), context, table)
            for first, last in bounds
        ]
        return b"".join(map(assembly.add, pieces)) + assembly.end()

    def rows(self, table: str) -> Iterator[dict[str, str]]:
        yield from csv.DictReader(io.StringIO(self.file(table).decode(), newline=""))

    def documents(self, table: str = "") -> Iterator[dict[str, Any]]:
        yield from map(orjson.loads, self.file(table).splitlines())


def whole(patient: Mapping[str, Any]) -> dict[str, object]:
    """Every fact of a record that has all of them."""
    facts = {name: patient[name] for name in ("triage_first", "outcome")}
    facts |= {name: moment(patient[name]) for name in ("injured_at", "ended_at")}
    return {**facts, "died_at": facts["ended_at"] if facts["outcome"] in DEAD else None}


def moment(value: object) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value)


def from_ndjson(export: Export) -> Facts:
    return {each["id"]: whole(each) for each in export.documents()}


def from_json(export: Export) -> Facts:
    return {each["id"]: whole(each) for each in orjson.loads(export.file())}


def from_csv(export: Export) -> Facts:
    return {each["patient_id"]: whole(each) for each in export.rows("patients")}


def from_parquet(export: Export) -> Facts:
    return {
        each["patient_id"]: whole(each)
        for each in pq.read_table(io.BytesIO(export.file("patients"))).to_pylist()
    }


def from_xlsx(export: Export) -> Facts:
    heading, *rows = openpyxl.load_workbook(io.BytesIO(export.file()), read_only=True)[
        "casualties"
    ].iter_rows(values_only=True)
    patients = [dict(zip(heading, row, strict=True)) for row in rows]
    return {each["patient_id"]: whole(each) for each in patients}


def from_synthea(export: Export) -> Facts:
    facts: Facts = {
        each["Id"]: {"died_on": each["DEATHDATE"] or None} for each in export.rows("patients")
    }
    for each in export.rows("observations"):
        if each["CODE"] == TRIAGE:
            facts[each["PATIENT"]].setdefault("triage_first", each["VALUE"])
        if each["CODE"] == "882-1":
            facts[each["PATIENT"]]["injured_at"] = each["DATE"]
    return facts


def from_omop(export: Export) -> Facts:
    ids = {each["person_id"]: each["person_source_value"] for each in export.rows("person")}
    facts: Facts = {identifier: {"died_at": None} for identifier in ids.values()}
    for each in export.rows("death"):
        facts[ids[each["person_id"]]]["died_at"] = each["death_datetime"]
    for each in export.rows("observation"):
        person = facts[ids[each["person_id"]]]
        if each["observation_source_value"] == TRIAGE:
            person.setdefault("triage_first", each["value_as_string"])
        if each["observation_source_value"] == "outcome":
            person |= {"outcome": each["value_as_string"], "ended_at": each["observation_datetime"]}
    return facts


def from_fhir(resources: Iterable[Mapping[str, Any]]) -> Facts:
    """By resources' own ids; the first triage is numbered lowest."""
    facts: Facts = {}
    for each in sorted(resources, key=lambda resource: resource["resourceType"] != "Patient"):
        if each["resourceType"] == "Patient":
            facts[each["id"]] = {"died_at": each.get("deceasedDateTime")}
        elif found := re.fullmatch(r"(.+-\d+)-triage\d+", each["id"]):
            known = facts[found[1]]
            if each["effectiveDateTime"] < known.get("triaged_at", "9"):
                known |= {
                    "triaged_at": each["effectiveDateTime"],
                    "triage_first": each["valueCodeableConcept"]["text"],
                }
    return {
        identifier: {name: fact for name, fact in known.items() if name != "triaged_at"}
        for identifier, known in facts.items()
    }


def from_fhir_ndjson(export: Export) -> Facts:
    return from_fhir([*export.documents("Patient"), *export.documents("Observation")])


def from_bundles(export: Export) -> Facts:
    return from_fhir(
        entry["resource"] for bundle in export.documents() for entry in bundle["entry"]
    )


def from_summaries(export: Export) -> Facts:
    """A summary before a death does not tell of it, and a later one has other triage: the persons
    are compared.
    """
    return {identifier: {} for identifier in from_bundles(export)}


def from_hl7v2(export: Export) -> Facts:
    """Somebody who came without a name has a number of its own, until a message says who it was
    (MRG).
    """
    facts: Facts = {}
    for message in re.split(r"(?=MSH\|)", export.file().decode())[1:]:
        segments = {segment.split("|")[0]: segment.split("|") for segment in message.split("\r")}
        facts.setdefault(_hl7_id(segments["PID"][3]), {})
        if "MRG" in segments:
            del facts[_hl7_id(segments["MRG"][1])]
    return facts


def _hl7_id(identifiers: str) -> str:
    number, _, _, authority = identifiers.split("~", maxsplit=1)[0].split("^")[:4]
    job, _, ordinal = number.rpartition(".")
    return f"{authority.split('&')[1]}-{'T' if job.startswith('T') else ''}{ordinal}"


def from_cards(export: Export) -> Facts:
    return {each["patient_id"]: _of_card(each) for each in export.documents()}


def _of_card(card: Mapping[str, Any]) -> dict[str, object]:
    names = {
        "injured_at": "injured_at",
        "time_of_injury": "injured_at",
        "triage": "triage_first",
        "found_at": "injured_at",
        "recorded": "triage_first",
    }
    return {fact: card[name] for name, fact in names.items() if name in card}


def from_geojson(export: Export) -> Facts:
    """The points; lines lead from them."""
    features = orjson.loads(export.file())["features"]
    return {
        each["id"]: {
            "injured_at": each["properties"]["at"],
            "triage_first": each["properties"]["triage"],
            "outcome": each["properties"]["outcome"],
        }
        for each in features
        if each["geometry"]["type"] == "Point"
    }


def from_kml(export: Export) -> Facts:
    document = ET.fromstring(export.file())  # noqa: S314 -- the project's own file
    marks = document.iter(f"{KML}Placemark")
    return {
        mark.attrib["id"]: {"injured_at": mark.findtext(f"{KML}TimeStamp/{KML}when")}
        for mark in marks
        if mark.find(f"{KML}Point") is not None
    }


def from_cot(export: Export) -> Facts:
    """A line is an event; each names its request, and so its patient."""
    events = map(ET.fromstring, export.file().splitlines())
    return {event.attrib["uid"].rpartition("-evacuation")[0]: {} for event in events}


def from_pages(export: Export) -> Facts:
    """Each page names its patient."""
    _, context = sample(PRESET)
    pages = pypdf.PdfReader(io.BytesIO(export.file())).pages
    return {
        found[0]: {}
        for page in pages
        if (found := re.search(rf"{context.job_id}-\d+", page.extract_text()))
    }


@dataclass(frozen=True, slots=True)
class Reader:
    """How a format is read; `only` says which casualties it tells of, where those are not all."""

    read: Callable[[Export], Facts]
    only: Callable[[Mapping[str, Any]], bool] = lambda _patient: True


def was_evacuated(patient: Mapping[str, Any]) -> bool:
    return any(event["kind"] == "evacuation_requested" for event in patient["events"])


def reached_a_facility(patient: Mapping[str, Any]) -> bool:
    return any(event["kind"] == "arrived" and event["facility"] for event in patient["events"])


READERS: Mapping[str, Reader] = {
    "ndjson": Reader(from_ndjson),
    "json": Reader(from_json),
    "csv": Reader(from_csv),
    "csv-synthea": Reader(from_synthea),
    "parquet": Reader(from_parquet),
    "omop": Reader(from_omop),
    "xlsx": Reader(from_xlsx),
    "fhir-ndjson": Reader(from_fhir_ndjson),
    "fhir-bundle": Reader(from_bundles),
    "fhir-collection": Reader(from_bundles),
    "ips": Reader(from_summaries),
    "hl7v2": Reader(from_hl7v2, reached_a_facility),
    "geojson": Reader(from_geojson),
    "kml": Reader(from_kml),
    "cot": Reader(from_cot, was_evacuated),
    "triage": Reader(from_cards),
    "triage-pdf": Reader(from_pages),
    "dd1380": Reader(from_cards),
    "dd1380-pdf": Reader(from_pages),
    "mist": Reader(from_cards),
    "mist-pdf": Reader(from_pages),
    "nine-line": Reader(from_cards, was_evacuated),
    "nine-line-pdf": Reader(from_pages, was_evacuated),
}


def test_every_format_is_compared() -> None:
    """A new format is not forgotten here."""
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("name", READERS)
def test_facts_agree(name: str) -> None:
    """The casualties are the same, and so is what a format says of them: triage, outcome, injury,
    end and death.
    """
    reader = READERS[name]
    patients = [each for each in Export("ndjson").documents() if reader.only(each)]
    found = reader.read(Export(name))
    assert list(found) == [patient["id"] for patient in patients]
    for patient in patients:
        expected = whole(patient)
        expected["died_on"] = str(expected["died_at"])[:10] if expected["died_at"] else None
        facts = found[patient["id"]]
        assert facts == {fact: expected[fact] for fact in facts}, patient["id"]


@pytest.mark.parametrize(
    ("name", "table"),
    [(name, table) for name, format_ in FORMATS.items() for table in format_.tables or ("",)],
)
def test_ranges_are_parts_of_the_whole(name: str, table: str) -> None:
    """Ranges one behind the other are the whole; where a range is a file of its own, encoding it
    again gives the same bytes.
    """
    export = Export(name)
    first, second = export.file(table, 0, 37), export.file(table, 37)
    if FORMATS[name].joinable:
        assert first + second == export.file(table)
    else:
        assert second == export.file(table, 37)
        assert second
