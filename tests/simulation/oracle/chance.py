"""The chances of a casualty: the numbers that the simulation draws, worked out again with Python's
own integers.
"""

from shared.clinical.parameters import parameters
from shared.simulation.model import model, normal_deviates
from tests.simulation.oracle.series import exp

PRIME = 2**31 - 1
FINDING, MEDIC, TRAINED, TOURNIQUET, AGAIN, CIRCULATION, RESERVE = range(7)
TRIAGE, LOSS, CREW, INTENSIVE = 8, 24, 32, 40
COMPLICATION, ONSET, DURATION, SUCCESS, OPERATION, WAKING = 48, 56, 64, 512, 1024, 1536
TREATMENTS = 64


def number(name: str) -> float:
    """A parameter of the clinical tables."""
    return parameters()[name].value


def ticket(seeds: tuple[int, int], purpose: int) -> int:
    """0..65535 from a casualty's two numbers."""
    value = (seeds[0] + purpose * seeds[1]) % PRIME
    for shift, factor in ((15, 48271), (13, 69621)):
        value = (value ^ (value >> shift)) * factor % PRIME
    return value >> 15


def share(seeds: tuple[int, int], purpose: int) -> float:
    return ticket(seeds, purpose) / 65536


def deviate(twelve_bits: int) -> float:
    """Standard normal."""
    return float(normal_deviates()[twelve_bits])


def coarse_deviate(ten_bits: int) -> float:
    """Standard normal, of the table for vital signs."""
    return float(model()[0]["scatter"][ten_bits])


def lasting(seeds: tuple[int, int], purpose: int, median_s: float, spread: float) -> int:
    """Lognormal whole seconds, at least one."""
    return 1 + int(median_s * exp(spread * deviate(ticket(seeds, purpose) // 16)))
