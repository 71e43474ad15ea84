"""The inner loops of Parquet's encodings: whole columns of numbers into the bytes of a page.

https://parquet.apache.org/docs/file-format/data-pages/encodings/
The caller has made `out` long enough: see the functions `*_bytes_max`.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import types
from numba.extending import intrinsic

from shared.encoders.rows.compilation import entry, part
from shared.encoders.rows.copying import copy_bytes
from shared.records.columns import Array

GROUP = 8  # values that are packed together, in as many bytes as one of them has bits
WIDTH_MAX = 32  # bits of a place in a dictionary
# values of a block of differences, and of those that share a width in it
BLOCK, MINIBLOCK = 128, 32
_PUSH_BITS = 32
_HEADER_BYTES_MAX = 64


def runs_bytes_max(count: int, width: int) -> int:
    """At worst every second group is a run: its two headers and four bytes take no more than a byte
    a value.
    """
    return count * (width + GROUP) // GROUP + _HEADER_BYTES_MAX


def differences_bytes_max(count: int) -> int:
    """At worst every difference takes eight bytes, and every block a header."""
    return (count // BLOCK + 1) * (BLOCK * 8 + _HEADER_BYTES_MAX) + _HEADER_BYTES_MAX


@part
def _varint(out: Array, at: int, number: int) -> int:
    rest = np.uint64(number)
    while rest >= np.uint64(0x80):
        out[at] = np.uint8(rest & np.uint64(0x7F)) | np.uint8(0x80)
        rest >>= np.uint64(7)
        at += 1
    out[at] = np.uint8(rest)
    return at + 1


@part
def _zigzag(out: Array, at: int, number: int) -> int:
    return _varint(out, at, (number << 1) ^ (number >> 63))


def _store_code(_typing: Any, out: Any, at: Any, bits: Any) -> Any:
    """Eight bytes with one instruction, wherever they begin; byte by byte takes four times as
    long.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = builder.gep(
            context.make_array(signature.args[0])(context, builder, arguments[0]).data,
            [arguments[1]],
        )
        builder.store(
            arguments[2], builder.bitcast(target, arguments[2].type.as_pointer()), align=1
        )
        return context.get_dummy_value()

    return types.void(out, at, bits), generate


_store: Callable[[Array, int, Any], None] = cast("Any", intrinsic)(_store_code)


@part
def _push(out: Array, at: int, bits: Any, filled: int, value: Any, width: int) -> Any:
    """Add up to 32 bits to the less than 32 that wait, and write them by the word."""
    bits |= value << np.uint64(filled)
    filled += width
    if filled >= _PUSH_BITS:
        _store(out, at, bits)
        return at + _PUSH_BITS // 8, bits >> np.uint64(_PUSH_BITS), filled - _PUSH_BITS
    return at, bits, filled


@part
def _flush(out: Array, at: int, bits: Any, filled: int) -> int:
    _store(out, at, bits)
    return at + (filled + 7) // 8


@part
def _group(out: Array, at: int, values: Array, row: int, width: int) -> int:
    """A group of so narrow numbers that one instruction stores it."""
    bits = np.uint64(0)
    for place in range(GROUP - 1, -1, -1):
        bits = bits << np.uint64(width) | np.uint64(values[row + place])
    _store(out, at, bits)
    return at + width


@part
def _groups(out: Array, at: int, values: Array, start: int, stop: int, width: int) -> int:
    """Packed groups; the last one is filled up with zeros."""
    if start == stop:
        return at
    groups = (stop - start + GROUP - 1) // GROUP
    at = _varint(out, at, groups << 1 | 1)
    while width <= GROUP and start + GROUP <= stop:
        at = _group(out, at, values, start, width)
        start += GROUP
        groups -= 1
    bits, filled = np.uint64(0), 0
    for row in range(start, stop):
        at, bits, filled = _push(out, at, bits, filled, np.uint64(values[row]), width)
    for _ in range(start + groups * GROUP - stop):
        at, bits, filled = _push(out, at, bits, filled, np.uint64(0), width)
    return _flush(out, at, bits, filled)


@part
def _run(out: Array, at: int, value: int, count: int, width: int) -> int:
    at = _varint(out, at, count << 1)
    return _flush(out, at, np.uint64(value), width)


@entry
def pack_runs(values: Array, count: int, width: int, out: Array) -> int:
    """RLE/bit-packing hybrid of the first `count` numbers below 2 ** width, width at most 32;
    returns the number of bytes.
    """
    at = start = row = 0
    while row + GROUP <= count:
        value, differs = values[row], 0
        for place in range(1, GROUP):
            differs |= values[row + place] ^ value
        if differs:
            row += GROUP
            continue
        at = _groups(out, at, values, start, row, width)
        start = row
        row += GROUP
        while row < count and values[row] == value:
            row += 1
        at = _run(out, at, value, row - start, width)
        start = row
    return _groups(out, at, values, start, count, width)


