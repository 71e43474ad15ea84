"""The gateway's own certificate: TLS 1.2 with authenticated ciphers, or 1.3; taken anew when its
files change, so that nothing has to be restarted for a renewal.
"""

import asyncio
import ssl
from pathlib import Path
from typing import NamedTuple, Self

import structlog

LOOK_EVERY_S = 2.0
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"

log = structlog.get_logger(__name__)


class CertificateFiles(NamedTuple):
    """PEM files: the certificate with its chain, and its key."""

    certificate: Path
    key: Path

    def stamp(self) -> tuple[float, ...]:
        """What differs when either was replaced. Raises OSError when one is missing."""
        return tuple(path.stat().st_mtime for path in self)


class Certificate:
    """A context for listening, whose certificate follows the files."""

    def __init__(self, files: CertificateFiles) -> None:
        self._files = files
        self._seen = files.stamp()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(CIPHERS)
        self.context.load_cert_chain(*files)
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, files: CertificateFiles) -> Self:
        """Load the files and follow them. Raises OSError or ssl.SSLError: they cannot be used."""
        opened = cls(files)
        opened._watch = asyncio.create_task(opened._follow())
        return opened

    def close(self) -> None:
        """Follow the files no more."""
        if self._watch is not None:
            self._watch.cancel()

    def look(self) -> None:
        """Take the certificate anew if a file has changed. One that cannot be used is logged, and
        the present one stays.
        """
        try:
            seen = self._files.stamp()
            if seen == self._seen:
                return
            _check(self._files)
            self.context.load_cert_chain(*self._files)
        except OSError as error:  # ssl.SSLError is one
            log.warning("certificate not taken", reason=str(error))
            return
        self._seen = seen
        log.info("certificate taken anew")

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()


def _check(files: CertificateFiles) -> None:
    """Load the files apart: the listening context must never hold half of a pair."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files)
