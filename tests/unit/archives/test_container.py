"""The encrypted container: what goes in comes out, and whatever was done to it is noticed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lazaret.archives.container import (
    CHUNK_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    SealedWriter,
    is_sealed,
    unsealed,
)
from lazaret.archives.faults import BadArchive

PASSPHRASE = b"correct horse battery staple"
CHEAP = 4  # log2 of scrypt's cost: the tests guess nothing
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def sealed(data: bytes, pieces: int = 1) -> bytes:
    sink = io.BytesIO()
    writer = SealedWriter(sink, PASSPHRASE, b"s" * 16, b"n" * 7, CHEAP)
    step = len(data) // pieces + 1
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
    writer.close()
    return sink.getvalue()


def opened(container: bytes, passphrase: bytes = PASSPHRASE) -> bytes:
    return b"".join(unsealed(io.BytesIO(container), passphrase))


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]
)
def test_what_goes_in_comes_out(size: int) -> None:
    """Of any size, also of whole chunks and nothing, written at once or in pieces."""
    data = bytes(number % 251 for number in range(size))
    assert opened(sealed(data)) == data
    assert sealed(data, 7) == sealed(data)
    assert is_sealed(sealed(data))


def test_a_wrong_passphrase_is_named() -> None:
    """It is told apart from damage before any chunk is tried."""
    with pytest.raises(BadArchive, match="wrong passphrase"):
        opened(sealed(b"data"), b"another passphrase")


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (0, "does not begin"),
        (8, "version"),
        (11, "limits"),
        (20, "wrong passphrase"),
        (50, "wrong"),
    ],
)
def test_a_changed_header_is_refused(position: int, message: str) -> None:
    """Every field of the header is held by its check, or refused before a key is made."""
    container = bytearray(sealed(b"data"))
    container[position] ^= 0x55
    with pytest.raises(BadArchive, match=message):
        opened(bytes(container))


def test_costs_that_somebody_else_chose_are_limited() -> None:
    """A header cannot make the reader spend more than the limit."""
    container = bytearray(sealed(b"data"))
    container[9] = 30
    with pytest.raises(BadArchive, match="beyond the limits"):
        opened(bytes(container))


@given(st.integers(HEADER_BYTES, HEADER_BYTES + 3 * SEALED_CHUNK - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(position: int, change: int) -> None:
    """Wherever it is, the chunk is named."""
    container = bytearray(sealed(bytes(3 * CHUNK_BYTES)))
    container[position] ^= change
    with pytest.raises(BadArchive, match=f"chunk {(position - HEADER_BYTES) // SEALED_CHUNK} "):
        opened(bytes(container))


def test_swapped_chunks_are_noticed() -> None:
    """A chunk belongs to its place."""
    whole = sealed(bytes(3 * CHUNK_BYTES))
    header, first, second, rest = whole[:HEADER_BYTES], *_chunks(whole)
    with pytest.raises(BadArchive, match="chunk 0 is not what was written"):
        opened(header + second + first + rest)


def test_a_left_out_chunk_is_noticed() -> None:
    """What follows is not in its place any more."""
    whole = sealed(bytes(3 * CHUNK_BYTES))
    first, _, rest = _chunks(whole)
    with pytest.raises(BadArchive, match="chunk 1"):
        opened(whole[:HEADER_BYTES] + first + rest)


@pytest.mark.parametrize("kept", [HEADER_BYTES + SEALED_CHUNK, HEADER_BYTES + 2 * SEALED_CHUNK])
def test_a_file_cut_between_chunks_is_noticed(kept: int) -> None:
    """The last chunk that is there is not the last one."""
    with pytest.raises(BadArchive, match="cut off: nothing follows"):
        opened(sealed(bytes(3 * CHUNK_BYTES))[:kept])


@pytest.mark.parametrize(
    "kept", [5, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 9, HEADER_BYTES + SEALED_CHUNK + 5]
)
def test_a_file_cut_anywhere_is_noticed(kept: int) -> None:
    """In the header, before the first chunk, and within one."""
    with pytest.raises(BadArchive, match=r"cut|does not begin"):
        opened(sealed(bytes(2 * CHUNK_BYTES))[:kept])


def test_something_added_is_noticed() -> None:
    """Nothing may follow the last chunk."""
    with pytest.raises(BadArchive, match="chunk 0"):
        opened(sealed(bytes(CHUNK_BYTES)) + b"more")


def _chunks(whole: bytes) -> tuple[bytes, bytes, bytes]:
    chunks = whole[HEADER_BYTES:]
    return (
        chunks[:SEALED_CHUNK],
        chunks[SEALED_CHUNK : 2 * SEALED_CHUNK],
        chunks[2 * SEALED_CHUNK :],
    )
