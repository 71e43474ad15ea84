"""Why a message is sent."""

from enum import IntEnum


class Trigger(IntEnum):
    """Trigger events. What happens in the same second is told in this order."""

    A04 = 0  # registered, on the first arrival at a facility
    A02 = 1  # transferred, on each later arrival
    A40 = 2  # identified: the temporary registration is merged into the casualty's own
    A01 = 3  # admitted to a bed
    A08 = 4  # re-triaged into another category, or a new condition was found
    R01 = 5  # vital signs
    A11 = 6  # admission cancelled: it was decided at once to send the casualty on
    A03 = 7  # discharged, evacuated or dead


_STRUCTURES = {
    Trigger.A01: "ADT_A01",
    Trigger.A02: "ADT_A02",
    Trigger.A03: "ADT_A03",
    Trigger.A04: "ADT_A01",
    Trigger.A08: "ADT_A01",
    Trigger.A11: "ADT_A09",
    Trigger.A40: "ADT_A39",
    Trigger.R01: "ORU_R01",
}


def message_type(trigger: Trigger) -> str:
    """MSH-9: code, trigger event and structure."""
    structure = _STRUCTURES[trigger]
    return f"{structure[:3]}^{trigger.name}^{structure}"
