"""Tables of tickets, whole and as runs."""

import numpy as np

from shared.simulation.lottery import runs, tickets, value_of

# Compiled code calls it; here it is looked at as Python.
_value_of = getattr(value_of, "py_func", value_of)


def test_runs_draw_what_the_tables_draw() -> None:
    """Every ticket finds in the runs what it finds in its table, values that come twice and tables
    of one value included.
    """
    tables = [
        tickets([1.0, 0.0, 3.0, 0.5], [7, 8, 7, -1], 64),
        tickets([1.0], [5], 64),
        tickets([2.0, 1.0, 1.0], number=64),
    ]
    packed = runs(tables)
    found = [
        [_value_of(packed, table, ticket) for ticket in range(64)] for table in range(len(tables))
    ]
    assert np.array_equal(found, tables)
    assert len(packed[1]) < 10
