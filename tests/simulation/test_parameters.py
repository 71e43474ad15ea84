import re
from pathlib import Path

from shared import simulation
from shared.clinical.parameters import parameters

EVIDENCE = re.compile(r"[ODFNIP]\d{3}\b")
NAME = re.compile(r'f?"([a-z][a-z0-9_{}.+]*)"')


def names_in_sources() -> re.Pattern[str]:
    """One pattern for every name that the simulation's sources spell out or put together."""
    text = "\n".join(path.read_text() for path in sorted(Path(simulation.__path__[0]).glob("*.py")))
    return re.compile(
        "|".join(sorted({re.sub(r"\{[^}]*\}", "[a-z0-9_]+", name) for name in NAME.findall(text)}))
    )


def test_every_parameter_names_its_source() -> None:
    """A parameter rests on evidence rows or says that it is an assumption and why; it has a
    unit.
    """
    for row in parameters().values():
        assert row.unit
        assert EVIDENCE.match(row.source) or re.match(r"assumption: \S", row.source), row.name


def test_every_parameter_is_used() -> None:
    """No parameter is left over that the simulation does not read."""
    pattern = names_in_sources()
    assert [name for name in parameters() if not pattern.fullmatch(name)] == []
