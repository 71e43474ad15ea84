"""What the templates write of each message, as columns."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shared.encoders.casualty.stays import Stays, stays_of
from shared.encoders.casualty.words import NOWHERE
from shared.encoders.hl7v2.moments import NO_ITEM, Moments, Visits, first_of_rows
from shared.encoders.hl7v2.trigger import Trigger
from shared.records.columns import Array, Columns
from shared.records.vocabulary import EventKind

UNTRIAGED = 0
_PERSON = (
    "ordinal",
    "family_id",
    "given_id",
    "birth_date",
    "sex",
    "nation",
    "branch",
    "rank",
    "height_cm",
    "weight_hg",
    "blood_group",
    "mechanism",
    "iss",
)
_SIGNS = (
    "heart_rate",
    "systolic",
    "diastolic",
    "respiratory_rate",
    "spo2",
    "temperature_dc",
    "gcs",
    "pain",
)
_ARRIVALS = (Trigger.A04, Trigger.A02)


def message_columns(visits: Visits, moments: Moments) -> Mapping[str, Array]:
    """One entry a message in every column."""
    patients = visits.patients
    return {
        "at_s": moments.at_s,
        "trigger": moments.trigger,
        "number": _numbers(moments),
        "begin_s": visits.begin_s[moments.row],
        "unidentified": visits.unknown()[moments.row] & (_count_before(moments, Trigger.A40) == 0),
        "admitted": _count_before(moments, Trigger.A01) > _count_before(moments, Trigger.A11),
        **{name: patients.flat[name][moments.row] for name in _PERSON},
        **_where(stays_of(patients), moments),
        **_of_events(visits, moments),
        **_of_signs(patients, moments),
    }


def _numbers(moments: Moments) -> NDArray[np.int64]:
    """A patient's messages are counted from 1."""
    places = np.arange(len(moments.row), dtype=np.int64)
    firsts = np.maximum.accumulate(np.where(first_of_rows(moments.row), places, 0))
    numbers: NDArray[np.int64] = places - firsts + 1
    return numbers


def _count_before(moments: Moments, trigger: Trigger) -> NDArray[np.int64]:
    """How many messages of a trigger each patient has had, up to and including each message."""
    is_it = moments.trigger == trigger
    running = np.cumsum(is_it)
    before_row = np.where(first_of_rows(moments.row), running - is_it, 0)
    counts: NDArray[np.int64] = running - np.maximum.accumulate(before_row)
    return counts


def _where(stays: Stays, moments: Moments) -> Mapping[str, Array]:
    stay = stays.at(moments.row, moments.at_s)
    first_stays = np.searchsorted(stays.row, moments.row)
    previous = np.where(stay > 0, stays.facility[first_stays + np.maximum(stay - 1, 0)], NOWHERE)
    return {
        "stay": stay,
        "facility": stays.facility[first_stays + stay],
        "facility_before": previous,
    }


def _of_events(visits: Visits, moments: Moments) -> Mapping[str, Array]:
    events = visits.patients.nested["events"].values
    item = np.maximum(moments.item, 0)
    arriving, ending = np.isin(moments.trigger, _ARRIVALS), moments.trigger == Trigger.A03
    told = np.isin(moments.trigger, (Trigger.A04, Trigger.A08)) & (moments.item != NO_ITEM)
    end_kind = np.where(ending, events["kind"][np.where(ending, item, 0)], 0)
    return {
        "vehicle": np.where(arriving, events["vehicle"][np.where(arriving, item, 0)], NOWHERE),
        "triage": np.where(told, _latest_triage(visits)[np.where(told, item, 0)], UNTRIAGED),
        "end_kind": end_kind,
        "died": end_kind == EventKind.DIED,
    }


def _latest_triage(visits: Visits) -> NDArray[np.int64]:
    """Each patient's category after each event, UNTRIAGED before the first."""
    places = np.where(visits.kind == EventKind.TRIAGED, np.arange(len(visits.kind)), NO_ITEM)
    latest = np.maximum.accumulate(places)
    own = (latest != NO_ITEM) & (visits.row[np.maximum(latest, 0)] == visits.row)
    return np.where(own, visits.detail[np.maximum(latest, 0)], UNTRIAGED)


def _of_signs(patients: Columns, moments: Moments) -> Mapping[str, Array]:
    vitals = patients.nested["vitals"]
    measured = moments.trigger == Trigger.R01
    item = np.where(measured, moments.item, 0)
    columns = {name: np.zeros(len(item), vitals.values[name].dtype) for name in (*_SIGNS, "at_s")}
    for name, values in columns.items():
        values[measured] = vitals.values[name][item[measured]]
    index = np.zeros(len(item), np.int64)
    index[measured] = item[measured] - vitals.offsets[moments.row[measured]]
    return {**columns, "at_s": moments.at_s, "measured_s": columns["at_s"], "index": index}
