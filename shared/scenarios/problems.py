"""Problems of a scenario's fields, told to the person who wrote it."""

import difflib
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.errors import FieldProblem

_PYDANTIC_SUBJECT = re.compile(r"^(Input|String|Tuple|Value error,|Value|List|Object) ?(should )?")
_INPUT_CHARACTERS_MAX = 60
# Whoever mends so many will send the rest again; telling all would cost more than checking did.
PROBLEMS_MAX = 50
# What is longer, or has more to be compared with, is no slip of the pen.
_NAME_CHARACTERS_MAX = 80
_KNOWN_MAX = 300


def to_problems(error: ValidationError, model: type[BaseModel]) -> tuple[FieldProblem, ...]:
    """The errors of a validation, under dotted paths such as `facilities[2].beds`, up to
    `PROBLEMS_MAX` of them.

    A list whose only item is wrong counts as too short for pydantic; only the item's problem is
    told.
    """
    details = error.errors(include_url=False, include_context=True)
    lists_with_problems = {
        detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))
    }
    told = (
        detail
        for detail in details
        if detail["type"] != "too_short" or detail["loc"] not in lists_with_problems
    )
    return tuple(
        FieldProblem(dotted(detail["loc"]), _message(detail, model))
        for detail in islice(told, PROBLEMS_MAX)
    )


def dotted(location: Iterable[int | str]) -> str:
    """`("facilities", 2, "beds")` as `facilities[2].beds`; the document itself is `scenario`."""
    path = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step[:_NAME_CHARACTERS_MAX]}"
        for step in location
    )
    return path.lstrip(".") or "scenario"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the known name nearest to `name`, or nothing."""
    choice = list(islice(known, _KNOWN_MAX))
    if len(name) > _NAME_CHARACTERS_MAX:
        return ""
    close = difflib.get_close_matches(name, choice, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _message(detail: ErrorDetails, model: type[BaseModel]) -> str:
    given = detail["input"]
    match detail["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            known = _fields_at(model, detail["loc"][:-1])
            return f"is no field of a scenario{nearest(str(detail['loc'][-1]), known)}"
        case "json_invalid":
            return "must be a JSON object"
        case _:
            text = _PYDANTIC_SUBJECT.sub(
                "must " if "should" in detail["msg"] else "", detail["msg"]
            )
            return f"{text}{_shown(given)}{_nearest_choice(detail)}"


def _shown(given: object) -> str:
    if isinstance(given, str | int | float):
        return (
            f", not {str(given)[:_INPUT_CHARACTERS_MAX]!r}"
            if isinstance(given, str)
            else f", not {given}"
        )
    return ""


def _nearest_choice(detail: ErrorDetails) -> str:
    if detail["type"] != "enum" or not isinstance(detail["input"], str):
        return ""
    return nearest(detail["input"], re.findall(r"'([^']+)'", detail["msg"]))


def _fields_at(model: type[BaseModel], location: Iterable[int | str]) -> tuple[str, ...]:
    part: Any = model
    for step in location:
        part = (
            _model_in(get_args(part))
            if isinstance(step, int)
            else part.model_fields[step].annotation
        )
    return tuple(part.model_fields) if hasattr(part, "model_fields") else ()


def _model_in(choices: tuple[Any, ...]) -> Any:
    return next((choice for choice in choices if hasattr(choice, "model_fields")), None)
