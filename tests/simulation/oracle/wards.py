"""Wards of the oracle: operating tables, intensive care, stays."""

from shared.records.vocabulary import EventKind, Outcome
from tests.simulation.oracle import chance
from tests.simulation.oracle.chance import lasting, number
from tests.simulation.oracle.complications import foresee
from tests.simulation.oracle.journeys import request
from tests.simulation.oracle.patient import BODY, Patient
from tests.simulation.oracle.remedies import (
    operation,
)
from tests.simulation.oracle.sector import (
    Sector,
    end,
    give_back,
    note,
    note_doses,
    note_treatment,
    reconsider,
    release,
    seize,
    stand_in_line,
    watch,
)
from tests.simulation.oracle.system import Place
from tests.simulation.oracle.waiting import watch_over

IMMEDIATE = 1
SAMPLES, SAMPLE_MIN_S = 64, 3600


def place_of(sector: Sector, patient: Patient) -> Place:
    """Where a patient is who is not on the way."""
    assert patient.place is not None
    return sector.places[patient.place]


def _waits_here(place: Place, kind: str) -> bool:
    capacity = place.resources[kind].capacity
    return capacity > 0 and (not place.onward or len(place.lines()[kind]) < capacity)


def _failing(patient: Patient) -> bool:
    body = patient.body
    grave = body.burn_pct >= 20 or body.volume < number("intensive_volume")
    grave = grave or bool(patient.given & {"intubation", "laparotomy", "thoracotomy", "craniotomy"})
    return "intensive_care" not in patient.given and (
        grave or body.stupor >= 6.0 or body.strain > 0.6
    )


def choose_course(sector: Sector, patient: Patient) -> None:
    """After a contact: operation, intensive care, further evacuation or a stay."""
    place = place_of(sector, patient)
    if sum(patient.bleeding) > number("packing_bleeding_per_min"):
        patient.body.surgery = 1
    if place.role == 4:
        _leave(sector, patient)
    elif (
        patient.body.surgery
        and _waits_here(place, "table")
        and place.resources["surgeons"].capacity
    ):
        stand_in_line(sector, patient, place.table, patient.triage)
        watch_over(sector, patient)
        touch_here(sector, patient)
    elif _failing(patient) and _waits_here(place, "intensive"):
        stand_in_line(sector, patient, place.intensive, patient.triage)
        touch_here(sector, patient)
    else:
        _stay_or_go(sector, patient)


def touch_here(sector: Sector, patient: Patient) -> None:
    """Something may have become free where the patient is."""
    assert patient.place is not None
    sector.touch(patient.place)


def _leave(sector: Sector, patient: Patient) -> None:
    note(sector, patient, EventKind.EVACUATED)
    end(sector, patient, Outcome.EVACUATED)
    give_back(sector, patient)


def _hold_s(place: Place) -> int:
    bed = place.resources["bed"]
    if place.onward and bed.in_use > bed.capacity * number("hold_occupancy"):
        return int(min(place.hold_s, number("hold_when_full_s")))
    return place.hold_s


def _stay_or_go(sector: Sector, patient: Patient) -> None:
    body, place = patient.body, place_of(sector, patient)
    long = body.illness and body.recovery_s > number("light_illness_s")
    if (
        body.worst_ais <= 1
        and body.strain < number("strain_grave")
        and not long
        and not body.surgery
        and body.burn_pct < 5
    ):
        body.recovery_s = min(
            body.recovery_s, sector.now_s + int(number("light_duty_s")) - body.injured_at_s
        )
    fit_s = body.injured_at_s + body.recovery_s
    limit_s = patient.ready_at_s + _hold_s(place)
    stays = not body.surgery and fit_s <= limit_s
    if stays or not place.onward:
        note(sector, patient, EventKind.HELD)
        over_s = (
            max(fit_s, sector.now_s + int(number("stay_min_s")))
            if stays
            else max(limit_s, sector.now_s)
        )
        sector.for_patient(over_s, patient, _end_stay)
    else:
        request(sector, patient)


def _end_stay(sector: Sector, patient: Patient) -> None:
    body = patient.body
    if body.surgery or body.injured_at_s + body.recovery_s > sector.now_s:
        _leave(sector, patient)
        return
    note(sector, patient, EventKind.DISCHARGED)
    note(sector, patient, EventKind.RETURNED_TO_DUTY)
    end(sector, patient, Outcome.RETURNED_TO_DUTY)
    give_back(sector, patient)


