"""What kind of error a logged exception is, and by what its like are found again.

The categories say who acts: `client` (the caller), `dependency` (whoever runs the database or the
broker), `capacity` (whoever sizes it), `data` (whoever sent the message), `defect` (whoever wrote
the code).
"""

import hashlib
import traceback
from collections.abc import Mapping
from enum import StrEnum

from shared.errors import Conflict, Invalid, LazaretError, NotFound, RejectedForGood, Unavailable
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute
from shared.telemetry.process_names import ERRORS

FINGERPRINT_CHARACTERS = 12

_errors = counter(ERRORS)


class Category(StrEnum):
    """Who has to act."""

    CLIENT = "client"
    DEPENDENCY = "dependency"
    CAPACITY = "capacity"
    DATA = "data"
    DEFECT = "defect"


# The first that fits; what is not here is a defect.
_CATEGORIES: tuple[tuple[type[BaseException], Category], ...] = (
    (Unavailable, Category.DEPENDENCY),
    (RejectedForGood, Category.DATA),
    (Invalid, Category.CLIENT),
    (NotFound, Category.CLIENT),
    (Conflict, Category.CLIENT),
    # What is left of ours was refused to somebody: unknown keys, missing rights, slow bodies.
    (LazaretError, Category.CLIENT),
    (MemoryError, Category.CAPACITY),
    (OSError, Category.DEPENDENCY),
)


def category_of(error: BaseException) -> Category:
    """The category of an exception; an error type may say its own in `category`."""
    if isinstance(error, LazaretError) and error.category is not None:
        return Category(error.category)
    return next((kind for known, kind in _CATEGORIES if isinstance(error, known)), Category.DEFECT)


def count_error(error: BaseException) -> Category:
    """Count an error that is told or logged, and return its category."""
    category = category_of(error)
    _errors.add(
        1,
        {
            Attribute.ERROR_CATEGORY: category.value,
            Attribute.ERROR_TYPE: type(error).__name__,
        },
    )
    return category


def fields_of(event: str, error: BaseException) -> Mapping[str, str]:
    """Count the error and return what its log line says of it."""
    return {
        Attribute.ERROR_CATEGORY: count_error(error).value,
        Attribute.ERROR_TYPE: type(error).__name__,
        Attribute.ERROR_FINGERPRINT: fingerprint(event, error),
    }


def fingerprint(event: str, error: BaseException) -> str:
    """The same for errors of one cause: what was done, the type, and the function it came from.

    Neither the message nor the line takes part: both differ between like errors.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].name}" if frames else ""
    text = f"{event}|{type(error).__name__}|{place}"
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_CHARACTERS]
