"""The summary sheets, each from its tally."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.encoders.xlsx.cells import Value
from shared.encoders.xlsx.tallies import Tally

HOURS_PER_DAY = 24
Row = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Summary:
    """A sheet's columns, and its rows from a tally and the moment at which the scenario begins."""

    headings: Sequence[str]
    rows: Callable[[Tally, str], Iterator[Row]]


def _counts(tally: Tally, _starts_at: str) -> Iterator[Row]:
    for key in sorted(tally):
        yield (*key, tally[key][0])
    yield ("all", None, None, sum(values[0] for values in tally.values()))


def _census(tally: Tally, starts_at: str) -> Iterator[Row]:
    """A row a facility and day with anybody present, days counted from the scenario's beginning."""
    for facility in sorted({key[0] for key in tally}):
        yield from _census_of(
            facility,
            {key[1]: values[0] for key, values in tally.items() if key[0] == facility},
            starts_at,
        )


def _census_of(facility: str, changes: Mapping[int, int], starts_at: str) -> Iterator[Row]:
    present = 0
    for day in range(max(changes) // HOURS_PER_DAY + 1):
        hourly = []
        for hour in range(day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY):
            present += changes.get(hour, 0)
            hourly.append(present)
        if any(hourly):
            date = (datetime.fromisoformat(starts_at) + timedelta(days=day)).date()
            yield (
                facility,
                day + 1,
                date,
                max(hourly),
                round(sum(hourly) / HOURS_PER_DAY, 1),
                present,
            )


def _durations(tally: Tally, _starts_at: str) -> Iterator[Row]:
    for key in sorted(tally):
        count, seconds, longest = tally[key]
        yield (*key, count, round(seconds / count / 60, 1), round(longest / 60, 1))


_MINUTES = ("patients", "mean_min", "longest_min")
# By tally, in the order in which a planner reads them.
SUMMARIES: Mapping[str, Summary] = {
    "summary": Summary(("category", "triage_first", "outcome", "patients"), _counts),
    "census": Summary(
        ("facility", "day", "date", "most_present", "mean_present", "present_at_end"), _census
    ),
    "queues": Summary(("place", "wait_for", *_MINUTES), _durations),
    "evacuation": Summary(("from", "to", "vehicles", *_MINUTES), _durations),
}
