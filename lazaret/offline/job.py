"""A job of the offline mode, and its id."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from shared.errors import FieldProblem, Invalid
from shared.records.engine_version import ENGINE_VERSION
from shared.scenarios import Scenario, scenario_digest

PATIENTS_MAX = 100_000_000
SEED_MAX = 2**53 - 1
_VERSION_8 = 0x8 << 76
_VERSION_MASK = 0xF << 76
_VARIANT = 0b10 << 62
_VARIANT_MASK = 0b11 << 62


@dataclass(frozen=True, slots=True)
class OfflineJob:
    """A scenario, a seed (0 to 2^53 - 1) and a number of patients (1 to 100,000,000)."""

    scenario: Scenario
    seed: int
    count: int

    def __post_init__(self) -> None:
        problems = []
        if not 1 <= self.count <= PATIENTS_MAX:
            problems.append(
                FieldProblem("count", f"must be from 1 to {PATIENTS_MAX}, not {self.count}")
            )
        if not 0 <= self.seed <= SEED_MAX:
            problems.append(FieldProblem("seed", f"must be from 0 to {SEED_MAX}, not {self.seed}"))
        if problems:
            raise Invalid(tuple(problems))

    @property
    def id(self) -> UUID:
        """A UUIDv8 of all that decides the patients: the same job has the same id on every
        machine.
        """
        identity = b"\0".join(
            (
                ENGINE_VERSION.encode(),
                scenario_digest(self.scenario),
                str(self.seed).encode(),
                str(self.count).encode(),
            )
        )
        number = int.from_bytes(hashlib.sha256(identity).digest()[:16])
        return UUID(int=number & ~_VERSION_MASK & ~_VARIANT_MASK | _VERSION_8 | _VARIANT)
