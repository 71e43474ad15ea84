"""How commands print for people. What scenarios, servers and receivers say is shown as it is: none
of it is markup or an emoji's code.
"""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """A console of the terminal's width, unless another is given."""
    return Console(stderr=stderr, width=width, markup=False, emoji=False)


def lines(*columns: Column | str, title: str | None = None) -> Table:
    """A table without a grid: in a narrow terminal the space goes to the words."""
    return Table(
        *columns,
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
