"""The `lazaret` command. A command's module is imported when the command is run, so that help is
quick.

Exit codes: 0 done; 1 the job did not succeed; 2 wrong usage or input; 3 the server refused; 4
something is unavailable or cannot be reached; 130 interrupted.
"""

from importlib import import_module
from typing import Any, NamedTuple, NoReturn

import click

from shared.errors import Conflict, Invalid, LazaretError, NotFound, Unavailable

EXIT_JOB_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_AWAY = 4
EXIT_INTERRUPTED = 130  # as shells say it: 128 and the number of SIGINT


class _Entry(NamedTuple):
    """`module` defines a click command under the command's own name."""

    module: str
    purpose: str


COMMANDS = {
    "archive": _Entry("lazaret.cli.archive", "Open and verify archives of exports."),
    "audit": _Entry("lazaret.cli.audit", "Prove that the audit log is whole."),
    "bench": _Entry("lazaret.cli.bench", "Measure this machine."),
    "calibrate": _Entry("lazaret.cli.calibrate", "Compare the simulation with published figures."),
    "clients": _Entry("lazaret.cli.clients", "Register FHIR clients that sign assertions."),
    "console": _Entry("lazaret.cli.console", "Print a link that signs you in to the console."),
    "describe": _Entry("lazaret.cli.describe", "Preview a scenario before anything is generated."),
    "dispatch": _Entry("lazaret.cli.dispatch", "Stop and resume the dispatch of batches."),
    "export": _Entry("lazaret.cli.export", "Download a job's patients into files."),
    "generate": _Entry(
        "lazaret.cli.generate", "Simulate on this machine into files, without any server."
    ),
    "job": _Entry("lazaret.cli.job", "Submit jobs, watch them and act on them."),
    "keys": _Entry("lazaret.cli.keys", "Make, list, rotate and revoke API keys."),
    "migrate": _Entry("lazaret.cli.migrate", "Bring the database to this version's schema."),
    "mllp": _Entry("lazaret.cli.mllp", "Send a job's HL7 v2 messages to a receiver, live."),
}


class Failure(click.ClickException):
    """Ends the command with one line on standard error."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click declares it for the class, and reads it from the instance


class LazyGroup(click.Group):
    """Knows its commands by name; imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        if (entry := COMMANDS.get(cmd_name)) is None:
            return None
        command: click.Command = getattr(import_module(entry.module), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].purpose) for name in sorted(COMMANDS)])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LazaretError as error:
            _fail(error)
        except KeyboardInterrupt as error:
            raise Failure("interrupted", EXIT_INTERRUPTED) from error
        except OSError as error:
            if error.filename is None:
                raise  # a pipe that its reader closed, which click ends quietly
            raise Failure(f"{error.filename}: {error.strerror}", EXIT_AWAY) from error


def _fail(error: LazaretError) -> NoReturn:
    match error:
        case Invalid():
            raise Failure("\n".join(map(str, error.problems)), EXIT_USAGE) from error
        case NotFound() | Conflict():
            raise Failure(str(error), EXIT_REFUSED) from error
        case Unavailable():
            raise Failure(str(error), EXIT_AWAY) from error
        case _:
            raise Failure(str(error), EXIT_REFUSED) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 the job did not succeed; 2 wrong usage or input; 3 the server "
    "refused; "
    "4 something is unavailable or cannot be reached; 130 interrupted.",
)
@click.version_option(package_name="lazaret", message="%(prog)s %(version)s")
def main() -> None:
    """Generate synthetic casualties and patients for exercises and for testing health software.

    Commands that talk to a server read LAZARET_URL and LAZARET_API_KEY from the environment, or
    from the file .lazaret/local.env of the nearest folder upward.
    """
