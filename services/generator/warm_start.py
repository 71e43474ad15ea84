"""What a simulation process does before its first batch, so that this one takes no longer than
those that follow.
"""

import ctypes

import numpy as np

from shared.records.cut import BatchSpec
from shared.scenarios import load_preset
from shared.simulation import compile_kernels
from shared.simulation.batch import BatchWork, generate_parts

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 32 * 1024 * 1024  # the most that glibc takes as a threshold
_TOUCHED_BYTES = 24 * 1024 * 1024  # what a batch of 10,000 casualties holds at its end
_PATIENTS = 1_000


def warm_start() -> None:
    """Keep memory that was once asked for, load the compiled code, and make one small batch, from
    the draws to the compressed body.
    """
    _keep_memory()
    compile_kernels()
    work = BatchWork(
        scenario=load_preset("brigade-conventional"),
        spec=BatchSpec(
            seed=0,
            first_sector=0,
            sectors=1,
            sector_patients=_PATIENTS,
            first_ordinal=0,
            patients=_PATIENTS,
            part_patients=_PATIENTS,
        ),
    )
    for _ in generate_parts(work):
        pass
    # given back at once, but to this process alone: its pages are there from now on
    np.ones(_TOUCHED_BYTES, dtype=np.uint8)


def _keep_memory() -> None:
    """Every sector needs the same few megabytes: a page given back in between would cost a fault
    when it is needed again.
    """
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
    libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
