"""Second looks at those who wait in the oracle."""

from shared.records.vocabulary import EventKind
from tests.simulation.oracle.chance import AGAIN, number, share
from tests.simulation.oracle.patient import Patient
from tests.simulation.oracle.sector import Sector, note, watch
from tests.simulation.oracle.signs import triage


def watch_over(sector: Sector, patient: Patient) -> None:
    """Come back to a T2 or T3 whose state moves."""
    body = patient.body
    bleeds = sum(patient.bleeding) > number("dressing_bleeding_per_min")
    short_of_air = body.obstruction > number("obstruction_borne") or body.collapse > number(
        "collapse_borne"
    )
    shocked = body.volume < number("fluid_volume")
    if patient.queue.category_of(patient) in (1, 2, 3) and (
        bleeds or shocked or short_of_air or body.strain > number("strain_grave")
    ):
        sector.for_patient(sector.now_s + int(number("second_look_s")), patient, _look_again)


def _look_again(sector: Sector, patient: Patient) -> None:
    line = patient.queue
    if line is None:
        return
    category = triage(patient, watch(sector, patient), share(patient.seeds, AGAIN))
    if category < line.category_of(patient):
        patient.triage = category
        note(sector, patient, EventKind.TRIAGED, category)
        line.drop(patient)
        line.join(patient, category, patient.queued_at_s)
        assert patient.place is not None
        sector.touch(patient.place)
    watch_over(sector, patient)
    sector.on_look(sector, patient)
