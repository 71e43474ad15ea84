"""The encrypted container: AES-256-GCM in chunks, under a key made from a passphrase by scrypt.

A container is a header and chunks. All numbers are big-endian.

| header field | bytes | |
|---|---|---|
| magic | 8 | `LZRTSEAL` |
| version | 1 | 1 |
| log2 N, r, p | 3 | cost of scrypt |
| chunk size | 4 | bytes of plain data in a chunk, the last one excepted |
| salt | 16 | of scrypt |
| nonce prefix | 7 | |
| check | 32 | HMAC-SHA256 over all of the above |

scrypt gives 64 bytes: the key of the chunks, then the key of the check. A chunk is its data under
AES-256-GCM and the tag of 16 bytes; its nonce is the prefix, its number from 0 (4 bytes) and 1 for
the last chunk, else 0. So chunks cannot be changed, moved, left out or added, and the end cannot be
cut off, without being noticed (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár 2015).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from lazaret.archives.faults import BadArchive

MAGIC = b"LZRTSEAL"
VERSION = 1
CHUNK_BYTES = 64 * 1024
CHUNK_BYTES_MAX = 16 * 1024 * 1024
TAG_BYTES = 16
SALT_BYTES, PREFIX_BYTES, CHECK_BYTES, KEY_BYTES = 16, 7, 32, 32
# 128 MiB and some tenths of a second for each guess at the passphrase.
COST_LOG2, BLOCK_SIZE, PARALLEL = 17, 8, 1
# What opening may be made to spend by a header that somebody else wrote: 1 GiB.
COST_LOG2_MAX = 20
_FIELDS = struct.Struct(f">8sBBBBI{SALT_BYTES}s{PREFIX_BYTES}s")
HEADER_BYTES = _FIELDS.size + CHECK_BYTES


@dataclass(frozen=True, slots=True)
class _Header:
    cost_log2: int
    chunk_bytes: int
    salt: bytes
    prefix: bytes

    def written(self) -> bytes:
        return _FIELDS.pack(
            MAGIC,
            VERSION,
            self.cost_log2,
            BLOCK_SIZE,
            PARALLEL,
            self.chunk_bytes,
            self.salt,
            self.prefix,
        )


class SealedWriter:
    """A file to write to, whose data go into a container. `salt` and `prefix` must never be used
    twice: draw them anew.

    Nothing is a container before `close`: an abandoned one is refused as cut off.
    """

    def __init__(
        self,
        sink: BinaryIO,
        passphrase: bytes,
        salt: bytes,
        prefix: bytes,
        cost_log2: int = COST_LOG2,
    ) -> None:
        header = _Header(cost_log2, CHUNK_BYTES, salt, prefix)
        key, check_key = _keys(passphrase, header)
        self._sink = sink
        self._cipher = AESGCM(key)
        self._prefix = prefix
        self._number = 0
        self._waiting = bytearray()
        sink.write(header.written() + _check(check_key, header.written()))

    def write(self, data: bytes) -> int:
        self._waiting += data
        # A full chunk waits until more comes, because the last one is marked.
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def flush(self) -> None:
        """Chunks are written as they fill."""

    def close(self) -> None:
        """Write the last chunk; the sink stays open."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, data: bytes, *, last: bool) -> None:
        self._sink.write(
            self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), data, None)
        )
        self._number += 1


def is_sealed(start: bytes) -> bool:
    """Whether a file that starts so is a container."""
    return start.startswith(MAGIC)


def unsealed(source: BinaryIO, passphrase: bytes) -> Iterator[bytes]:
    """The data of a container, chunk by chunk; what has been yielded is authentic, but only the end
    says that it was all.

    Raises:
        BadArchive: no container, another key, or a chunk that was changed, moved, left out or cut
            off.
    """
    header, check = _read_header(source)
    key, check_key = _keys(passphrase, header)
    _verify_check(check_key, header.written(), check)
    cipher, number = AESGCM(key), 0
    chunk = source.read(header.chunk_bytes + TAG_BYTES)
    while True:
        following = source.read(header.chunk_bytes + TAG_BYTES)
        yield _opened(cipher, header.prefix, number, chunk, last=not following)
        if not following:
            return
        chunk, number = following, number + 1


def _read_header(source: BinaryIO) -> tuple[_Header, bytes]:
    data = source.read(HEADER_BYTES)
    if not is_sealed(data):
        raise BadArchive("not an encrypted archive: it does not begin as one")
    if len(data) < HEADER_BYTES:
        raise BadArchive(f"cut off: the header has {HEADER_BYTES} bytes, and {len(data)} are there")
    _, version, cost_log2, block_size, parallel, chunk_bytes, salt, prefix = _FIELDS.unpack(
        data[: _FIELDS.size]
    )
    if version != VERSION:
        raise BadArchive(f"container version {version} is not known here, only {VERSION}")
    if (
        (block_size, parallel) != (BLOCK_SIZE, PARALLEL)
        or not 1 <= cost_log2 <= COST_LOG2_MAX
        or not 1 <= chunk_bytes <= CHUNK_BYTES_MAX
    ):
        raise BadArchive("the header asks for a cost or chunk size beyond the limits")
    return _Header(cost_log2, chunk_bytes, salt, prefix), data[_FIELDS.size :]


def _opened(cipher: AESGCM, prefix: bytes, number: int, chunk: bytes, *, last: bool) -> bytes:
    data = _tried(cipher, _nonce(prefix, number, last=last), chunk)
    if data is not None:
        return data
    if last and _tried(cipher, _nonce(prefix, number, last=False), chunk) is not None:
        raise BadArchive(f"cut off: nothing follows chunk {number}, which is not the last one")
    raise BadArchive(f"chunk {number} is not what was written: changed, out of its place, or cut")


def _tried(cipher: AESGCM, nonce: bytes, chunk: bytes) -> bytes | None:
    if len(chunk) < TAG_BYTES:
        return None
    try:
        return cipher.decrypt(nonce, chunk, None)
    except InvalidTag:
        return None


def _keys(passphrase: bytes, header: _Header) -> tuple[bytes, bytes]:
    kdf = Scrypt(
        salt=header.salt, length=2 * KEY_BYTES, n=2**header.cost_log2, r=BLOCK_SIZE, p=PARALLEL
    )
    derived = kdf.derive(passphrase)
    return derived[:KEY_BYTES], derived[KEY_BYTES:]


def _check(key: bytes, header: bytes) -> bytes:
    mac = HMAC(key, SHA256())
    mac.update(header)
    return mac.finalize()


def _verify_check(key: bytes, header: bytes, check: bytes) -> None:
    mac = HMAC(key, SHA256())
    mac.update(header)
    try:
        mac.verify(check)
    except InvalidSignature as error:
        raise BadArchive("wrong passphrase, or the header was changed") from error


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes((last,))
