"""The browser libraries that the console carries: fetched from npm by version and hash, checked
without a network.

`libraries.json` beside them is the list: package, version, licence, the tarball's hash
(`integrity`, as npm writes it), and for each file that is taken the name that it has here. `hashes`
are SHA-256 of the files as they lie here.
"""

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

PROJECT = Path(__file__).parents[1]
VENDOR = PROJECT / "services/gateway/console/static/vendor"
TEST_VENDOR = PROJECT / "tests/console/vendor"  # what only the tests load into pages
LIST = "libraries.json"
# The map is not carried: browsers' tools would ask for it in vain.
SOURCE_MAP = b"\n//# sourceMappingURL="


def read_list(vendor: Path) -> dict[str, Any]:
    """Read a folder's list of libraries by package name."""
    libraries: dict[str, Any] = json.loads((vendor / LIST).read_text(encoding="utf-8"))
    return libraries


def problems(libraries: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Say what does not lie in the folder as the list says it."""
    known = {LIST}
    for package, library in libraries.items():
        for name in library["files"].values():
            known.add(name)
            path = folder / name
            if not path.is_file():
                yield f"{name} of {package} is missing"
            elif (
                library.get("hashes", {}).get(name) != hashlib.sha256(path.read_bytes()).hexdigest()
            ):
                yield f"{name} of {package} {library['version']} is not the file that was fetched"
    yield from (
        f"{path.name} belongs to no library" for path in folder.iterdir() if path.name not in known
    )


def fetch_library(package: str, library: dict[str, Any], folder: Path, vendor: Path) -> None:
    """Take one library's files out of its tarball. Raises ClickException when the tarball is
    another one than the list says.
    """
    tarball = _pack(f"{package}@{library['version']}", folder)
    digest = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if digest != library.setdefault("integrity", digest):
        raise click.ClickException(
            f"{package}: the tarball is {digest}, not {library['integrity']}"
        )
    library["hashes"] = {}
    with tarfile.open(tarball) as archive:
        for inside, name in library["files"].items():
            member = archive.extractfile(f"package/{inside}")
            if member is None:
                raise click.ClickException(f"{package} has no file {inside}")
            text = member.read().partition(SOURCE_MAP)[0]
            (vendor / name).write_bytes(text)
            library["hashes"][name] = hashlib.sha256(text).hexdigest()


def _pack(wanted: str, folder: Path) -> Path:
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), wanted]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / done.stdout.strip().splitlines()[-1]


@click.group()
def main() -> None:
    """Fetch or check the console's browser libraries."""


@main.command()
def fetch() -> None:
    """Fetch every library again; a tarball that changed is refused."""
    for vendor in (VENDOR, TEST_VENDOR):
        libraries = read_list(vendor)
        with tempfile.TemporaryDirectory() as folder:
            for package, library in libraries.items():
                fetch_library(package, library, Path(folder), vendor)
                click.echo(f"{package} {library['version']}")
        (vendor / LIST).write_text(json.dumps(libraries, indent=2) + "\n", encoding="utf-8")


@main.command()
def check() -> None:
    """Compare the files with their lists, without a network."""
    found = [
        each for vendor in (VENDOR, TEST_VENDOR) for each in problems(read_list(vendor), vendor)
    ]
    if found:
        raise click.ClickException("\n".join(found))


if __name__ == "__main__":
    main()
