"""Precedences of evacuation in their dialects, with the time within which the casualty should be on
its way.

US: letters and times of line 3 of the 9-line request. NATO: three precedences, with the times that
ISAF used. Sources disagree about urgent (60, 90 or 120 minutes); a dialect is a table here, chosen
by the scenario's `evacuation.precedence`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.scenarios.vocabulary import PrecedenceDialect


class Precedence(NamedTuple):
    """How a precedence is called; `minutes_max` None: no limit."""

    letter: str
    display: str
    minutes_max: int | None


DIALECTS: Mapping[PrecedenceDialect, Mapping[str, Precedence]] = {
    PrecedenceDialect.US: {
        "urgent": Precedence("A", "Urgent", 60),
        "urgent_surgical": Precedence("B", "Urgent surgical", 60),
        "priority": Precedence("C", "Priority", 240),
        "routine": Precedence("D", "Routine", 1440),
        "convenience": Precedence("E", "Convenience", None),
    },
    PrecedenceDialect.NATO: {
        "urgent": Precedence("A", "Urgent", 90),
        "urgent_surgical": Precedence("A", "Urgent", 90),
        "priority": Precedence("B", "Priority", 240),
        "routine": Precedence("C", "Routine", 1440),
        "convenience": Precedence("C", "Routine", 1440),
    },
}
