"""`lazaret archive`: open and verify what `--archive` wrote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from lazaret.archives.container import MAGIC, is_sealed
from lazaret.archives.unpack import extract
from lazaret.archives.unpack import verify as verify_archive
from lazaret.cli import EXIT_AWAY, Failure
from lazaret.cli.archiving import key_file_option, passphrase

_file_argument = click.argument(
    "file", type=click.Path(path_type=Path, dir_okay=False, exists=True)
)


@click.group()
def archive() -> None:
    """Open and verify archives of exports."""


@archive.command()
@_file_argument
@key_file_option
def verify(file: Path, key_file: Path | None) -> None:
    """Compare every file in an archive with its manifest."""
    try:
        manifest = verify_archive(file, _passphrase(file, key_file))
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}", EXIT_AWAY) from error
    click.echo(f"{file} is whole: {_described(manifest)}")


@archive.command(name="open")
@_file_argument
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the files; made if missing.",
)
@key_file_option
def open_archive(file: Path, out: Path, key_file: Path | None) -> None:
    """Decrypt an archive, compare its files with its manifest, and write them."""
    try:
        manifest = extract(file, _passphrase(file, key_file), out)
    except OSError as error:
        raise Failure(
            f"--out: cannot write {error.filename or out}: {error.strerror}", EXIT_AWAY
        ) from error
    click.echo(f"{_described(manifest)}, in {out}")


def _passphrase(file: Path, key_file: Path | None) -> bytes | None:
    """Only an encrypted archive asks for one."""
    with file.open("rb") as start:
        return passphrase(key_file) if is_sealed(start.read(len(MAGIC))) else None


def _described(manifest: Mapping[str, Any]) -> str:
    names = ", ".join(member["name"] for member in manifest["files"])
    return (
        f"{manifest['patients']:,} patients of job {manifest['job']} as {manifest['format']}: "
        f"{names}"
    )
