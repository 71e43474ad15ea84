"""The options --archive, --encrypt and --key-file, which several commands have, and what they
do.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from lazaret.archives.container import PREFIX_BYTES, SALT_BYTES, SealedWriter
from lazaret.archives.manifest import Origin
from lazaret.archives.pack import pack
from lazaret.cli import EXIT_USAGE, Failure

KEY_VARIABLE = "LAZARET_ARCHIVE_PASSPHRASE"
PASSPHRASE_BYTES_MIN = 12
Command = Callable[..., None]

key_file_option = click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=f"File with the passphrase; without it, {KEY_VARIABLE} is read.",
)


def archive_options(command: Command) -> Command:
    """Add --archive, --encrypt and --key-file; the command gets `archive`, `encrypt` and
    `key_file`.
    """
    for option in (
        key_file_option,
        click.option("--encrypt", is_flag=True, help="Encrypt the archive with AES-256-GCM."),
        click.option(
            "--archive",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Pack the files into this ZIP instead of --out.",
        ),
    ):
        command = option(command)
    return command


class Destination:
    """Where a command's files go: the folder or file that was named, or a folder beside the archive
    until they are packed.

    Raises Failure when the options contradict each other, or encryption lacks its passphrase.
    """

    def __init__(
        self, out: Path | None, archive: Path | None, key_file: Path | None, *, encrypt: bool
    ) -> None:
        if (out is None) == (archive is None):
            raise Failure("--out: name either --out or --archive", EXIT_USAGE)
        if archive is None and encrypt:
            raise Failure("--encrypt: only an --archive can be encrypted", EXIT_USAGE)
        if key_file is not None and not encrypt:
            raise Failure("--key-file: nothing is encrypted without --encrypt", EXIT_USAGE)
        self._archive = archive
        self._passphrase = passphrase(key_file) if encrypt else None
        self._folder = archive.with_name(f"{archive.name}.files") if archive else None
        self.out: Path = self._folder or out  # type: ignore[assignment]  # one of the two is there

    def finish(self, paths: Sequence[Path], origin: Origin) -> Sequence[Path]:
        """Pack the files, if they are to be packed; return what the user finds."""
        if self._archive is None or self._folder is None:
            return paths
        with self._unfinished(self._archive).open("wb") as sink:
            if self._passphrase is None:
                pack(paths, origin, sink)
            else:
                sealed = SealedWriter(
                    sink,
                    self._passphrase,
                    secrets.token_bytes(SALT_BYTES),
                    secrets.token_bytes(PREFIX_BYTES),
                )
                pack(paths, origin, sealed)
                sealed.close()
        self._unfinished(self._archive).replace(self._archive)
        shutil.rmtree(self._folder)
        return (self._archive,)

    def discard(self) -> None:
        """Leave nothing of an archive that was not finished."""
        if self._archive is not None and self._folder is not None:
            self._unfinished(self._archive).unlink(missing_ok=True)
            shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _unfinished(archive: Path) -> Path:
        return archive.with_name(f"{archive.name}.part")


def passphrase(key_file: Path | None) -> bytes:
    """The passphrase from the file, without a line break at its end, or else from the
    environment.
    """
    source = str(key_file) if key_file else KEY_VARIABLE
    text = (
        key_file.read_bytes().rstrip(b"\r\n")
        if key_file
        else os.environ.get(KEY_VARIABLE, "").encode()
    )
    if not text:
        raise Failure(
            f"{source}: no passphrase; give one with --key-file or {KEY_VARIABLE}", EXIT_USAGE
        )
    if len(text) < PASSPHRASE_BYTES_MIN:
        raise Failure(
            (
                f"{source}: a passphrase must have at least {PASSPHRASE_BYTES_MIN} bytes, not "
                f"{len(text)}"
            ),
            EXIT_USAGE,
        )
    return text
