"""A column's numbers as compressed pages, in one of Parquet's encodings.

Numbers: parquet.thrift of the format, and the page on encodings that `page_kernel` names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import pyarrow as pa

from shared.encoders.parquet import page_kernel as kernel
from shared.encoders.parquet.page_memory import PageMemory
from shared.records.columns import Array, Nested

_LENGTH_BYTES = 4
_NARROW_BYTES_MAX = 4
_ORDINAL_DIGITS_MAX = 19
# numbers between the least and the greatest that a dictionary is looked for among, by row
_SPAN_PER_ROW_MAX = 16
_CODEC = pa.Codec("snappy")  # in half the time of zstd, 15 % larger


class Encoding(IntEnum):
    """How values, levels and dictionaries are written."""

    PLAIN = 0
    RLE = 3
    DELTA_BINARY_PACKED = 5
    RLE_DICTIONARY = 8


@dataclass(frozen=True, slots=True)
class Page:
    """So many values, compressed; `size` is their bytes before that."""

    count: int
    size: int
    compressed: bytes


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a row group. `dictionary` are the values that others name by their places,
    `bounds` the least and the greatest.
    """

    encoding: Encoding
    data: Page
    nulls: int = 0
    dictionary: Page | None = None
    bounds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """A field's texts, each once and PLAIN, and where among them each of its numbers from `first`
    on has its own: -1 for none.
    """

    texts: Sequence[bytes]
    places: Array
    first: int


@dataclass(frozen=True, slots=True)
class _Named:
    """A column that has been named: its numbers, which of them occur from `first` on, and the
    places that their texts have.
    """

    numbers: Array
    first: int
    occurring: Array
    places: Array
    column: Column


def plain_text(text: str) -> bytes:
    """A text behind its length."""
    encoded = text.encode()
    return len(encoded).to_bytes(_LENGTH_BYTES, "little") + encoded


