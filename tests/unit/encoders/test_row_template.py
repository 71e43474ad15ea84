import numpy as np

from shared.encoders.rows.memory import LENT_BYTES_MIN, SPARE_MAX, lend
from shared.encoders.rows.pieces import Integer, List
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts


def test_a_list_may_stand_in_a_row_more_than_once() -> None:
    """Room is made for every use: here the rows are little else."""
    long = Texts.of([b"," + b"x" * 10_000, b"," + b"y" * 20_000])
    rendered = Template([List("long"), b"|", List("long"), b"|", List("long", skip=0)]).render(
        2, {}, lists={"long": long}
    )
    expected = (b"%s|%s|,%s" % (text, text, text) for text in (b"x" * 10_000, b"y" * 20_000))
    assert rendered.to_bytes() == b"".join(expected)


def test_rows_stay_as_they_are_while_others_are_rendered() -> None:
    """Memory is lent again only when nobody looks at it."""
    rows = LENT_BYTES_MIN // 8
    template, numbers = Template([Integer("number"), b"\n"]), np.arange(rows)
    first = template.render(rows, {"number": numbers})
    expected = first.to_bytes()
    later = [
        template.render(rows, {"number": numbers + offset}).joined(np.array([0, rows], np.int32))
        for offset in (1, 2, 3)
    ]
    assert first.to_bytes() == expected
    assert [each.to_bytes().partition(b"\n")[0] for each in later] == [b"1", b"2", b"3"]


def test_large_memory_is_lent_again() -> None:
    """It comes back when the last view of it is gone."""
    first = lend(2 * LENT_BYTES_MIN)
    view, address = first[10:], first.ctypes.data
    del first
    assert address not in addresses()
    del view
    assert address in addresses()


def addresses() -> set[int]:
    """Of all that is spare."""
    lent = [lend(LENT_BYTES_MIN) for _ in range(SPARE_MAX)]
    return {each.ctypes.data for each in lent}
