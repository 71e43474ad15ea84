"""A job's stored patients as counts of groups: all that need not be told apart for a report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np

from shared.records.columns import Array
from shared.records.vocabulary import Category, Outcome

DEATHS = (Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE)


@dataclass(frozen=True)
class Groups:
    """One row a group; `patients` says how many it holds. A patient may fall into several rows with
    equal values.

    `returned` is back on duty within 72 h, `lived_min` the minutes until death, rounded up (0 for
    the living), `unordered` an end before the beginning.
    """

    category: Array
    mechanism: Array
    triage_first: Array
    outcome: Array
    role_last: Array
    iss: Array
    returned: Array
    lived_min: Array
    unordered: Array
    patients: Array

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """From rows with a value for each field."""
        columns: list[list[Any]] = [[] for _ in fields(cls)]
        for row in rows:
            for column, field in zip(columns, fields(cls), strict=True):
                column.append(row[field.name])
        return cls(*(np.array(column, dtype=np.int64) for column in columns))

    def with_rows(self, rows: Iterable[Mapping[str, Any]]) -> Self:
        """Add rows; those that are equal but for their number of patients become one."""
        added = type(self).of(rows)
        names = [field.name for field in fields(self) if field.name != "patients"]
        table = np.stack([np.concatenate([getattr(self, n), getattr(added, n)]) for n in names])
        patients = np.concatenate([self.patients, added.patients])
        if not patients.size:
            return self
        order = np.lexsort(table)
        table, patients = table[:, order], patients[order]
        differs = np.any(table[:, 1:] != table[:, :-1], axis=0)
        starts = np.flatnonzero(np.concatenate([[True], differs]))
        sums = np.add.reduceat(patients, starts)
        return type(self)(**dict(zip(names, table[:, starts], strict=True)), patients=sums)

    @cached_property
    def battle(self) -> Array:
        """Battle injuries."""
        return np.equal(self.category, Category.BATTLE_INJURY)

    @cached_property
    def killed(self) -> Array:
        """Died before a facility."""
        return np.equal(self.outcome, Outcome.KIA)

    @cached_property
    def died_of_wounds(self) -> Array:
        """Died after reaching one."""
        return np.equal(self.outcome, Outcome.DOW)

    @cached_property
    def dead(self) -> Array:
        """Died, of whatever."""
        return np.isin(self.outcome, DEATHS)

    def count(self, mask: Array) -> int:
        """Patients in the groups that the mask keeps."""
        return int(self.patients[mask].sum())

    def percentile(self, values: Array, mask: Array, rank: float) -> float:
        """The lowest value that at least `rank` (0 to 1) of the mask's patients do not exceed;
        there must be some.
        """
        order = np.argsort(values[mask], kind="stable")
        below = np.cumsum(self.patients[mask][order])
        at = np.searchsorted(below, rank * below[-1], side="left")
        return float(values[mask][order][min(at, len(order) - 1)])
