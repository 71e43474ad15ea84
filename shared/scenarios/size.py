"""How large a document is, counted before its fields are checked: counting is cheap, telling a
hundred thousand errors is not.
"""

from collections.abc import Iterator
from typing import Any, get_args

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.errors import FieldProblem

UNKNOWN_FIELDS_MAX = 20


def oversizes(document: Any, model: type[BaseModel], path: str = "") -> Iterator[FieldProblem]:
    """Yield what is too long or has too many unknown fields to be checked field by field.

    Lists are measured by the limits of the model's own fields, so that none is walked that would
    be refused for its length anyway.
    """
    if not isinstance(document, dict):
        return
    unknown = len(document.keys() - model.model_fields.keys())
    if unknown > UNKNOWN_FIELDS_MAX:
        yield FieldProblem(path or "scenario", f"has {unknown} fields that are not known here")
        return
    for name, field in model.model_fields.items():
        if name in document:
            yield from _inside(document[name], field, f"{path}.{name}" if path else name)


def _inside(value: Any, field: FieldInfo, path: str) -> Iterator[FieldProblem]:
    model = _model_in(field.annotation)
    if isinstance(value, list):
        limit = _length_max(field)
        if limit is not None and len(value) > limit:
            yield FieldProblem(path, f"must have at most {limit} items, not {len(value)}")
        elif model is not None:
            for index, item in enumerate(value):
                yield from oversizes(item, model, f"{path}[{index}]")
    elif model is not None:
        yield from oversizes(value, model, path)


def _length_max(field: FieldInfo) -> int | None:
    limits = [each.max_length for each in field.metadata if isinstance(each, MaxLen)]
    return min(limits, default=None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    choices = (annotation, *get_args(annotation))
    found = (each for each in choices if isinstance(each, type) and issubclass(each, BaseModel))
    return next(found, None)
