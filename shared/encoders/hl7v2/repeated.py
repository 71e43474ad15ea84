"""Segments that repeat within a message: diagnoses, procedures, allergies, as far as they were
known when it was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders.hl7v2.moments import Moments
from shared.encoders.hl7v2.trigger import Trigger
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns


@dataclass(frozen=True, slots=True)
class Repeated:
    """The items of a list column in messages of `triggers`; `known_s` is the column that says since
    when, none for always.
    """

    name: str
    known_s: str | None
    triggers: Sequence[Trigger]

    def render(
        self,
        template: Template,
        patients: Columns,
        moments: Moments,
        epoch_s: int,
        keep: NDArray[np.bool_],
    ) -> Texts:
        """One text a message. `keep` says of each item of the list whether it is told at all."""
        message, item = self._pairs(patients, moments, keep)
        ends: Array = np.searchsorted(message, np.arange(len(moments.row) + 1))
        values = patients.nested[self.name].values
        columns: Mapping[str, Array] = {
            **{name: column[item] for name, column in values.items()},
            "set_id": np.arange(len(message)) - ends[message] + 1,
            "trigger": moments.trigger[message],
        }
        return template.render(len(message), columns, epoch_s).joined(ends)

    def _pairs(
        self, patients: Columns, moments: Moments, keep: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Message and item, in the order of both."""
        lists = patients.nested[self.name]
        chosen = np.flatnonzero(np.isin(moments.trigger, self.triggers))
        begins = lists.offsets[moments.row[chosen]].astype(np.int64)
        counts = lists.offsets[moments.row[chosen] + 1] - begins
        message = np.repeat(chosen, counts)
        item = np.arange(len(message)) - np.repeat(np.cumsum(counts) - counts - begins, counts)
        told = (
            keep[item]
            if self.known_s is None
            else keep[item] & (lists.values[self.known_s][item] <= moments.at_s[message])
        )
        return message[told], item[told]
