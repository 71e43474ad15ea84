"""What the agenda of a sector can hold: one number a kind, for compiled code and its readers."""

from enum import IntEnum


class Happening(IntEnum):
    """Those up to `SECOND_LOOK` befall a casualty, the others the sector."""

    WOUNDED = 1
    AT_HAND = 2
    MEDIC_READY = 3
    STEP = 4  # a treatment is finished
    SURGERY_OVER = 5
    INTENSIVE_OVER = 6
    DEPARTURE = 7
    ARRIVAL = 8
    DEATH = 9
    STAY_OVER = 10
    RECOVERED = 11  # awake after an operation
    STATE_MOVES = 12  # blood volume enters another band
    COMPLICATION = 13
    SECOND_LOOK = 14
    VEHICLE_BACK = 15
    HOLD_OVER = 16
    DAWN = 17
    SAMPLE = 18
    RESUPPLY = 19


(
    WOUNDED,
    AT_HAND,
    MEDIC_READY,
    STEP,
    SURGERY_OVER,
    INTENSIVE_OVER,
    DEPARTURE,
    ARRIVAL,
    DEATH,
    STAY_OVER,
    RECOVERED,
    STATE_MOVES,
    COMPLICATION,
    SECOND_LOOK,
    VEHICLE_BACK,
    HOLD_OVER,
    DAWN,
    SAMPLE,
    RESUPPLY,
) = (int(happening) for happening in Happening)
LAST_OF_CASUALTIES = SECOND_LOOK