def operate(sector: Sector, patient: Patient) -> None:
    """Begin an operation."""
    seize(sector, patient, "surgeons")
    note(sector, patient, EventKind.SURGERY_STARTED)
    for name in [
        "ketamine" if patient.body.volume < number("fluid_volume") else "propofol",
        "rocuronium",
        "intubation",
    ]:
        if name in ("ketamine", "propofol") or "intubation" not in patient.given:
            note_doses(sector, patient, name, sector.now_s)
    patient.doing, patient.doing_since_s = operation(patient, patient.last_role), sector.now_s
    purpose = chance.SURGERY + patient.last_role
    over_s = sector.now_s + lasting(
        patient.seeds, purpose, number("surgery_median_s"), number("surgery_spread")
    )
    sector.for_patient(over_s, patient, _close_wound)
    patient.bleeding = [rate * number("clamped_leak") for rate in patient.bleeding]
    reconsider(sector, patient)


def _close_wound(sector: Sector, patient: Patient) -> None:
    patient.given.add(patient.doing)
    note_treatment(sector, patient)
    patient.body.surgery = patient.body.operation = 0
    _replace_blood(sector, patient)
    patient.bleeding = [0.0, 0.0, 0.0]
    patient.body.collapse *= number("surgery_collapse_factor")
    patient.hazard[BODY] *= number("surgery_hazard_factor")
    note(sector, patient, EventKind.SURGERY_ENDED)
    release(sector, patient, "table")
    release(sector, patient, "surgeons")
    touch_here(sector, patient)
    watch(sector, patient)
    choose_course(sector, patient)
    reconsider(sector, patient)


def _replace_blood(sector: Sector, patient: Patient) -> None:
    by_depth = number("operative_units") * max(
        1.0 - patient.lowest - number("operative_loss_borne"), 0.0
    )
    stumps, patient.body.amputation = patient.body.amputation, 0
    usual = stumps * number("amputation_units") + (by_depth if patient.units else 0.0)
    if not usual:
        return
    needed = (
        lasting(patient.seeds, chance.LOSS + patient.last_role, usual, number("operative_spread"))
        - 1
    )
    shelf = place_of(sector, patient).resources["blood"]
    given = min(needed, shelf.capacity - shelf.in_use)
    shelf.in_use += given
    shelf.served += given
    patient.units += given
    if given:
        for product, doses in (
            ("red_cells", given),
            ("plasma", given),
            ("platelets", -(-given // 6)),
        ):
            note_doses(sector, patient, product, sector.now_s, doses=doses)
    missing = (needed - given) * number("blood_unit_volume") * number("operative_loss_unreplaced")
    patient.body.volume = max(patient.body.volume - missing, number("volume_floor"))
    patient.lowest = min(patient.lowest, patient.body.volume)
    if patient.units >= number("transfused_grave_units"):
        foresee(sector, patient, "transfused")


def intensify(sector: Sector, patient: Patient) -> None:
    """Begin intensive care."""
    note(sector, patient, EventKind.INTENSIVE_CARE_STARTED)
    patient.given.add("intensive_care")
    patient.doing, patient.doing_since_s = "intensive_care", sector.now_s
    ventilator = place_of(sector, patient).resources["ventilator"]
    if "intubation" in patient.given and ventilator.free:
        seize(sector, patient, "ventilator")
        patient.doing = "mechanical_ventilation"
    supported = "intubation" not in patient.given or "ventilator" in patient.holds
    purpose = chance.INTENSIVE + patient.last_role
    over_s = sector.now_s + lasting(
        patient.seeds, purpose, number("intensive_median_s"), number("intensive_spread")
    )
    sector.for_patient(over_s, patient, _wake_up)
    if supported:
        patient.hazard[BODY] *= number("intensive_hazard_factor")
    reconsider(sector, patient)


def _wake_up(sector: Sector, patient: Patient) -> None:
    note_treatment(sector, patient)
    note(sector, patient, EventKind.INTENSIVE_CARE_ENDED)
    release(sector, patient, "intensive")
    release(sector, patient, "ventilator")
    touch_here(sector, patient)
    _stay_or_go(sector, patient)
    reconsider(sector, patient)
