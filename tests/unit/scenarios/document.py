"""A valid scenario document to damage, and the act of damaging it."""

import copy
import re
from typing import Any

from pydantic_core import from_json

from shared.errors import Invalid
from shared.scenarios import canonical_json, load_preset, parse_scenario

REMOVED = object()


def valid_document() -> dict[str, Any]:
    """The teaching preset with every field written out, and a weight for one mechanism."""
    document: dict[str, Any] = from_json(canonical_json(load_preset("teaching-20")))
    document["mechanisms"] = [{"mechanism": "gunshot", "weight": 1.0}]
    return document


def damaged(path: str, value: object) -> dict[str, Any]:
    """The valid document with `value` at a dotted path, or nothing there if the value is
    REMOVED.
    """
    document = copy.deepcopy(valid_document())
    *steps, last = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)]
    place: Any = document
    for step in steps:
        place = place[step]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return document


def problems_of(document: object) -> list[str]:
    """What is wrong with a document, one line a problem."""
    try:
        parse_scenario(document)
    except Invalid as invalid:
        return [str(problem) for problem in invalid.problems]
    return []
