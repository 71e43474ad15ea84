"""`python -m tools.names`: personal names from Faker's maintained lists, for the table of names."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from faker import Faker

from shared.clinical.read import DATA
from shared.clinical.tables import nations

# Draws per list: enough to meet nearly every name of a list of a thousand.
DRAWS = 4_000
NAMES_PER_KIND_MAX = 250
SEED = 20_260_101
# Lists of men's and women's family names that agree by more than this are one list seen twice.
SAME_FAMILY_NAMES = 0.5

Named = tuple[str, str, str]


def extend_names(path: Path) -> int:
    """Append names that the table at `path` does not have yet, and return how many; rows that are
    there keep their ids.
    """
    present = _read(path)
    known = set(present)
    fresh = [
        row
        for nation in nations()
        for row in _names_of(nation.code, nation.name_lists)
        if row not in known
    ]
    _write(path, [*present, *fresh])
    return len(fresh)


def _names_of(nation: str, locales: Sequence[str]) -> Iterator[Named]:
    kinds: dict[str, list[str]] = {}
    for locale in locales:
        fake = Faker(locale)
        fake.seed_instance(SEED)
        for kind, names in _kinds(fake, NAMES_PER_KIND_MAX // len(locales)):
            kinds.setdefault(kind, []).extend(names)
    yield from (
        (nation, kind, name) for kind, found in kinds.items() for name in dict.fromkeys(found)
    )


def _kinds(fake: Faker, count: int) -> Iterator[tuple[str, list[str]]]:
    yield "given_male", _spread(_drawn(fake.first_name_male), count)
    yield "given_female", _spread(_drawn(fake.first_name_female), count)
    men, women = _drawn(fake.last_name_male), _drawn(fake.last_name_female)
    if len(men & women) > SAME_FAMILY_NAMES * min(len(men), len(women)):
        yield "family", _spread(men | women, count)
    else:
        yield "family_male", _spread(men, count)
        yield "family_female", _spread(women, count)


def _drawn(draw: Callable[[], str]) -> set[str]:
    return {draw() for _ in range(DRAWS)}


def _spread(names: set[str], count: int) -> list[str]:
    """At most `count` names from the whole alphabet."""
    ordered = sorted(names)
    return (
        [ordered[place * len(ordered) // count] for place in range(count)]
        if len(ordered) > count
        else ordered
    )


def _read(path: Path) -> list[Named]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [(row["nation"], row["kind"], row["name"]) for row in csv.DictReader(lines)]


def _write(path: Path, rows: list[Named]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["id", "nation", "kind", "name"])
        writer.writerows([identifier, *row] for identifier, row in enumerate(rows, 1))


if __name__ == "__main__":
    table = DATA / "names.csv"
    sys.stdout.write(f"{extend_names(table)} names added to {table}\n")
