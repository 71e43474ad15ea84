import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.fixtures import deployment

__all__ = ["deployment"]


@pytest.fixture
def reachable_folder() -> Iterator[Path]:
    """A folder that the servers' users may pass through, with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="lazaret-proof-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
