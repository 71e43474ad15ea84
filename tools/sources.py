"""The page that says where every clinical number comes from."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from shared.clinical.evidence import cited, evidence
from shared.clinical.read import DATA
from shared.clinical.tables import codes

ASSUMPTION = "assumption:"
_INTRODUCTION = """# Where the clinical numbers come from

Written by `make docs` from `shared/clinical/data` and `shared/clinical/evidence`; a test keeps it
true.

Every row of the clinical tables names its source: published figures by their evidence id, or the
word `assumption` and why. A row may rest on both: figures for its size, an assumption for how they
are split.

"""
_CODES = """## Codes

Codes are used only where a pair of code and display was seen in a public source
(`shared/clinical/evidence/codes.csv`, `codes-synthea.csv`); where none was found, the text stands
alone. SNOMED CT and LOINC codes pass their check digits. Active status and edition were not checked
against a release.

{counts}

- **SNOMED CT**: property of SNOMED International; in countries that are not members its use needs
  an affiliate licence.
- **LOINC**: copyright Regenstrief Institute, free of charge under the LOINC licence.
- **ICD-10**: WHO, version of 2019.
- **RxNorm**: U.S. National Library of Medicine, public domain for the part used here.
- **ATC**: WHO Collaborating Centre for Drug Statistics Methodology.
- Code pairs of `codes-synthea.csv` are those of Synthea's modules (Apache-2.0).
"""

Row = dict[str, str]


def sources_page() -> str:
    """The page in Markdown."""
    tables = dict(_sourced_tables())
    counts = Counter(code.system for code in codes())
    return "".join(
        (
            _INTRODUCTION,
            _overview(tables),
            _cited_figures(tables),
            _assumptions(tables),
            _CODES.format(
                counts=_table(
                    ("system", "codes"),
                    ((system, str(count)) for system, count in sorted(counts.items())),
                )
            ),
        )
    )


def _sourced_tables() -> Iterator[tuple[str, list[Row]]]:
    for path in sorted(DATA.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        if rows and "source" in rows[0]:
            yield path.stem, rows


def _overview(tables: dict[str, list[Row]]) -> str:
    lines = [
        (
            f"`{name}`",
            str(len(rows)),
            str(sum(not _is_assumption(row) for row in rows)),
            str(sum(_is_assumption(row) for row in rows)),
        )
        for name, rows in tables.items()
    ]
    return (
        f"## Tables\n\n{_table(('table', 'rows', 'with a source', 'assumption alone'), lines)}\n\n"
    )


def _is_assumption(row: Row) -> bool:
    return row["source"].strip().startswith(ASSUMPTION)


def _cited_figures(tables: dict[str, list[Row]]) -> str:
    users: dict[str, set[str]] = defaultdict(set)
    for name, rows in tables.items():
        for row in rows:
            for identifier in cited(row["source"]):
                users[identifier].add(name)
    lines = []
    for identifier in sorted(users):
        figure = evidence()[identifier]
        value = f"{figure.value} {figure.unit}".strip()
        used = ", ".join(f"`{name}`" for name in sorted(users[identifier]))
        lines.append(
            (
                identifier,
                figure.quantity,
                figure.population,
                value,
                f"{figure.source} ({figure.reference})",
                figure.status,
                used,
            )
        )
    head = ("id", "figure", "population", "value", "source", "status", "used by")
    return (
        "## Published figures\n\nStatus: `read` in the source, or `memory`, known but not "
        f"seen again.\n\n{_table(head, lines)}\n\n"
    )


def _assumptions(tables: dict[str, list[Row]]) -> str:
    lines = []
    for name, rows in tables.items():
        counts = Counter(
            row["source"].partition(ASSUMPTION)[2].strip()
            for row in rows
            if ASSUMPTION in row["source"]
        )
        lines += [(f"`{name}`", str(count), text) for text, count in counts.items()]
    return f"## Assumptions\n\n{_table(('table', 'rows', 'assumption'), lines)}\n\n"


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [head, tuple("---" for _ in head), *lines]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)
