"""What a kick-off asks for, by URL or by a Parameters resource."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.gateway.bulk.type_filter import FILTERS_MAX, read_filters, type_of_filter
from services.gateway.fhir.dates import span_of
from services.gateway.fhir.media_types import FHIR_NDJSON
from services.gateway.fhir.resource_types import resource_types
from services.gateway.identity.caller import Caller
from services.gateway.identity.scopes import READ, SEARCH
from shared.errors import FieldProblem, Invalid

OUTPUT_FORMATS = (FHIR_NDJSON, "application/ndjson", "ndjson")
PARAMETERS = ("_outputFormat", "_since", "_type", "_typeFilter")


@dataclass(slots=True)
class Selection:
    """`types` is never empty. `ignored` says what was passed over for a lenient client. `job_id`
    stands for a Group.
    """

    types: list[str] = field(default_factory=list)
    since: datetime | None = None
    ignored: list[str] = field(default_factory=list)
    type_filters: list[str] = field(default_factory=list)
    job_id: UUID | None = None


def read_selection(
    given: Sequence[tuple[str, str]], caller: Caller, *, base: str, lenient: bool
) -> Selection:
    """Read the parameters; `base` is the server's own base URL.

    Raises:
        Invalid: with every wrong one; what is not offered is wrong unless `lenient`.
        Forbidden: a type was asked for that the token's scopes do not allow.
    """
    selection = Selection()
    problems: list[FieldProblem] = []
    for name, value in given:
        try:
            _read(
                selection,
                name,
                value.replace(" ", "+") if name in {"_since", "_outputFormat"} else value,
                base,
            )
        except LookupError as error:
            if lenient:
                selection.ignored.append(f"{name}: {error.args[0]}")
            else:
                problems.append(FieldProblem(name[:60], error.args[0]))
        except ValueError as error:
            problems.append(FieldProblem(name[:60], str(error)))
    problems += _filter_problems(selection)
    if problems:
        raise Invalid(tuple(problems))
    selection.types = _permitted(list(dict.fromkeys(selection.types)), caller)
    return selection


def _read(selection: Selection, name: str, value: str, base: str) -> None:
    """LookupError says that something is not offered, ValueError that it cannot be read."""
    match name:
        case "_outputFormat":
            if value not in OUTPUT_FORMATS:
                raise ValueError(f"must be one of {', '.join(OUTPUT_FORMATS)}, not {value[:60]!r}")
        case "_since":
            if "T" not in value:
                raise ValueError(
                    f"must be an instant such as 2030-01-31T12:00:00Z, not {value[:60]!r}"
                )
            selection.since = span_of(value).start
        case "_type":
            for each in value.split(",", len(resource_types())):
                if each not in resource_types():
                    raise LookupError(
                        f"{each[:60]!r} is not served here; {', '.join(resource_types())} are"
                    )
                selection.types.append(each)
        case "_typeFilter":
            if len(selection.type_filters) <= FILTERS_MAX:  # more are refused, and not read
                selection.type_filters += read_filters(value, base)
        case "patient":
            raise ValueError("is not offered, and to pass it over would export everybody")
        case _:
            raise LookupError(f"is not offered; {', '.join(PARAMETERS)} are")


def _filter_problems(selection: Selection) -> Iterator[FieldProblem]:
    if len(selection.type_filters) > FILTERS_MAX:
        yield FieldProblem(
            "_typeFilter", f"there must be at most {FILTERS_MAX}, not {len(selection.type_filters)}"
        )
    for each in selection.type_filters:
        if selection.types and type_of_filter(each) not in selection.types:
            yield FieldProblem(
                "_typeFilter", f"{each[:60]!r} is of a type that _type does not ask for"
            )


def _permitted(types: list[str], caller: Caller) -> list[str]:
    """All that was asked for must be allowed; who asks for everything gets what is allowed."""
    allowed = [
        each
        for each in resource_types()
        if all(caller.scopes.allows(each, act) for act in (READ, SEARCH))
    ]
    for each in types or ([] if allowed else [next(iter(resource_types()))]):
        caller.require_scope(each, READ)
        caller.require_scope(each, SEARCH)
    return types or allowed
