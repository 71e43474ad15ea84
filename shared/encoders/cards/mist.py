"""The AT-MIST report of a casualty's first hand-over: what the crew tells the facility."""

from collections.abc import Iterator, Sequence

from shared.encoders.cards.casualties import (
    Document,
    age_years,
    handed_over_at,
    injuries,
    on_the_way,
)
from shared.scenarios import Scenario

ADULT_YEARS = 18
_TREND = ("heart_rate", "systolic", "respiratory_rate", "spo2_pct", "gcs")


def mist(casualty: Document, _scenario: Scenario) -> Iterator[Document]:
    """One document a casualty; signs are null when nobody measured any before the hand-over."""
    moment = handed_over_at(casualty)
    signs = on_the_way(casualty["vitals"], moment)
    yield {
        "patient_id": casualty["id"],
        "handed_over_at": moment,
        "age": {
            "years": age_years(casualty),
            "group": "adult" if age_years(casualty) >= ADULT_YEARS else "child",
        },
        "time_of_injury": casualty["injured_at"],
        "mechanism": casualty["mechanism"]["display"],
        "injuries": injuries(casualty, moment),
        "signs": _signs(signs) if signs else None,
        "treatment": [_treatment(item) for item in on_the_way(casualty["treatments"], moment)],
        "triage": casualty["triage_first"],
    }


def _treatment(item: Document) -> Document:
    return {
        "at": item["at"],
        "display": item["treatment"]["display"],
        "dose": item["dose"],
        "unit": item["dose"] and item["unit"],
    }


def _signs(rows: Sequence[Document]) -> Document:
    """The first and last measurement, and how they differ."""
    first, last = rows[0], rows[-1]
    shown = (*_TREND, "diastolic", "temperature_c", "pain")
    return {
        "first": {"at": first["at"], **{name: first[name] for name in shown}},
        "last": {"at": last["at"], **{name: last[name] for name in shown}},
        "trend": {name: last[name] - first[name] for name in _TREND},
    }
