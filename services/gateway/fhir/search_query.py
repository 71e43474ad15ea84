"""What a search asks for, checked against the table of types."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.gateway.fhir.dates import span_of, split_prefix
from services.gateway.fhir.inclusion import Inclusion, read_inclusion
from services.gateway.fhir.narrowing import Narrowing, narrowing_of, numbers_of
from services.gateway.fhir.order import Rule, read_order
from services.gateway.fhir.position import START, Position, read_position
from services.gateway.fhir.resource_types import ResourceType
from services.gateway.fhir.search_parameters import (
    SearchParameter,
    Test,
    alternatives,
    compile_test,
    relative_reference,
)
from services.gateway.fhir.subset import COUNT, Subset
from services.gateway.fhir.subset import PARAMETERS as SUBSETS
from services.gateway.rendering.parts import EVER, Written
from shared.encoders.fhir.ids import ResourceId, parse_resource_id
from shared.errors import FieldProblem, Invalid
from shared.scenarios.problems import nearest

COUNT_DEFAULT = 50
VALUES_MAX = 100  # alternatives of one parameter
PARAMETERS_MAX = 40
VALUE_CHARACTERS_MAX = 8_000  # of one parameter
SEARCH_VALUES_MAX = 200  # alternatives of all parameters together
INCLUSIONS_MAX = 20
PAGE = "_page"
SORT = "_sort"

_MILLISECOND = timedelta(milliseconds=1)
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_OF_ONE_PATIENT = {"Patient", "Encounter"}
# they do not choose what is found; a total is given wherever it is known
PASSED_OVER = frozenset({"_format", "_pretty", "_total"})
# Parameters of FHIR's own that are not offered. Others behind an underscore are some other
# server's, sent by its clients to all.
_REFUSED = re.compile(
    r"_(contained|containedType|content|filter|has|list|profile|query|security|sort|source|text|type)(:.*)?",
    re.ASCII,
)
_INCLUSIONS = ("_include", "_revinclude")
# What comes along with what came along: R4 says iterate, earlier clients say recurse.
_ITERATED = {f"{name}:{how}": name for name in _INCLUSIONS for how in ("iterate", "recurse")}
TOTAL, TOTALS = "_total", ("none", "estimate", "accurate")
_RESULT = ("_count", *SUBSETS, *_INCLUSIONS, *_ITERATED, PAGE, SORT)


@dataclass(slots=True, kw_only=True)
class Search:
    """`patients` are the only ones that can match, None if any can. `applied` are the parameters
    that shaped the result, for its links.
    """

    type: ResourceType
    subset: Subset
    count_max: int
    count: int = COUNT_DEFAULT
    start: Position = START
    written: Written = EVER
    patients: frozenset[ResourceId] | None = None
    tests: list[Test] = field(default_factory=list)
    numbers: frozenset[int] | None = None
    narrowings: list[Narrowing] = field(default_factory=list)
    inclusions: list[Inclusion] = field(default_factory=list)
    order: list[Rule] = field(default_factory=list)
    values: int = 0
    applied: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def sorts_by_id(self) -> bool:
        """Whether the order asked for is that in which ids are numbered, in which all is read."""
        return [(each.parameter.name, each.descending) for each in self.order] == [("_id", False)]

    @property
    def count_only(self) -> bool:
        """FHIR: a `_count` of 0 is treated the same as `_summary=count`."""
        return self.subset.summary == COUNT or self.count == 0

    def matches(self, resource: object) -> bool:
        return all(test(resource) for test in self.tests)


def read_search(
    type_: ResourceType,
    given: Sequence[tuple[str, str]],
    *,
    base: str,
    count_max: int,
    lenient: bool,
    strict: bool = False,
) -> Search:
    """Read the parameters. Raises Invalid with every wrong one.

    Unknown criteria are wrong unless `lenient`; parameters of other servers are if `strict`.
    """
    if len(given) > PARAMETERS_MAX:
        raise Invalid(
            (
                FieldProblem(
                    "parameters", f"there must be at most {PARAMETERS_MAX}, not {len(given)}"
                ),
            )
        )
    search = Search(
        type=type_,
        subset=Subset(type_.name),
        count_max=count_max,
        count=min(COUNT_DEFAULT, count_max),
    )
    problems: list[FieldProblem] = []
    for name, value in given:
        if name in PASSED_OVER and not (name == TOTAL and value not in TOTALS):
            continue
        if not _is_known(name, type_) and (lenient or (_is_foreign(name) and not strict)):
            search.ignored.append(name)
            continue
        try:
            _check_length(value)
            _read(search, name, value, base)
        except ValueError as error:
            problems.append(FieldProblem(name[:60], str(error)))
        if name != PAGE:
            search.applied.append((name, value))
    problems += [*_contradictions(search), *_excesses(search)]
    if problems:
        raise Invalid(tuple(problems))
    return search


def _check_length(value: str) -> None:
    if len(value) > VALUE_CHARACTERS_MAX:
        raise ValueError(f"must have at most {VALUE_CHARACTERS_MAX} characters, not {len(value)}")


def _excesses(search: Search) -> list[FieldProblem]:
    problems = []
    if search.values > SEARCH_VALUES_MAX:
        told = f"all together must have at most {SEARCH_VALUES_MAX} values, not {search.values}"
        problems.append(FieldProblem("parameters", told))
    if len(search.inclusions) > INCLUSIONS_MAX:
        told = f"there must be at most {INCLUSIONS_MAX} different ones"
        problems.append(FieldProblem("_include", told))
    return problems


def _contradictions(search: Search) -> list[FieldProblem]:
    problems = [each for each in (search.subset.problem(),) if each is not None]
    if search.inclusions and search.subset.summary == "text":
        problems.append(
            FieldProblem("_summary", "text cannot be joined with _include and _revinclude")
        )
    if search.order and search.patients is None and not search.sorts_by_id:
        problems.append(
            FieldProblem(
                SORT,
                (
                    "is offered within patients only, because all that is found must be read "
                    "to sort it: name them"
                ),
            )
        )
    return problems


def _is_known(name: str, type_: ResourceType) -> bool:
    return name in _RESULT or name.partition(":")[0] in type_.parameters


def _is_foreign(name: str) -> bool:
    return name.startswith("_") and name != TOTAL and not _REFUSED.fullmatch(name)


def _read(search: Search, name: str, value: str, base: str) -> None:
    match name:
        case "_count":
            search.count = _count(value, search.count_max)
        case "_summary" | "_elements":
            search.subset.read(name, value)
        case "_total":
            raise ValueError(f"must be one of {', '.join(TOTALS)}, not {value[:60]!r}")
        case _ if name in _INCLUSIONS or name in _ITERATED:
            inclusion = read_inclusion(
                _ITERATED.get(name, name), value, search.type, iterated=name in _ITERATED
            )
            if inclusion not in search.inclusions:
                search.inclusions.append(inclusion)
        case "_sort":
            search.order += read_order(search.type, value)
        case "_page":
            search.start = read_position(value)
        case _:
            _read_criterion(search, name, value, base)


def _count(value: str, count_max: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ValueError(f"must be a whole number, not {value[:60]!r}")
    return min(int(value), count_max)


def read_criterion(type_: ResourceType, name: str, value: str) -> tuple[SearchParameter, str]:
    """Return the parameter and the modifier that a criterion names. Raises ValueError."""
    own_name, _, modifier = name.partition(":")
    parameter = type_.parameters.get(own_name)
    if parameter is None:
        raise ValueError(
            f"is not a search parameter of {type_.name} here{nearest(own_name, type_.parameters)}"
        )
    # Counted before they are taken apart: an escaped comma stands inside a value.
    if value.count(",") - value.count("\\,") >= VALUES_MAX:
        raise ValueError(f"must have at most {VALUES_MAX} alternatives")
    # patient:Patient=1 says what is known
    return parameter, "" if parameter.targets == (modifier,) else modifier


def _read_criterion(search: Search, name: str, value: str, base: str) -> None:
    parameter, modifier = read_criterion(search.type, name, value)
    search.values += value.count(",") + 1
    search.tests.append(compile_test(parameter, modifier, value, base))
    if search.type.name == "Patient" and (narrowing := narrowing_of(parameter, modifier, value)):
        search.narrowings.append(narrowing)
    if not modifier:
        _narrow(search, parameter, value, base)
    if search.type.name == "Patient" and parameter.name == "identifier" and not modifier:
        _narrow_by_numbers(search, numbers_of(value))


def _narrow_by_numbers(search: Search, numbers: frozenset[int] | None) -> None:
    """Numbers say in which job and with which patient they are looked for, once jobs are known."""
    if numbers is not None:
        search.numbers = numbers if search.numbers is None else search.numbers & numbers


def _narrow(search: Search, parameter: SearchParameter, value: str, base: str) -> None:
    """Use what ids and times say about where to look; the tests decide all the same."""
    if parameter.name == "_lastUpdated":
        search.written = _narrowed(search.written, value)
    ids = _ids_of_patients(search.type, parameter, alternatives(value), base)
    if ids is not None:
        search.patients = ids if search.patients is None else search.patients & ids


def _ids_of_patients(
    type_: ResourceType, parameter: SearchParameter, values: Iterable[str], base: str
) -> frozenset[ResourceId] | None:
    if parameter.name == "_id":
        found = [parse_resource_id(each) for each in values]
    elif type_.of_patient and parameter.targets and set(parameter.targets) <= _OF_ONE_PATIENT:
        references = (
            relative_reference(each, parameter, base) if "/" in each else each for each in values
        )
        found = [parse_resource_id(each.rpartition("/")[2]) for each in references]
    else:
        return None
    return frozenset(each for each in found if each is not None)


def _narrowed(written: Written, value: str) -> Written:
    if "," in value:
        return written
    prefix, date = split_prefix(value)
    asked = span_of(date)
    # Nothing was stored on the calendar's first day, and there is no time before it.
    start = max(asked.start, _EARLIEST)
    after = start - _MILLISECOND if prefix in {"eq", "gt", "ge", "sa"} else written.after
    until = asked.end if prefix in {"eq", "lt", "le", "eb"} else written.until
    bounds = (
        [each for each in pair if each is not None]
        for pair in ((written.after, after), (written.until, until))
    )
    latest, earliest = bounds
    return Written(max(latest, default=None), min(earliest, default=None))
