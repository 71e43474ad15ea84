"""A casualty's own chances: one ticket for each purpose, whatever happens to others and in whatever order."""

from typing import Any

from services.generator.simulation.elementary import exp
from services.generator.simulation.kernel import kernel

# Purposes; a role (0..4) or a treatment (below 64) is added where a chance comes again.
FINDING, MEDIC, TRAINED, TOURNIQUET = 0, 1, 2, 3
TRIAGE = 8
SURGERY = 16
STAY = 24
CREW = 32
INTENSIVE = 40
DURATION = 64
SUCCESS = 512
PER_ROLE = 64  # treatments

MERSENNE = 2147483647


@kernel
def ticket(person: Any, purpose: int) -> int:
    """Uniform on 0..65535, the same for this casualty and purpose every time. Products stay below 2**62."""
    mixed = (person["luck_a"] + purpose * person["luck_b"]) % MERSENNE
    mixed = ((mixed ^ (mixed >> 15)) * 48271) % MERSENNE
    mixed = ((mixed ^ (mixed >> 13)) * 69621) % MERSENNE
    return int(mixed >> 15)


@kernel
def share(person: Any, purpose: int) -> float:
    """Uniform on 0 to 1."""
    return ticket(person, purpose) / 65536.0


@kernel
def lasting(p: Any, person: Any, purpose: int, median_s: float, spread: float) -> int:
    """Whole seconds, at least 1, lognormal about `median_s` with `spread` as standard deviation of the logarithm."""
    return int(median_s * exp(spread * p["normal"][ticket(person, purpose) >> 4])) + 1
