"""Requests for evacuation and hand-overs, found in the casualties' events."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders.casualty.stays import (
    NO_STAY,
    NONE,
    moments,
    next_event,
    rows_of,
    stays_of,
    values_at,
)
from shared.encoders.casualty.words import NOWHERE
from shared.records.columns import Array, Columns, Nested
from shared.records.vocabulary import EventKind

ENDS = (EventKind.DISCHARGED, EventKind.RETURNED_TO_DUTY, EventKind.DIED, EventKind.EVACUATED)


@dataclass(frozen=True, slots=True)
class Journeys:
    """Requests, or departures.

    `index` is the event's place in its patient's list, `stay` where it happened (NO_STAY in the
    field), `departed_s` and `arrived_s` are NONE where that has not happened, `destination` is
    NOWHERE before the arrival.
    """

    row: NDArray[np.int64]
    index: NDArray[np.int64]
    at_s: Array
    facility: Array
    detail: Array
    stay: NDArray[np.int64]
    departed_s: Array
    arrived_s: Array
    destination: Array
    ended: NDArray[np.bool_]


def requests_of(patients: Columns) -> Journeys:
    """One entry a request; it has ended when the casualty's way has, or when another request took
    its place.
    """
    events = patients.nested["events"]
    place = np.flatnonzero(events.values["kind"] == EventKind.EVACUATION_REQUESTED)
    following = next_event(
        events, place, (EventKind.DEPARTED, EventKind.EVACUATION_REQUESTED, *ENDS)
    )
    kind = values_at(events.values["kind"], following, NONE)
    departed = np.where(kind == EventKind.DEPARTED, following, NONE)
    return _journeys(patients, place, departed, (kind != NONE) & (kind != EventKind.DEPARTED))


def departures_of(patients: Columns) -> Journeys:
    """One entry a departure: a hand-over from one role to the next."""
    place = np.flatnonzero(patients.nested["events"].values["kind"] == EventKind.DEPARTED)
    return _journeys(patients, place, place, np.zeros(len(place), bool))


def request_before(patients: Columns, departures: Journeys) -> NDArray[np.int64]:
    """The event index of the request that each departure answers; NONE without."""
    requests = requests_of(patients)
    left = requests.departed_s != NONE
    answered, wanted = (
        moments(requests.row[left], requests.departed_s[left]),
        moments(departures.row, departures.departed_s),
    )
    place = np.searchsorted(answered, wanted, side="right") - 1
    found = np.append(answered, NONE)[place] == wanted
    return np.where(found, values_at(requests.index[left], place, NONE), NONE)


def _journeys(
    patients: Columns,
    place: NDArray[np.int64],
    departed: NDArray[np.int64],
    ended: NDArray[np.bool_],
) -> Journeys:
    events = patients.nested["events"]
    row = rows_of(events.offsets)[place]
    at_s, facility = (events.values[name][place] for name in ("at_s", "facility"))
    arrived = _arrival(events, departed)
    return Journeys(
        row=row,
        index=place - events.offsets[row],
        at_s=at_s,
        facility=facility,
        detail=events.values["detail"][place],
        stay=np.where(facility == NOWHERE, NO_STAY, stays_of(patients).at(row, at_s)),
        departed_s=values_at(events.values["at_s"], departed, NONE),
        arrived_s=values_at(events.values["at_s"], arrived, NONE),
        destination=values_at(events.values["facility"], arrived, NOWHERE),
        ended=ended,
    )


def _arrival(events: Nested, departed: NDArray[np.int64]) -> NDArray[np.int64]:
    """The arrival that follows each departure; NONE where none does before the end or the next
    departure, or nobody departed.
    """
    arrived = np.full(len(departed), NONE)
    gone = departed != NONE
    following = next_event(events, departed[gone], (EventKind.ARRIVED, EventKind.DEPARTED, *ENDS))
    is_arrival = values_at(events.values["kind"], following, NONE) == EventKind.ARRIVED
    arrived[gone] = np.where(is_arrival, following, NONE)
    return arrived
