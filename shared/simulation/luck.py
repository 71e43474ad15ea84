"""A casualty's own chances: one ticket for each purpose, whatever happens to others and in whatever
order.
"""

from typing import Any

from shared.simulation.elementary import exp
from shared.simulation.kernel import kernel

# Purposes; a role (0..4), a treatment or an operation is added where a chance comes again.
FINDING, MEDIC, TRAINED, TOURNIQUET = 0, 1, 2, 3
AGAIN = 4  # triage while waiting
CIRCULATION, RESERVE = 5, 6  # after an arrest
TRIAGE = 8
LOSS = 24  # of blood in theatre
CREW = 32
INTENSIVE = 40
COMPLICATION = 48  # and its number
ONSET = 56  # of a complication
DURATION = 64
SUCCESS = 512
OPERATION = 1024  # its duration
WAKING = 1536
TICKETS = 65536
PER_ROLE = 64  # treatments

MERSENNE_BITS = 31
MERSENNE = (1 << MERSENNE_BITS) - 1


@kernel
def _rest(product: int) -> int:
    """`product` (0 to 2**62) modulo MERSENNE, without a division."""
    folded = (product & MERSENNE) + (product >> MERSENNE_BITS)
    folded = (folded & MERSENNE) + (folded >> MERSENNE_BITS)
    return 0 if folded == MERSENNE else folded


@kernel
def next_of(state: int) -> int:
    """The next state of a Lehmer generator (1 to MERSENNE - 1), Park and Miller's revised
    multiplier.
    """
    return _rest(state * 48271)


@kernel
def ticket(person: Any, purpose: int) -> int:
    """Uniform on 0..65535, the same for this casualty and purpose every time. Products stay below
    2**62.
    """
    mixed = _rest(person["luck_a"] + purpose * person["luck_b"])
    mixed = _rest((mixed ^ (mixed >> 15)) * 48271)
    mixed = _rest((mixed ^ (mixed >> 13)) * 69621)
    return int(mixed >> 15)


@kernel
def share(person: Any, purpose: int) -> float:
    """Uniform on 0 to 1."""
    return ticket(person, purpose) / TICKETS


@kernel
def lasting(p: Any, person: Any, purpose: int, median_s: float, spread: float) -> int:
    """Whole seconds, at least 1, lognormal about `median_s` with `spread` as standard deviation of
    the logarithm.
    """
    return int(median_s * exp(spread * p["normal"][ticket(person, purpose) >> 4])) + 1


@kernel
def treating(p: Any, person: Any, purpose: int, median_s: float) -> int:
    """As `lasting`, with the spread of treatments, which the model keeps a table of."""
    return int(median_s * p["treatment_pace"][ticket(person, purpose) >> 4]) + 1
