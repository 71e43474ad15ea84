"""How resources stand in their file: each a line of its own, or as entries of a Bundle."""

from dataclasses import dataclass
from enum import Enum

from shared.encoders.interface.context import EncodingContext


class Framing(Enum):
    """LINE is NDJSON, with references relative to a server's base; entries have a comma before each
    and `urn:uuid:` references.
    """

    LINE = 1
    ENTRY = 2
    TRANSACTION_ENTRY = 3


@dataclass(frozen=True, slots=True)
class FhirContext(EncodingContext):
    """The job that the records belong to, and the framing of its resources."""

    framing: Framing = Framing.LINE


def framed(context: EncodingContext, framing: Framing) -> FhirContext:
    return FhirContext(
        context.scenario, context.job_id, context.written_at, context.options, framing
    )
