"""Where the image keeps the simulation's compiled kernels: beside their sources, read-only.

Named by `NUMBA_CACHE_LOCATOR_CLASSES`. Numba's own locators want to write there, and recognise a
source by its modification time, which image layers round.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from numba.core.caching import InTreeCacheLocator


class BakedKernels(InTreeCacheLocator):  # type: ignore[misc] # numba is not read for types
    """Finds what the image's build compiled."""

    def ensure_cache_path(self) -> None:
        """Make the folder during the build; a container finds it there."""
        Path(self._py_file).with_name("__pycache__").mkdir(exist_ok=True)

    def get_source_stamp(self) -> str:
        """The source's digest."""
        return hashlib.sha256(Path(self._py_file).read_bytes()).hexdigest()
