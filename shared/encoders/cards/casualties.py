"""Casualties one by one as plain documents: those of NDJSON, so that cards say what it says."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from shared.encoders.interface.context import EncodingContext
from shared.encoders.json import ndjson
from shared.scenarios import Scenario

Document = Mapping[str, Any]
Describe = Callable[[Document, Scenario], Iterable[Document]]


def casualties(batch: pa.RecordBatch, context: EncodingContext) -> Iterator[Document]:
    """The patients in order."""
    for line in ndjson.encode(batch, context).splitlines():
        yield orjson.loads(line)


def cards(
    batch: pa.RecordBatch, context: EncodingContext, describe: Describe
) -> Iterator[Document]:
    """What `describe` makes of each casualty, in order."""
    for casualty in casualties(batch, context):
        yield from describe(casualty, context.scenario)


def lines(documents: Iterable[Document]) -> bytes:
    """NDJSON."""
    return b"".join(
        orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE) for document in documents
    )


def handed_over_at(casualty: Document) -> str:
    """When care at the point of injury and on the way ended: at the first arrival at a facility, or
    the story's end.
    """
    arrivals: Iterator[str] = (
        event["at"]
        for event in casualty["events"]
        if event["kind"] == "arrived" and event["facility"]
    )
    return next(arrivals, casualty["ended_at"])


def until(items: Sequence[Document], moment: str) -> list[Document]:
    """Items up to and including a moment. Times in UTC sort as texts."""
    return [item for item in items if item["at"] <= moment]


def on_the_way(items: Sequence[Document], moment: str) -> list[Document]:
    """What was measured or done outside facilities up to a moment."""
    return [item for item in until(items, moment) if item["facility"] is None]


def injuries(casualty: Document, moment: str) -> list[Document]:
    """Conditions that had begun by a moment."""
    return [
        {
            "display": item["condition"]["display"],
            "region": item["region"],
            "side": item["side"],
            "ais": item["ais"],
        }
        for item in casualty["conditions"]
        if item["onset_at"] <= moment
    ]


def age_years(casualty: Document) -> int:
    """Completed years at the time of injury."""
    born, injured = (
        datetime.fromisoformat(casualty["birth_date"]),
        datetime.fromisoformat(casualty["injured_at"]),
    )
    return injured.year - born.year - ((injured.month, injured.day) < (born.month, born.day))
