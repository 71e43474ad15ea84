"""Complications in the oracle: when they show and what they do."""

from shared.clinical.tables import complications
from tests.simulation.oracle.chance import COMPLICATION, ONSET, lasting, number, share
from tests.simulation.oracle.patient import BODY, Patient
from tests.simulation.oracle.remedies import ANTIBIOTICS, OPERATIONS, covered, needs
from tests.simulation.oracle.sector import Sector, note_doses, reconsider


def foresee(sector: Sector, patient: Patient, cause: str) -> None:
    """Enter the onset of what follows from a cause."""
    for place, row in enumerate(complications()):
        if row.follows == cause and share(patient.seeds, COMPLICATION + place) < row.share:
            onset_s = sector.now_s + lasting(
                patient.seeds, ONSET + place, row.onset_h_median * 3600, row.onset_spread
            )
            sector.for_patient(
                onset_s, patient, lambda then, who, place=place: _set_in(then, who, place)
            )  # type: ignore[misc]


def foresee_from_wounds(sector: Sector, patient: Patient) -> None:
    """Once, at the first facility."""
    if patient.foreseen:
        return
    patient.foreseen = True
    if patient.body.open_wound and patient.body.worst_ais >= 2:
        foresee(sector, patient, "open_wound")
    if patient.body.limb_ais >= 3:
        foresee(sector, patient, "limb")


def _set_in(sector: Sector, patient: Patient, place: int) -> None:
    watched = patient.doing in ("intensive_care", "mechanical_ventilation")
    if patient.place is None or (patient.doing and not watched):
        sector.for_patient(
            sector.now_s + int(number("complication_later_s")),
            patient,
            lambda then, who: _set_in(then, who, place),
        )
        return
    row, body = complications()[place], patient.body
    patient.complications[row.condition] = sector.now_s
    body.fever += row.fever
    body.strain = min(body.strain + row.strain, 1.0)
    patient.hazard[BODY] += row.hazard_per_min
    body.recovery_s = max(
        body.recovery_s, sector.now_s - body.injured_at_s + int(number("complication_recovery_s"))
    )
    if row.treatment == "fasciotomy":
        body.surgery, body.needs = 1, body.needs | 1 << OPERATIONS.index("fasciotomy")
    elif row.treatment and not (row.treatment in ANTIBIOTICS and covered(patient, sector.now_s)):
        note_doses(sector, patient, row.treatment, sector.now_s)
    foresee(sector, patient, row.condition)
    if needs(patient, "fasciotomy"):
        sector.on_call(sector, patient)
    reconsider(sector, patient)
