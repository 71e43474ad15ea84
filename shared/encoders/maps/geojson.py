"""GeoJSON (RFC 7946): a point where each casualty was hurt, and a line along its way."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from shared.encoders.cards.casualties import Document, casualties, lines
from shared.encoders.interface.context import EncodingContext
from shared.encoders.maps.ways import Stop, stops

ENCODER_VERSION = 1
_START = b'{"type":"FeatureCollection","features":[\n'


def encode(batch: pa.RecordBatch, context: EncodingContext, _table: str) -> bytes:
    """A feature a line, for `FeatureCollection`."""
    return lines(
        feature
        for casualty in casualties(batch, context)
        for feature in _features(casualty, stops(casualty, context.scenario))
    )


class FeatureCollection:
    """Joins features into one collection. A feature has no line break inside: JSON escapes them."""

    def __init__(self) -> None:
        self._begun = False

    def add(self, piece: bytes) -> bytes:
        if not piece:
            return b""
        start = b",\n" if self._begun else _START
        self._begun = True
        return start + piece.removesuffix(b"\n").replace(b"\n", b",\n")

    def end(self) -> bytes:
        return (b"\n" if self._begun else _START) + b"]}\n"


def _features(casualty: Document, way: list[Stop]) -> Iterator[dict[str, Any]]:
    start = way[0]
    yield {
        "type": "Feature",
        "id": casualty["id"],
        "geometry": {"type": "Point", "coordinates": [start.longitude_deg, start.latitude_deg]},
        "properties": {
            "patient_id": casualty["id"],
            "at": casualty["injured_at"],
            "mechanism": casualty["mechanism"]["display"],
            "triage": casualty["triage_first"],
            "outcome": casualty["outcome"],
            "unit": casualty["unit"],
        },
    }
    if len(way) > 1:
        yield {
            "type": "Feature",
            "id": f"{casualty['id']}-way",
            "geometry": {
                "type": "LineString",
                "coordinates": [[each.longitude_deg, each.latitude_deg] for each in way],
            },
            "properties": {
                "patient_id": casualty["id"],
                "times": [each.at for each in way],
                "places": [each.name for each in way],
            },
        }
