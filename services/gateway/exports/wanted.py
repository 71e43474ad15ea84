"""What an export request asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from services.gateway.http.parse import Parameters
from shared.encoders.formats import FORMATS, Format
from shared.encoders.interface.options import OPTIONS, USUAL, Options
from shared.errors import FieldProblem, Invalid
from shared.jobs.read import Job

ORDINAL_MAX = 2**53 - 1


def _known(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(f"{name[:60]!r} is not known here; one of {', '.join(FORMATS)}")
    return name


FormatName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(FORMATS)})
]
Ordinal = Annotated[int | None, Field(ge=0, le=ORDINAL_MAX)]


def _option(name: str) -> Any:
    """A field for an option of formats, whose value is checked with its format."""
    option = OPTIONS[name]
    values = f"one of {', '.join(option.values)}; " if option.values else ""
    return Field(description=f"{option.description}; {values}{option.usual or 'none'} by default")


class ExportQuery(Parameters):
    """Format, table and range; ordinals are both included and default to the job's first and
    last.
    """

    format: FormatName
    table: Annotated[
        str | None, Field(description="For formats with tables: which one; the first by default")
    ] = None
    profile: Annotated[str | None, _option("profile")] = None
    bom: Annotated[str | None, _option("bom")] = None
    cells: Annotated[str | None, _option("cells")] = None
    layout: Annotated[str | None, _option("layout")] = None
    sending_application: Annotated[str | None, _option("sending_application")] = None
    receiving_application: Annotated[str | None, _option("receiving_application")] = None
    encoding: Annotated[str | None, _option("encoding")] = None
    from_ordinal: Ordinal = None
    to_ordinal: Ordinal = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked request: ordinals `first` to `last`, both included; `table` is empty for formats
    without tables.

    `keep` is what it is for a slice.
    """

    name: str
    format: Format
    table: str
    first: int
    last: int
    options: Options = USUAL
    keep: Callable[[bytes], bytes] | None = None

    @property
    def file_name(self) -> str:
        return (self.table or "patients") + self.format.suffix


def wanted_of(query: ExportQuery, job: Job) -> Wanted:
    """Check a request against its job. Raises Invalid, naming the parameter."""
    format_ = FORMATS[query.format]
    last_of_job = job.patients_requested - 1
    first = query.from_ordinal or 0
    last = last_of_job if query.to_ordinal is None else query.to_ordinal
    options, not_options = _options(query, format_)
    problems = [
        *_table_problems(query, format_),
        *not_options,
        *_range_problems(first, last, last_of_job),
    ]
    if problems:
        raise Invalid(tuple(problems))
    return Wanted(
        query.format,
        format_,
        query.table or next(iter(format_.tables), ""),
        first,
        last,
        options,
    )


def _table_problems(query: ExportQuery, format_: Format) -> list[FieldProblem]:
    if query.table is None or query.table in format_.tables:
        return []
    choice = (
        f"must be one of {', '.join(format_.tables)}"
        if format_.tables
        else f"the format {query.format} has no tables"
    )
    return [FieldProblem("table", f"{choice}, not {query.table[:60]!r}")]


def _options(query: ExportQuery, format_: Format) -> tuple[Options, tuple[FieldProblem, ...]]:
    given = {name: getattr(query, name) for name in OPTIONS}
    try:
        return Options.read(query.format, format_.options, given), ()
    except Invalid as error:
        return USUAL, error.problems


def _range_problems(first: int, last: int, last_of_job: int) -> list[FieldProblem]:
    problems = [
        FieldProblem(name, f"must be at most {last_of_job}, the job's last ordinal, not {ordinal}")
        for name, ordinal in (("from_ordinal", first), ("to_ordinal", last))
        if ordinal > last_of_job
    ]
    if not problems and first > last:
        problems.append(
            FieldProblem("to_ordinal", f"must not be before from_ordinal: {last} < {first}")
        )
    return problems
