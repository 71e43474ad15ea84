"""The inner loop of every text format: writes rows of bytes from columns of numbers, as a list of
operations says.

An operation is four numbers: its kind and up to three arguments. The caller has checked that every
number fits its table and that `out` is long enough.
"""

import numpy as np

from shared.encoders.rows.compilation import entry, part
from shared.encoders.rows.copying import copy_bytes, copy_from
from shared.records.columns import Array

LITERAL = 0  # start and length in `literals`
INTEGER = 1  # column, number to add
DECIMAL = 2  # column, places after the point, 1 to leave out zeros at the end
WORD = 3  # column, place of the table's entry for 0 in `starts`
LIST = 4  # place of row 0 in `list_starts`, bytes to leave out at the front, number of the list
INSTANT = 5  # column of seconds after the epoch, 1 for the style without punctuation
DAY = 6  # column of days since 1970, 1 for the style without punctuation
UNLESS = 7  # column, number, how many operations to leave out where the column has the number
ONLY = 8  # column, number, how many operations to leave out where the column has another number
DIGITS = 9  # column, how many digits, number to divide by first

INTEGER_BYTES_MAX = 20
INSTANT_BYTES = 20
_MINUS, _POINT, _DASH, _ZERO, _COLON, _T, _Z = b"-.-0:TZ"
_DAY_S = 86_400


@part
def _copy(out: Array, at: int, source: Array, start: int, stop: int) -> int:
    copy_bytes(out, at, source, start, stop - start)
    return at + stop - start


@part
def _digits(out: Array, at: int, number: int, count: int) -> int:
    rest = np.uint64(number)
    for place in range(count):
        out[at + count - 1 - place] = _ZERO + np.uint8(rest % np.uint64(10))
        rest //= np.uint64(10)
    return at + count


@part
def _integer(out: Array, at: int, number: int) -> int:
    if number < 0:
        out[at] = _MINUS
        at += 1
        number = -number
    count, rest = 1, number
    while rest >= 10:
        rest //= 10
        count += 1
    return _digits(out, at, number, count)


@part
def _decimal(out: Array, at: int, number: int, places: int, trimmed: int) -> int:
    if number < 0:
        out[at] = _MINUS
        at += 1
        number = -number
    scale = 10**places
    at = _integer(out, at, number // scale)
    fraction = number % scale
    if trimmed:
        while places > 0 and fraction % 10 == 0:
            fraction //= 10
            places -= 1
    if places == 0:
        return at
    out[at] = _POINT
    return _digits(out, at + 1, fraction, places)


@part
def _day(out: Array, at: int, days: int, compact: int) -> int:
    # Days to a civil date by eras of 400 years that begin on 1 March, so that leap days come last.
    shifted = days + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    at = _digits(out, at, year, 4)
    if not compact:
        out[at] = _DASH
        at += 1
    at = _digits(out, at, month, 2)
    if not compact:
        out[at] = _DASH
        at += 1
    return _digits(out, at, day, 2)


@part
def _clock(out: Array, at: int, second: int, compact: int) -> int:
    at = _digits(out, at, second // 3600, 2)
    if not compact:
        out[at] = _COLON
        at += 1
    at = _digits(out, at, second // 60 % 60, 2)
    if not compact:
        out[at] = _COLON
        at += 1
    return _digits(out, at, second % 60, 2)


@part
def _instant(out: Array, at: int, seconds: int, compact: int) -> int:
    days = seconds // _DAY_S
    at = _day(out, at, days, compact)
    if not compact:
        out[at] = _T
        at += 1
    at = _clock(out, at, seconds - days * _DAY_S, compact)
    if not compact:
        out[at] = _Z
        at += 1
    return at


@entry
def render(  # noqa: PLR0913, PLR0917 -- one flat loop: calls between kernels cost more than the work
    operations: Array,
    literals: Array,
    columns: Array,
    texts: Array,
    starts: Array,
    list_addresses: Array,
    list_starts: Array,
    epoch_s: int,
    out: Array,
    row_starts: Array,
) -> int:
    """Write every row and where it begins (`row_starts`, one more than rows); returns the number of
    bytes written.

    `list_addresses` are where the lists' bytes lie, which the caller keeps alive.
    """
    at = 0
    for row in range(len(row_starts) - 1):
        row_starts[row] = at
        step = 0
        while step < len(operations):
            kind, first, second, third = (
                operations[step, 0],
                operations[step, 1],
                operations[step, 2],
                operations[step, 3],
            )
            step += 1
            if kind == LITERAL:
                at = _copy(out, at, literals, first, first + second)
            elif kind == WORD:
                entry = second + columns[first, row]
                at = _copy(out, at, texts, starts[entry], starts[entry + 1])
            elif kind == INTEGER:
                at = _integer(out, at, columns[first, row] + second)
            elif kind == INSTANT:
                at = _instant(out, at, epoch_s + columns[first, row], second)
            elif kind == LIST:
                begin, end = list_starts[first + row], list_starts[first + row + 1]
                begin = min(begin + second, end)
                copy_from(out, at, list_addresses[third] + begin, end - begin)
                at += end - begin
            elif kind == DECIMAL:
                at = _decimal(out, at, columns[first, row], second, third)
            elif kind == DAY:
                at = _day(out, at, columns[first, row], second)
            elif kind == DIGITS:
                at = _digits(out, at, columns[first, row] // third, second)
            elif (columns[first, row] == second) == (kind == UNLESS):
                step += third
    row_starts[-1] = at
    return at


def compile_kernels() -> None:
    """Compile the loop into its cache; set-up calls it once."""
    operations, bytes_, numbers = (
        np.array([[LITERAL, 0, 0, 0]]),
        np.zeros(1, np.uint8),
        np.zeros((1, 1), np.int64),
    )
    none = np.zeros(1, np.int64)
    render(
        operations,
        bytes_,
        numbers,
        bytes_.copy(),
        none,
        none,
        none,
        0,
        bytes_.copy(),
        np.zeros(2, np.int64),
    )
