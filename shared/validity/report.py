"""The validity report of a job, from its patients' groups and a sample of whole records."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from shared.clinical.parameters import bases
from shared.clinical.tables import mechanisms
from shared.encoders.casualty.words import words_of
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Category, Outcome, Role, Triage
from shared.scenarios import Scenario
from shared.validity.checks import Check, check_groups, check_records
from shared.validity.comparison import compare
from shared.validity.groups import Groups

UNREADABLE = Check("stored records can be read", checked=1, violations=1)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Quartiles of a quantity over the patients who have it."""

    name: str
    patients: int
    lower_quartile: float
    median: float
    upper_quartile: float


def validity_report(
    scenario: Scenario, groups: Groups, samples: Iterable[Columns | None]
) -> dict[str, Any]:
    """A JSON document: counts, distributions, comparisons, checks and what the model rests on.

    `samples` are whole records of the job to look into; None stands for a stored body that could
    not be read. Pure: the same arguments give the same report.
    """
    checks = [*check_groups(groups)]
    for sample in samples:
        checks += (UNREADABLE,) if sample is None else check_records(sample)
    return {
        "consistent": not any(check.violations for check in checks),
        "patients": groups.count(groups.patients > 0),
        "counts": _counts(groups),
        "distributions": [asdict(each) for each in _distributions(groups)],
        "comparisons": [asdict(each) for each in compare(groups, scenario)],
        "checks": [_check(each) for each in checks],
        "parameters": _parameters(),
    }


def _counts(groups: Groups) -> dict[str, dict[str, int]]:
    vocabularies: Mapping[str, type[IntEnum]] = {
        "category": Category,
        "triage_first": Triage,
        "outcome": Outcome,
        "role_last": Role,
    }
    words = {name: words_of(vocabulary) for name, vocabulary in vocabularies.items()}
    words["mechanism"] = {row.id: row.name for row in mechanisms()}
    return {name: _count_words(groups, getattr(groups, name), of) for name, of in words.items()}


def _count_words(groups: Groups, values: Array, words: Mapping[int, str]) -> dict[str, int]:
    return {
        words.get(int(number), str(number)): groups.count(values == number)
        for number in np.unique(values)
    }


def _distributions(groups: Groups) -> Iterator[Distribution]:
    hurt = groups.category != Category.DISEASE
    wanted = (
        ("iss_of_survivors", groups.iss, hurt & ~groups.dead),
        ("iss_of_dead", groups.iss, hurt & groups.dead),
        ("minutes_to_death_before_facility", groups.lived_min, groups.killed),
        ("minutes_to_death_in_facility", groups.lived_min, groups.died_of_wounds),
    )
    for name, values, mask in wanted:
        if mask.any():
            quartiles = (groups.percentile(values, mask, rank) for rank in (0.25, 0.5, 0.75))
            yield Distribution(name, groups.count(mask), *quartiles)


def _check(check: Check) -> dict[str, Any]:
    return {**asdict(check), "holds": check.violations == 0}


def _parameters() -> dict[str, float]:
    counts = bases()
    return {**counts, "assumption_share": counts["assumption"] / counts["total"]}