class ColumnEncoder:
    """Encodes columns of so many rows, one after the other, in the same memory."""

    def __init__(self, rows: int, memory: PageMemory, *, plain: bool = False) -> None:
        self._rows = rows
        self._plain_numbers = plain
        self._out = memory.out
        self._whole, self._numbers, self._levels = (
            memory.whole[:rows],
            memory.numbers[:rows],
            memory.levels[:rows],
        )
        self._places = memory.places
        self._last: _Named | None = None

    def differences(self, numbers: Array, missing: int | None = None) -> Column:
        """Whole numbers, each as what it is more than the one before, or PLAIN where that was
        chosen; bounded, so that readers pass row groups over.
        """
        shown, at = self._present(numbers, missing)
        if self._plain_numbers:
            column = self._plain(numbers, missing, _wholes(shown))
            return replace(column, bounds=_bounds(shown))
        whole = self._whole[: len(shown)]
        whole[:] = shown
        stop = at + kernel.pack_differences(whole, self._out[at:])
        return Column(
            Encoding.DELTA_BINARY_PACKED,
            self._page(stop),
            self._rows - len(shown),
            bounds=_bounds(shown),
        )

    def moments(self, seconds: Array, epoch_s: int) -> Column:
        """Seconds after a second since 1970, in milliseconds since then."""
        whole = np.add(seconds, epoch_s, out=self._whole)
        return self.differences(np.multiply(whole, 1000, out=whole))

    def indices(self, lists: Nested) -> Column:
        """Each item's place in its list."""
        kernel.count_items(_own(lists.offsets), self._whole)
        return self.differences(self._whole)

    def flags(self, numbers: Array) -> Column:
        """A bit each: 1 is true."""
        return self._plain(numbers, None, np.packbits(numbers == 1, bitorder="little"))

    def scaled(self, numbers: Array, scale: int, missing: int | None = None) -> Column:
        """Doubles: numbers divided by a scale. Those within a narrow span are written as places in
        a dictionary.
        """
        low = int(numbers.min())
        span = int(numbers.max()) - low + 1
        if span > _SPAN_PER_ROW_MAX * self._rows:
            return self._plain(
                numbers,
                missing,
                _doubles(numbers if missing is None else numbers[numbers != missing], scale),
            )
        known = np.empty(span, np.int32)
        occurring = self._occurring(numbers, low, span)
        if missing is not None and 0 <= missing - low < span:
            occurring = occurring[occurring != missing - low]
            known[missing - low] = -1
        known[occurring] = np.arange(len(occurring))
        return self._looked_up(known, _page(len(occurring), _doubles(occurring + low, scale)))

    def named(self, numbers: Array, texts: Texts) -> Column:
        """Each number's text. Only texts that occur go into the dictionary.

        Numbers that are named in other words right after are not gone through again, if they have
        as many.
        """
        last = (
            self._last
            if self._last is not None
            and self._last.numbers is numbers
            and self._last.first == texts.first
            else None
        )
        occurring = (
            self._occurring(numbers, texts.first, len(texts.places))
            if last is None
            else last.occurring
        )
        places, dictionary = _dictionary(texts, occurring)
        if last is not None and np.array_equal(places, last.places):
            column = replace(last.column, dictionary=dictionary)
        else:
            known = np.empty(len(texts.places), np.int32)
            known[occurring] = places
            column = self._looked_up(known, dictionary)
        self._last = _Named(numbers, texts.first, occurring, places, column)
        return column

    def indexed(self, places: Array, texts: Iterable[str]) -> Column:
        """Texts by their places among some, all of which occur."""
        plain = [plain_text(text) for text in texts]
        return self._by_place(
            places, self._rows, _page(len(plain), b"".join(plain)), self._all_present()
        )

    def ids(self, prefix: str, ordinals: Array) -> Column:
        """`{prefix}{ordinal}` for a row each."""
        return self._plain(ordinals, None, _ids(prefix, ordinals))

    def ids_of_items(self, prefix: str, ordinals: Array, lists: Nested) -> Column:
        """`{prefix}{ordinal}` of each item's patient, written once."""
        kernel.name_owners(_own(lists.offsets), self._places)
        owners = ordinals[lists.offsets[1:] > lists.offsets[:-1]]
        return self._by_place(
            self._places, self._rows, _page(len(owners), _ids(prefix, owners)), self._all_present()
        )

    def _present(self, numbers: Array, missing: int | None) -> tuple[Array, int]:
        """What is not missing, and where values begin behind the levels that say where it stood."""
        if missing is None or np.all(present := numbers != missing):
            return numbers, self._all_present()
        self._levels[:] = present
        return numbers[present], self._some_present()

    def _all_present(self) -> int:
        return self._behind_levels(kernel.pack_run(1, self._rows, 1, self._out[_LENGTH_BYTES:]))

    def _some_present(self) -> int:
        levels = self._out[_LENGTH_BYTES:]
        at = kernel.pack_head(self._rows, levels)
        packed = np.packbits(self._levels, bitorder="little")
        levels[at : at + len(packed)] = packed
        return self._behind_levels(at + len(packed))

    def _behind_levels(self, size: int) -> int:
        self._out[:_LENGTH_BYTES] = np.frombuffer(size.to_bytes(_LENGTH_BYTES, "little"), np.uint8)
        return _LENGTH_BYTES + size

    def _occurring(self, numbers: Array, first: int, span: int) -> Array:
        """Keep the numbers as what they are more than the first; returns which of these occur, in
        order.
        """
        self._last = None
        np.subtract(numbers, first, out=self._numbers, casting="same_kind")
        seen = np.zeros(span, np.bool_)
        kernel.mark(self._numbers, seen)
        return np.flatnonzero(seen)

    def _looked_up(self, known: Array, dictionary: Page) -> Column:
        count = kernel.look_up(self._numbers, known, self._places, self._levels)
        return self._by_place(
            self._places,
            count,
            dictionary,
            self._all_present() if count == self._rows else self._some_present(),
        )

    def _by_place(self, places: Array, count: int, dictionary: Page, at: int) -> Column:
        width = max((dictionary.count - 1).bit_length(), 1)
        self._out[at] = width
        stop = at + 1 + kernel.pack_runs(places, count, width, self._out[at + 1 :])
        return Column(Encoding.RLE_DICTIONARY, self._page(stop), self._rows - count, dictionary)

    def _plain(self, numbers: Array, missing: int | None, values: Array) -> Column:
        shown, at = self._present(numbers, missing)
        return Column(
            Encoding.PLAIN,
            _page(self._rows, np.concatenate([self._out[:at], values])),
            self._rows - len(shown),
        )

    def _page(self, stop: int) -> Page:
        return _page(self._rows, self._out[:stop])


def _page(count: int, values: Array | bytes) -> Page:
    return Page(count, len(values), _CODEC.compress(values, asbytes=True))


def _dictionary(texts: Texts, occurring: Array) -> tuple[Array, Page]:
    """The texts of the numbers that occur, and each number's place among them: -1 for none."""
    chosen = texts.places[occurring]
    seen = np.zeros(len(texts.texts) + 1, np.bool_)
    seen[chosen] = True  # -1 is the last
    used = np.flatnonzero(seen[:-1])
    places = np.full(len(seen), -1, np.int32)
    places[used] = np.arange(len(used))
    shown = [texts.texts[place] for place in used.tolist()]
    return places[chosen], _page(len(shown), b"".join(shown))


def _bounds(numbers: Array) -> tuple[int, int] | None:
    return (int(numbers.min()), int(numbers.max())) if len(numbers) else None


def _wholes(numbers: Array) -> Array:
    """Whole numbers in four bytes each, or in eight where their column has them."""
    width = "<i8" if numbers.dtype.itemsize > _NARROW_BYTES_MAX else "<i4"
    return np.ascontiguousarray(numbers, dtype=width).view(np.uint8)


def _doubles(numbers: Array, scale: int) -> Array:
    return (numbers / scale).astype("<f8", copy=False).view(np.uint8)


def _ids(prefix: str, ordinals: Array) -> Array:
    beginning = np.frombuffer(prefix.encode(), np.uint8)
    out = np.empty(len(ordinals) * (_LENGTH_BYTES + len(beginning) + _ORDINAL_DIGITS_MAX), np.uint8)
    return out[: kernel.write_ids(beginning, _own(ordinals), out)]


def _own(numbers: Array) -> Array:
    """A copy: loops are compiled for memory that may be written to, and for other memory anew."""
    return np.array(numbers)