@entry
def pack_head(count: int, out: Array) -> int:
    """What stands before so many packed numbers."""
    return _varint(out, 0, (count + GROUP - 1) // GROUP << 1 | 1)


@entry
def pack_run(value: int, count: int, width: int, out: Array) -> int:
    """The same number again and again."""
    return _run(out, 0, value, count, width)


@part
def _width(number: Any) -> int:
    width = 0
    while number:
        number >>= np.uint64(1)
        width += 1
    return width


@part
def _differences(values: Array, start: int, stop: int, differences: Array) -> int:
    """What each number is more than the one before, and the least of it; a block that is not full
    is filled up with the least.
    """
    before = values[start - 1]
    least: int = values[start] - before
    for row in range(start, stop):
        difference = values[row] - before
        differences[row - start] = difference
        least = min(least, difference)
        before = values[row]
    for row in range(stop - start, BLOCK):
        differences[row] = least
    return least


@part
def _miniblock(out: Array, at: int, differences: Array, start: int, width: int) -> int:
    bits, filled = np.uint64(0), 0
    if width <= _PUSH_BITS:
        for row in range(start, start + MINIBLOCK):
            at, bits, filled = _push(out, at, bits, filled, np.uint64(differences[row]), width)
        return _flush(out, at, bits, filled)
    mask = np.uint64((1 << _PUSH_BITS) - 1)
    for row in range(start, start + MINIBLOCK):
        at, bits, filled = _push(
            out, at, bits, filled, np.uint64(differences[row]) & mask, _PUSH_BITS
        )
        at, bits, filled = _push(
            out,
            at,
            bits,
            filled,
            np.uint64(differences[row]) >> np.uint64(_PUSH_BITS),
            width - _PUSH_BITS,
        )
    return _flush(out, at, bits, filled)


@part
def _block(out: Array, at: int, differences: Array, least: int, miniblocks: int) -> int:
    """The least difference, the width of each miniblock, and by how much differences are more than
    the least.
    """
    at = _zigzag(out, at, least)
    widths = at
    at += BLOCK // MINIBLOCK
    for number in range(BLOCK // MINIBLOCK):
        first = number * MINIBLOCK
        together = 0
        for row in range(first, first + MINIBLOCK):
            differences[row] -= least
            together |= differences[row]
        out[widths + number] = _width(np.uint64(together))
        if number < miniblocks:
            at = _miniblock(out, at, differences, first, out[widths + number])
    return at


@entry
def pack_differences(values: Array, out: Array) -> int:
    """DELTA_BINARY_PACKED of whole numbers (int64); returns the number of bytes.

    Numbers that readers hold in 32 bits lie less than 2 ** 31 apart, so that two differences do,
    too, within 32 bits.
    """
    count = len(values)
    at = _varint(out, 0, BLOCK)
    at = _varint(out, at, BLOCK // MINIBLOCK)
    at = _varint(out, at, count)
    at = _zigzag(out, at, values[0] if count else 0)
    differences = np.empty(BLOCK, np.int64)
    for start in range(1, count, BLOCK):
        stop = min(start + BLOCK, count)
        least = _differences(values, start, stop, differences)
        at = _block(out, at, differences, least, (stop - start + MINIBLOCK - 1) // MINIBLOCK)
    return at


@entry
def mark(numbers: Array, seen: Array) -> None:
    """Set what occurs."""
    for row in range(len(numbers)):
        seen[numbers[row]] = True


@entry
def look_up(numbers: Array, places: Array, found: Array, levels: Array) -> int:
    """Each number's place, those without one (-1) left out, and per number whether it has one;
    returns how many have.
    """
    count = 0
    for row in range(len(numbers)):
        place = places[numbers[row]]
        found[count] = place
        present = place >= 0
        levels[row] = present
        count += present
    return count


@entry
def count_items(offsets: Array, places: Array) -> None:
    """Each item's place in its list."""
    for owner in range(len(offsets) - 1):
        for row in range(offsets[owner], offsets[owner + 1]):
            places[row] = row - offsets[owner]


@entry
def name_owners(offsets: Array, places: Array) -> None:
    """Each item's list, counted without those that are empty."""
    place, start = 0, offsets[0]
    for owner in range(1, len(offsets)):
        stop = offsets[owner]
        for row in range(start, stop):
            places[row] = place
        place += stop > start
        start = stop


@entry
def write_ids(job: Array, ordinals: Array, out: Array) -> int:
    """Each `{job}{ordinal}` behind its length in four bytes; returns the number of bytes."""
    at = 0
    for row in range(len(ordinals)):
        digits, rest = 1, np.uint64(ordinals[row])
        while rest >= np.uint64(10):
            rest //= np.uint64(10)
            digits += 1
        size = len(job) + digits
        _store(out, at, np.uint64(size))  # its upper half is written over
        copy_bytes(out, at + 4, job, 0, len(job))
        at += 4 + size
        rest = np.uint64(ordinals[row])
        for place in range(1, digits + 1):
            out[at - place] = 48 + rest % np.uint64(10)
            rest //= np.uint64(10)
    return at


def compile_kernels() -> None:
    """Compile each loop into its cache."""
    whole, numbers, offsets, out = (
        np.zeros(1, np.int64),
        np.zeros(1, np.int32),
        np.zeros(2, np.int32),
        np.zeros(2048, np.uint8),
    )
    pack_runs(numbers, 1, 1, out)
    pack_run(1, 1, 1, out)
    pack_head(1, out)
    pack_differences(whole, out)
    mark(numbers, np.zeros(1, np.bool_))
    look_up(numbers, numbers, np.zeros(2, np.int32), np.zeros(1, np.bool_))
    count_items(offsets, whole)
    name_owners(offsets, numbers)
    write_ids(np.frombuffer(b"-", np.uint8), whole, out)
