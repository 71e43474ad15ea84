"""Operations that a casualty needs, as bits in order of urgency, and which a role can do."""

from typing import Any

from shared.simulation.kernel import kernel
from shared.simulation.physiology import bleeding_rate
from shared.simulation.treatment import Treatment
from shared.simulation.world import EXTREMITY, JUNCTIONAL, TRUNCAL

IN_ORDER = (
    Treatment.THORACOTOMY,
    Treatment.LAPAROTOMY,
    Treatment.PELVIC_PACKING,
    Treatment.VASCULAR_REPAIR,
    Treatment.AMPUTATION_ABOVE_KNEE,
    Treatment.AMPUTATION_BELOW_KNEE,
    Treatment.AMPUTATION_UPPER_LIMB,
    Treatment.CRANIOTOMY,
    Treatment.FASCIOTOMY,
    Treatment.ESCHAROTOMY,
    Treatment.APPENDICECTOMY,
    Treatment.DEBRIDEMENT,
    Treatment.INTERNAL_FIXATION_FEMUR,
    Treatment.EXTERNAL_FIXATION,
    Treatment.EYE_SURGERY,
)
OPERATIONS = tuple(int(operation) for operation in IN_ORDER)
NUMBER = {operation: number for number, operation in enumerate(IN_ORDER)}
THORAX, BELLY, PELVIS, VESSEL = (1 << NUMBER[each] for each in IN_ORDER[:4])
FASCIA = 1 << NUMBER[Treatment.FASCIOTOMY]
DEAD_TISSUE = 1 << NUMBER[Treatment.DEBRIDEMENT]
APPENDIX = 1 << NUMBER[Treatment.APPENDICECTOMY]
FEMUR = 1 << NUMBER[Treatment.INTERNAL_FIXATION_FEMUR]
FRAME = 1 << NUMBER[Treatment.EXTERNAL_FIXATION]
EYE = 1 << NUMBER[Treatment.EYE_SURGERY]
DEFERRED = FEMUR | EYE  # done on another day than what saves life and limb


@kernel
def _within(w: Any, needs: int, role: int) -> int:
    """Which of `needs` a role can do; the table of treatments says from which role on."""
    able = 0
    for number in range(len(OPERATIONS)):
        if (needs >> number) & 1 and w.model[0]["role_min"][OPERATIONS[number]] <= role:
            able |= 1 << number
    # A femur is fixed from outside where it cannot be from within, and from within where it can.
    return able & ~FRAME if able & FEMUR != 0 and needs & FRAME != 0 else able


@kernel
def can_operate(w: Any, who: int, role: int) -> bool:
    return bool(_within(w, w.people[who]["needs"], role) != 0)


@kernel
def next_operation(w: Any, who: int, role: int, begun: int) -> int:
    """Number in `OPERATIONS` of the most urgent; -1 if there is none for this session, in which
    `begun` are done.
    """
    needs = _within(w, w.people[who]["needs"], role)
    if begun > 0:
        needs = needs & ~DEFERRED if begun < w.model[0]["operations_max"] else 0
    for number in range(len(OPERATIONS)):
        if (needs >> number) & 1:
            return number
    return -1


@kernel
def settle_needs(person: Any, number: int) -> None:
    """What one operation has done, another need not."""
    person["needs"] &= ~(1 << number)
    if (FEMUR >> number) & 1:
        person["needs"] &= ~FRAME
    person["surgery"] = 1 if person["needs"] != 0 else 0


@kernel
def need_for_bleeding(person: Any, p: Any) -> int:
    """The operation that bleeding asks for which treatment has not stopped."""
    if bleeding_rate(person) <= p["packing_bleeding_per_min"]:
        return 0
    trunk = person["bleeding"][TRUNCAL]
    if trunk < max(person["bleeding"][JUNCTIONAL], person["bleeding"][EXTREMITY]):
        return VESSEL
    return BELLY if person["abdomen_ais"] >= person["chest_ais"] else THORAX
