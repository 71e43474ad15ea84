"""A part: the run of patients that travels in one message and is stored as one body."""

from dataclasses import dataclass

# RabbitMQ 4 refuses messages above 16 MiB.
PART_BYTES_MAX = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Ordinals are inclusive. `sector_results` is empty when no sector ends in this part."""

    part_no: int
    parts_total: int
    first_ordinal: int
    last_ordinal: int
    body: bytes
    sector_results: bytes
