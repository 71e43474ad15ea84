"""Numbers by which a casualty is known to readers: every job's are its own.

The engine draws from few numbers, the same for every scenario at one seed; whoever matches people
by them would merge strangers. So what is shown is 90, which no nation's numbers begin with, and
thirteen digits: where the job's block begins, which follows from its id, plus the ordinal. In a job
all differ. Two jobs of n and m patients share any with a probability of (n + m) / 10^13: for two of
a million 2 in 10^7, for a thousand jobs of ten thousand 1 in 1,000. Fifteen digits are exact in a
spreadsheet and fit HL7's id.
"""

import hashlib
from functools import lru_cache
from uuid import UUID

DIGITS = 15
_PREFIX = 90 * 10**13
_ORDINALS_MAX = 10**8
_BLOCKS = 10**13 - _ORDINALS_MAX
_JOBS_KEPT_MAX = 64


@lru_cache(maxsize=_JOBS_KEPT_MAX)
def first_number(job_id: UUID) -> int:
    """The number of a job's ordinal 0; the others follow it."""
    return _PREFIX + int.from_bytes(hashlib.sha256(job_id.bytes).digest()[:16]) % _BLOCKS


def ordinal_of(number: int, job_id: UUID, patients: int) -> int | None:
    """Whose number it is in a job of so many patients; None where it is nobody's."""
    ordinal = number - first_number(job_id)
    return ordinal if 0 <= ordinal < patients else None
