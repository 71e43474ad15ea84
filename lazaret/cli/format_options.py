"""The options of formats, which several commands have: one for each of the table's."""

from collections.abc import Callable, Mapping

import click

from lazaret.cli import EXIT_USAGE, Failure
from shared.encoders.formats import FORMATS
from shared.encoders.interface.options import OPTIONS, Options
from shared.errors import Invalid

Command = Callable[..., None]


def format_options(*names: str) -> Callable[[Command], Command]:
    """Add these options, `--profile`, `--bom` and so on; the command gets them by their names."""

    def add(command: Command) -> Command:
        for name in reversed(names):
            option = OPTIONS[name]
            values = f" ({', '.join(option.values)})" if option.values else ""
            flag = f"--{name.replace('_', '-')}"
            command = click.option(flag, name, help=f"{option.description}{values}.")(command)
        return command

    return add


def read_options(format_name: str, given: Mapping[str, str | None]) -> Options:
    """Check them. Raises Failure, naming the first that is wrong."""
    try:
        return Options.read(format_name, FORMATS[format_name].options, given)
    except Invalid as error:
        first = error.problems[0]
        flag = f"--{first.field.replace('_', '-')}"
        raise Failure(f"{flag}: {first.message}", EXIT_USAGE) from error
