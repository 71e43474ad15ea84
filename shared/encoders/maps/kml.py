"""KML 2.2: a placemark where each casualty was hurt, with its moment, and one for its way."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

import pyarrow as pa

from shared.encoders.cards.casualties import Document, casualties
from shared.encoders.interface.context import EncodingContext
from shared.encoders.maps.ways import Stop, stops

ENCODER_VERSION = 1
_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Synthetic casualties</name>\n'
)
_FOOT = b"</Document></kml>\n"


def encode(batch: pa.RecordBatch, context: EncodingContext, _table: str) -> bytes:
    """Placemarks, for `KmlDocument`."""
    return "".join(
        mark
        for casualty in casualties(batch, context)
        for mark in _placemarks(casualty, stops(casualty, context.scenario))
    ).encode()


class KmlDocument:
    """Puts placemarks into one document."""

    def __init__(self) -> None:
        self._head = _HEAD

    def add(self, piece: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + piece

    def end(self) -> bytes:
        return self._head + _FOOT


def _placemarks(casualty: Document, way: list[Stop]) -> Iterator[str]:
    told = f"{casualty['mechanism']['display']}; {casualty['triage_first']}; {casualty['outcome']}"
    yield (
        f'<Placemark id="{casualty["id"]}"><name>{casualty["ordinal"]}</name>'
        f"<description>{escape(told)}</description>"
        f"<TimeStamp><when>{way[0].at}</when></TimeStamp>"
        f"<Point><coordinates>{_coordinates(way[:1])}</coordinates></Point></Placemark>\n"
    )
    if len(way) > 1:
        places = ", ".join(each.name for each in way if each.name)
        yield (
            f'<Placemark id="{casualty["id"]}-way"><name>{casualty["ordinal"]}</name>'
            f"<description>{escape(places)}</description>"
            f"<TimeSpan><begin>{way[0].at}</begin><end>{way[-1].at}</end></TimeSpan>"
            f"<LineString><coordinates>{_coordinates(way)}</coordinates></LineString>"
            "</Placemark>\n"
        )


def _coordinates(way: list[Stop]) -> str:
    """Longitude first, as KML has it."""
    return " ".join(f"{each.longitude_deg:.6f},{each.latitude_deg:.6f}" for each in way)
