"""The small closed vocabularies of a patient record. Numbers are append-only: a stored record keeps
its meaning for ever.
"""

from enum import IntEnum


class Sex(IntEnum):
    """Administrative sex, as FHIR `administrative-gender` can carry it."""

    MALE = 1
    FEMALE = 2


class BloodGroup(IntEnum):
    """ABO and RhD."""

    O_POSITIVE = 1
    A_POSITIVE = 2
    B_POSITIVE = 3
    AB_POSITIVE = 4
    O_NEGATIVE = 5
    A_NEGATIVE = 6
    B_NEGATIVE = 7
    AB_NEGATIVE = 8


class Branch(IntEnum):
    """Branch of service; civilians have one of their own."""

    ARMY = 1
    NAVY = 2
    AIR_FORCE = 3
    MARINES = 4
    CIVILIAN = 5


class Category(IntEnum):
    """Casualty category: battle injury, non-battle injury, disease."""

    BATTLE_INJURY = 1
    NON_BATTLE_INJURY = 2
    DISEASE = 3


class Triage(IntEnum):
    """NATO triage category; DEAD is the black tag."""

    T1 = 1
    T2 = 2
    T3 = 3
    T4 = 4
    DEAD = 5


class Precedence(IntEnum):
    """MEDEVAC precedence in its longest (US) dialect; shorter dialects are mapped from it."""

    URGENT = 1
    URGENT_SURGICAL = 2
    PRIORITY = 3
    ROUTINE = 4
    CONVENIENCE = 5


class Role(IntEnum):
    """Echelon of care. POINT_OF_INJURY stands before any medical treatment facility."""

    POINT_OF_INJURY = 0
    ROLE_1 = 1
    ROLE_2 = 2
    ROLE_3 = 3
    ROLE_4 = 4


class Outcome(IntEnum):
    """Where a casualty's story stands at its end (Holcomb 2006 for KIA and DOW).

    KIA and DOW count battle injuries only; DIED_NON_BATTLE holds every death from non-battle injury
    or disease.
    """

    KIA = 1
    DOW = 2
    RETURNED_TO_DUTY = 3
    EVACUATED = 4
    IN_CARE = 5
    DIED_NON_BATTLE = 6


class DeathCause(IntEnum):
    """What ended a life, in the simulation's own terms. NONE for the living."""

    NONE = 0
    IMMEDIATE = 1
    HAEMORRHAGE = 2
    AIRWAY = 3
    TENSION_PNEUMOTHORAX = 4
    BRAIN_INJURY = 5
    ORGAN_FAILURE = 6
    SEPSIS = 7
    BURNS = 8
    CBRN = 9
    DISEASE = 10
    SPINAL_CORD_INJURY = 11


class BodyRegion(IntEnum):
    """The six ISS body regions (Baker 1974)."""

    HEAD_NECK = 1
    FACE = 2
    CHEST = 3
    ABDOMEN = 4
    EXTREMITIES = 5
    EXTERNAL = 6


class Side(IntEnum):
    """Laterality of a wound."""

    NONE = 0
    LEFT = 1
    RIGHT = 2
    BILATERAL = 3


class EventKind(IntEnum):
    """What happened at a simulated second of a casualty's journey."""

    INJURED = 1
    FOUND = 2
    TRIAGED = 3
    EVACUATION_REQUESTED = 4
    DEPARTED = 5
    ARRIVED = 6
    ADMITTED = 7
    SURGERY_STARTED = 8
    SURGERY_ENDED = 9
    INTENSIVE_CARE_STARTED = 10
    INTENSIVE_CARE_ENDED = 11
    HELD = 12
    DISCHARGED = 13
    RETURNED_TO_DUTY = 14
    DIED = 15
    EVACUATED = 16
    DIVERTED = 17


class VitalsContext(IntEnum):
    """Why a row of vital signs was taken."""

    CONTACT = 1
    CLOCK = 2
    TRANSIT = 3


class ResourceKind(IntEnum):
    """The counted resources of a sector."""

    BED = 1
    OPERATING_TABLE = 2
    INTENSIVE_CARE_BED = 3
    VENTILATOR = 4
    TREATMENT_TEAM = 5
    SURGICAL_TEAM = 6
    BLOOD_UNIT = 7
    GROUND_AMBULANCE = 8
    HELICOPTER = 9
    FIXED_WING = 10
    RAIL = 11
    SHIP = 12
