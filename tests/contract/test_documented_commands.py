"""What the pages tell people to type is understood: commands with their options, addresses, make
targets.
"""

import contextlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from deploy.commands import main as operate
from lazaret.cli import main
from services.gateway.app import OPERATIONS
from shared.encoders.hl7v2.encode import encode
from tests.unit.encoders.sample import sample

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))

_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"\$LAZARET_URL(/[^\s\"?]*)")
_TARGET = re.compile(r"^make ([a-z-]+)", re.MULTILINE)


def blocks(page: Path) -> Iterator[str]:
    """The page's code blocks."""
    yield from _BLOCK.findall(page.read_text(encoding="utf-8"))


def lines_of(program: str) -> list[str]:
    """Every line of a block that calls a program; one that is broken by a backslash is one line."""
    lines = [
        line
        for page in PAGES
        for block in blocks(page)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return sorted({line for line in lines if re.match(rf"(\.venv/bin/)?{program} ", line)})


def parse(
    command: click.Command, arguments: list[str], parent: click.Context | None = None
) -> None:
    """Let click read the arguments of a command, and of the command in it, without running it."""
    context = command.make_context(command.name, list(arguments), parent=parent)
    if isinstance(command, click.Group):
        name, subcommand, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert subcommand is not None, name
        parse(subcommand, rest, context)


@pytest.mark.parametrize("line", lines_of("lazaret"))
def test_a_documented_command_is_understood(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its options exist and take such values; files that it names are there."""
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(line.replace("HOST:PORT", "127.0.0.1:2575"), comments=True)[1:]
    for name in ("key.txt", "job.zip", "job.zip.sealed", "public-keys.json"):
        (tmp_path / name).write_text("{}")
    parse(main, arguments)


def operations() -> list[str]:
    """Every call of `lazaret-deploy`, in blocks and between backticks."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    inline = {call for text in texts for call in re.findall(r"`(lazaret-deploy [^`\n]+)`", text)}
    return sorted(inline | set(lines_of("lazaret-deploy")))


@pytest.mark.parametrize("line", operations())
def test_a_documented_operation_is_understood(line: str, tmp_path: Path) -> None:
    """As above; a file that must be there stands in for each that is named under /etc."""
    stand_in = tmp_path / "file"
    stand_in.write_text("")
    arguments = [
        str(stand_in) if word.startswith("/etc/lazaret/") else word for word in shlex.split(line)
    ]
    with contextlib.suppress(click.MissingParameter):  # named in passing, without all its options
        parse(operate, arguments[1:])


def test_a_wrong_command_is_noticed() -> None:
    """An option that is gone, a format that is none, a command that is none."""
    for line in ("job submit --scenery x", "generate --count 5 --format cvs --out x", "jobs list"):
        with pytest.raises(click.UsageError):
            parse(main, line.split())


def test_documented_addresses_are_served() -> None:
    """Each address of a request is one that the gateway routes."""
    found = [
        path.replace("\\$", "$") for line in lines_of("curl") for path in _ADDRESS.findall(line)
    ]
    routes = [
        re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path)))
        for operation in OPERATIONS
    ]
    assert len(found) >= 5
    assert [path for path in found if not any(route.fullmatch(path) for route in routes)] == []


def test_documented_targets_exist() -> None:
    """Each `make` target is one of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    targets = {
        target for page in PAGES for block in blocks(page) for target in _TARGET.findall(block)
    }
    assert {"run", "up", "stop", "setup", "check"} <= targets
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def test_the_documented_program_reads_messages(tmp_path: Path) -> None:
    """The page on HL7 v2 has a program that prints what the first messages are."""
    batch, context = sample("joint-operation")
    (tmp_path / "patients.hl7").write_bytes(encode(batch, context))
    (program,) = (
        block for block in blocks(ROOT / "docs/formats/hl7v2.md") if block.startswith("python -c")
    )
    code = shlex.split(program)[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"((ADT\^A\d\d|ORU\^R01)\^\w+\n){3}", done.stdout)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_points_to_is_there(page: Path) -> None:
    """Its links between pages, and the files of this project that it names."""
    text = page.read_text(encoding="utf-8")
    linked = [page.parent / link for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)]
    named = [
        ROOT / path
        for path in re.findall(r"`((?:services|shared|lazaret|deploy|tests|docs)/[\w./-]+)`", text)
    ]
    assert [str(path) for path in (*linked, *named) if not path.exists()] == []
