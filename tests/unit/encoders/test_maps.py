"""GeoJSON, KML and Cursor on Target as parsers of others read them."""

from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import orjson
import pytest

from shared.encoders.cards.nine_line import nine_lines
from shared.encoders.formats import FORMATS
from tests.unit.encoders.plain_documents import documents
from tests.unit.encoders.sample import sample

PRESET, PATIENTS = "joint-operation", 80
KML = "{http://www.opengis.net/kml/2.2}"


def file(name: str, patients: int = PATIENTS) -> bytes:
    """Put together from slices."""
    batch, context = sample(PRESET)
    assembly = FORMATS[name].assembly()
    pieces = [
        FORMATS[name].encode(batch.slice(first, min(30, patients - first)), context, "")
        for first in range(0, patients, 30)
    ]
    return b"".join(map(assembly.add, pieces)) + assembly.end()


def arrivals(patient: dict) -> list[str]:  # type: ignore[type-arg]  # JSON
    return [
        event["facility"]
        for event in patient["events"]
        if event["kind"] == "arrived" and event["facility"]
    ]


def test_geojson_has_a_point_and_a_way() -> None:
    """Longitude comes first; a way has as many places as the casualty reached, and its times."""
    found = orjson.loads(file("geojson"))
    assert found["type"] == "FeatureCollection"
    features = {each["id"]: each for each in found["features"]}
    for patient in documents(*sample(PRESET))[:PATIENTS]:
        point = features[patient["id"]]["geometry"]
        assert point["coordinates"] == [patient["longitude_deg"], patient["latitude_deg"]]
        way = features.get(f"{patient['id']}-way")
        reached = arrivals(patient)
        assert (way is not None) == bool(reached)
        if way is not None:
            assert way["properties"]["places"] == [None, *reached]
            assert len(way["geometry"]["coordinates"]) == len(way["properties"]["times"])
            assert way["properties"]["times"] == sorted(way["properties"]["times"])


def test_duckdb_reads_the_features(tmp_path: Path) -> None:
    """Each has its geometry."""
    path = tmp_path / "patients.geojson"
    path.write_bytes(file("geojson"))
    query = f"SELECT count(*), count(geometry), count(DISTINCT patient_id) FROM read_json('{path}')"
    features = len(orjson.loads(path.read_bytes())["features"])
    assert duckdb.sql(query).fetchall() == [(features, features, PATIENTS)]


def test_kml_says_the_same() -> None:
    """Places of points and ways, with their moments."""
    features = orjson.loads(file("geojson"))["features"]
    marks = {
        mark.attrib["id"]: mark
        for mark in ET.fromstring(file("kml")).iter(f"{KML}Placemark")  # noqa: S314 -- our own file
    }
    assert list(marks) == [each["id"] for each in features]
    for each in features:
        text = marks[each["id"]].findtext(f".//{KML}coordinates") or ""
        places = [[float(part) for part in place.split(",")] for place in text.split()]
        geometry = each["geometry"]
        wanted = geometry["coordinates"]
        line = [wanted] if geometry["type"] == "Point" else wanted
        assert [each for place in places for each in place] == pytest.approx(
            [each for place in line for each in place]
        )


@pytest.mark.parametrize("name", ["geojson", "kml"])
def test_a_job_without_casualties_is_a_file(name: str) -> None:
    """It has no features."""
    found = file(name, 0)
    assert b"Placemark" not in found
    assert b'"Feature"' not in found
    assert orjson.loads(found)["features"] == [] if name == "geojson" else ET.fromstring(found)  # noqa: S314 -- as above


def test_cot_has_every_request() -> None:
    """An event a request, with the 9-line's place, precedence and kind of patient."""
    scenario = sample(PRESET)[1].scenario
    requests = [
        request
        for patient in documents(*sample(PRESET))[:PATIENTS]
        for request in nine_lines(patient, scenario)
    ]
    events = [ET.fromstring(line) for line in file("cot").splitlines()]  # noqa: S314 -- as above
    assert [event.attrib["uid"] for event in events] == [each["id"] for each in requests]
    for event, request in zip(events, requests, strict=True):
        point, medevac = event.find("point"), event.find("detail/_medevac_")
        assert point is not None
        assert medevac is not None
        lines = request["lines"]
        assert float(point.attrib["lat"]) == pytest.approx(lines["1"]["latitude_deg"])
        assert float(point.attrib["lon"]) == pytest.approx(lines["1"]["longitude_deg"])
        counted = ("urgent", "urgent_surgical", "priority", "routine", "convenience")
        assert sum(int(medevac.attrib[name]) for name in counted) == 1
        assert medevac.attrib["litter"] == str(int(lines["5"]["letter"] == "L"))
        assert event.attrib["start"] == request["requested_at"] < event.attrib["stale"]
