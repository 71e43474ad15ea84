import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.records.digest import sector_digest
from shared.scenarios import load_preset
from shared.simulation import simulate

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden_sector.sha256")
SECTOR = ("brigade-conventional", 20_270_510, 3, 200)
# Features that numpy and glibc choose by, from the newest down; names that a machine lacks are
# ignored by both.
NUMPY_FEATURES = (
    "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3 X86_V3 "
    "X86_V4"
)
GLIBC_TUNABLES = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-FMA,-FMA4,-AVX,-ERMS"


def digest(preset: str, seed: int, sector: int, patients: int) -> str:
    output = simulate(load_preset(preset), seed, sector, patients)
    return sector_digest(output.patients, output.result).hex()


def digest_in_process(arguments: tuple[object, ...], **environment: str) -> str:
    program = [
        sys.executable,
        "-W",
        "ignore",
        str(Path(__file__).with_name("print_digest.py")),
        *map(str, arguments),
    ]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        program, env=environ, check=True, capture_output=True, text=True, timeout=110
    ).stdout


def supported(features: str) -> str:
    found = np._core._multiarray_umath.__cpu_features__
    dispatched = np._core._multiarray_umath.__cpu_dispatch__
    return " ".join(name for name in features.split() if found.get(name) and name in dispatched)


def test_a_sector_is_the_one_that_was_pinned() -> None:
    """The engine gives the same bytes as when its version was pinned: a change of any value must be
    meant, and raise the version.
    """
    assert digest(*SECTOR) == GOLDEN.read_text().strip()


def test_a_sector_does_not_depend_on_what_ran_before_it() -> None:
    """A sector alone, after its neighbours and after another scenario gives the same bytes."""
    alone = digest(*SECTOR)
    preset, seed, sector, patients = SECTOR
    digest(preset, seed, sector - 1, patients)
    digest("teaching-20", seed, sector, 20)
    assert digest(*SECTOR) == alone


@pytest.mark.parametrize("place", [1, 2, 3])
def test_seed_sector_and_size_each_matter(place: int) -> None:
    """Another seed, sector number or number of patients gives another sector."""
    other = list(SECTOR)
    other[place] = int(other[place]) + 1
    assert digest(*other) != digest(*SECTOR)  # type: ignore[arg-type]


def test_the_processor_does_not_matter() -> None:
    """With AVX-512, AVX2 and FMA switched off in numpy and glibc, a sector keeps its bytes."""
    masked = digest_in_process(
        SECTOR, NPY_DISABLE_CPU_FEATURES=supported(NUMPY_FEATURES), GLIBC_TUNABLES=GLIBC_TUNABLES
    )
    assert masked == digest(*SECTOR)


def test_compiled_code_does_what_the_source_says() -> None:
    """The kernels run as plain Python give the same sector as compiled."""
    arguments = ("teaching-20", 5, 0, 40)
    assert digest_in_process(arguments, NUMBA_DISABLE_JIT="1") == digest(*arguments)
