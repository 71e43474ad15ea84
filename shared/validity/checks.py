"""Statements that must hold of every patient; a check counts those of whom one does not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from shared.records.columns import Array, Columns
from shared.records.vocabulary import BodyRegion, EventKind, Outcome
from shared.validity.groups import DEATHS, Groups

ISS_UNSURVIVABLE = 75
AIS_UNSURVIVABLE = 6
REGIONS_COUNTED = 3
ENDINGS = {
    EventKind.DIED: DEATHS,
    EventKind.RETURNED_TO_DUTY: (Outcome.RETURNED_TO_DUTY,),
    EventKind.EVACUATED: (Outcome.EVACUATED,),
}


@dataclass(frozen=True, slots=True)
class Check:
    """How many patients were looked at and how many contradict the statement."""

    statement: str
    checked: int
    violations: int


def check_groups(groups: Groups) -> Iterator[Check]:
    """What can be said of every patient of a job."""
    everybody = groups.count(groups.patients > 0)
    for statement, broken in _group_violations(groups).items():
        yield Check(statement, everybody, groups.count(broken))


def _group_violations(groups: Groups) -> Mapping[str, Array]:
    in_battle = np.isin(groups.outcome, (Outcome.KIA, Outcome.DOW))
    return {
        "nobody's story ends before it begins": groups.unordered != 0,
        "everybody has a triage category and an outcome": (groups.triage_first == 0)
        | (groups.outcome == 0),
        "who was killed in action reached no facility": groups.killed & (groups.role_last > 0),
        "who died of wounds had reached a facility": groups.died_of_wounds
        & (groups.role_last == 0),
        "only battle injuries are killed in action or die of wounds": in_battle & ~groups.battle,
        "a battle injury that dies is killed in action or dies of wounds": groups.battle
        & groups.dead
        & ~in_battle,
        "scores lie from 0 to 75": (groups.iss < 0) | (groups.iss > ISS_UNSURVIVABLE),
    }


def check_records(patients: Columns) -> Iterator[Check]:
    """What can be said of whole records: events, vital signs, conditions and treatments against
    each other.
    """
    for statement, broken in _RECORD_VIOLATIONS.items():
        yield Check(statement, patients.rows, int(broken(patients).sum()))


def _owner(patients: Columns, name: str) -> Array:
    return np.repeat(np.arange(patients.rows), np.diff(patients.nested[name].offsets))


def _any(patients: Columns, name: str, mask: Array) -> Array:
    has = np.zeros(patients.rows, dtype=bool)
    has[_owner(patients, name)[mask]] = True
    return has


def _unordered(patients: Columns) -> Array:
    at, owner = patients.nested["events"].values["at_s"], _owner(patients, "events")
    earlier = (np.diff(at) < 0) & (np.diff(owner) == 0)
    return _any(patients, "events", np.concatenate((earlier, [False])))


def _begins_elsewhere(patients: Columns) -> Array:
    events = patients.nested["events"]
    empty = np.diff(events.offsets) == 0
    first = np.where(empty, 0, events.offsets[:-1])
    begins = (events.values["kind"][first] == EventKind.INJURED) & (
        events.values["at_s"][first] == patients.flat["injured_at_s"]
    )
    broken: Array = empty | ~begins
    return broken


def _ends_otherwise(patients: Columns) -> Array:
    broken = np.zeros(patients.rows, dtype=bool)
    for kind, outcomes in ENDINGS.items():
        said = _any(patients, "events", patients.nested["events"].values["kind"] == kind)
        broken |= said != np.isin(patients.flat["outcome"], outcomes)
    return broken


def _outside_the_story(patients: Columns) -> Array:
    broken = np.zeros(patients.rows, dtype=bool)
    for name in ("events", "vitals", "treatments"):
        owner, at = _owner(patients, name), patients.nested[name].values["at_s"]
        outside = (at < patients.flat["injured_at_s"][owner]) | (
            at > patients.flat["ended_at_s"][owner]
        )
        broken |= _any(patients, name, outside)
    return broken


def _impossible_signs(patients: Columns) -> Array:
    signs = patients.nested["vitals"].values
    impossible = (
        (signs["systolic"] < signs["diastolic"])
        | (signs["heart_rate"] < 0)
        | (signs["respiratory_rate"] < 0)
    )
    impossible |= (
        (signs["gcs"] < 3) | (signs["gcs"] > 15) | (signs["spo2"] < 0) | (signs["spo2"] > 100)
    )
    return _any(patients, "vitals", impossible)


def _ends_before_it_begins(patients: Columns) -> Array:
    times = patients.nested["treatments"].values
    return _any(patients, "treatments", times["ended_at_s"] < times["at_s"])


def _without_condition(patients: Columns) -> Array:
    broken: Array = np.diff(patients.nested["conditions"].offsets) == 0
    return broken


def _other_score(patients: Columns) -> Array:
    values, owner = patients.nested["conditions"].values, _owner(patients, "conditions")
    worst = np.zeros((patients.rows, len(BodyRegion)), dtype=np.int64)
    wound = values["region"] > 0
    np.maximum.at(worst, (owner[wound], values["region"][wound] - 1), values["ais"][wound])
    score = (np.sort(worst, axis=1)[:, -REGIONS_COUNTED:] ** 2).sum(axis=1)
    score[worst.max(axis=1) == AIS_UNSURVIVABLE] = ISS_UNSURVIVABLE
    broken: Array = score != patients.flat["iss"]
    return broken


_RECORD_VIOLATIONS: Mapping[str, Callable[[Columns], Array]] = {
    "events stand in the order of time": _unordered,
    "a story begins with the injury or the illness": _begins_elsewhere,
    "the last event says what the outcome says": _ends_otherwise,
    "nothing happens before the beginning or after the end": _outside_the_story,
    "vital signs are possible": _impossible_signs,
    "no treatment ends before it begins": _ends_before_it_begins,
    "everybody has a condition": _without_condition,
    "the Injury Severity Score follows from the wounds": _other_score,
}
