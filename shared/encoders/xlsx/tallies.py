"""What a slice of casualties adds to the workbook's summary sheets. Tallies of slices add up to
those of the whole.

A tally is a mapping from a key of texts and numbers to numbers that are added, except the last one,
of which the highest is kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from shared.encoders.casualty.stays import OPEN, rows_of, stays_of
from shared.encoders.casualty.words import NOWHERE, facility_names, vehicle_names, words_of
from shared.encoders.interface.context import EncodingContext
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Category, EventKind, Outcome, Triage

HOUR_S = 3_600
POINT_OF_INJURY = "point of injury"

Tally = dict[tuple[Any, ...], list[int]]
Tallies = Mapping[str, Tally]


def tallies(patients: Columns, context: EncodingContext) -> Tallies:
    """`summary`: category, triage, outcome -> patients. `census`: facility, hour -> change of those
    present.

    `queues`: facility, wait for -> patients, seconds, longest. `evacuation`: from, to, vehicle ->
    patients, seconds, longest.
    """
    return {
        "summary": _summary(patients),
        "census": _census(patients, context),
        "queues": _tally(_waits(patients, context)),
        "evacuation": _tally(_legs(patients, context)),
    }


def add(total: Tally, more: Tally) -> None:
    """Add a slice's tally to the total."""
    for key, values in more.items():
        known = total.setdefault(key, [0] * len(values))
        known[:-1] = [old + new for old, new in zip(known[:-1], values[:-1], strict=True)]
        known[-1] = max(known[-1], values[-1])


def _summary(patients: Columns) -> Tally:
    words = (words_of(Category), words_of(Triage), words_of(Outcome))
    columns = np.stack([patients.flat[name] for name in ("category", "triage_first", "outcome")])
    keys, counts = np.unique(columns, axis=1, return_counts=True)
    found = zip(keys.T.tolist(), counts.tolist(), strict=True)
    return {
        tuple(word[number] for word, number in zip(words, key, strict=True)): [count, 0]
        for key, count in found
    }


def _census(patients: Columns, context: EncodingContext) -> Tally:
    stays, names = stays_of(patients), facility_names(context.scenario)
    changes: Tally = {}
    ended = stays.end_s != OPEN
    for facility, second, change in (
        (stays.facility, stays.start_s, 1),
        (stays.facility[ended], stays.end_s[ended], -1),
    ):
        hours, counts = np.unique(
            np.stack([facility, second // HOUR_S]), axis=1, return_counts=True
        )
        for (place, hour), count in zip(hours.T.tolist(), counts.tolist(), strict=True):
            add(changes, {(names[place], hour): [change * count, 0]})
    return changes


def _waits(patients: Columns, context: EncodingContext) -> Iterator[tuple[tuple[str, ...], int]]:
    """Waits for evacuation, from the request to the departure, and for surgery, from the arrival to
    its beginning.
    """
    names = {**facility_names(context.scenario), NOWHERE: POINT_OF_INJURY}
    for kind, begins, ends in (
        ("evacuation", EventKind.EVACUATION_REQUESTED, EventKind.DEPARTED),
        ("surgery", EventKind.ARRIVED, EventKind.SURGERY_STARTED),
    ):
        start, end, at_s, facility = _pairs(patients, begins, ends)
        for place, wait in zip(
            facility[start].tolist(), (at_s[end] - at_s[start]).tolist(), strict=True
        ):
            yield (names[place], kind), wait


def _legs(patients: Columns, context: EncodingContext) -> Iterator[tuple[tuple[str, ...], int]]:
    """Journeys from where they began to where they ended."""
    places = {**facility_names(context.scenario), NOWHERE: POINT_OF_INJURY}
    vehicles = {**vehicle_names(context.scenario), NOWHERE: ""}
    start, end, at_s, facility = _pairs(patients, EventKind.DEPARTED, EventKind.ARRIVED)
    vehicle = patients.nested["events"].values["vehicle"]
    rows = (facility[start], facility[end], vehicle[end], at_s[end] - at_s[start])
    for origin, target, pool, seconds in zip(*(each.tolist() for each in rows), strict=True):
        yield (places[origin], places[target], vehicles[pool]), seconds


def _pairs(
    patients: Columns, begins: EventKind, ends: EventKind
) -> tuple[Array, Array, Array, Array]:
    """Places in the list of events of each `begins` with the next `ends` of the same patient before
    another `begins`; times, places.
    """
    events = patients.nested["events"]
    kind, at_s, facility = (events.values[name] for name in ("kind", "at_s", "facility"))
    row = rows_of(events.offsets)
    both = np.flatnonzero((kind == begins) | (kind == ends))
    paired = (
        (kind[both][:-1] == begins) & (kind[both][1:] == ends) & (row[both][:-1] == row[both][1:])
    )
    return both[:-1][paired], both[1:][paired], at_s, facility


def _tally(found: Iterator[tuple[tuple[str, ...], int]]) -> Tally:
    total: Tally = {}
    for key, seconds in found:
        add(total, {key: [1, seconds, seconds]})
    return total
