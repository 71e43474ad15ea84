"""Wards of the oracle: operating tables, intensive care, stays."""

from shared.records.vocabulary import EventKind, Outcome
from tests.simulation.oracle import chance
from tests.simulation.oracle.chance import lasting, number
from tests.simulation.oracle.complications import foresee
from tests.simulation.oracle.journeys import request
from tests.simulation.oracle.patient import BODY, Patient
from tests.simulation.oracle.remedies import LATER, OPERATIONS, operations
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
from tests.simulation.oracle.signs import gcs
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
    grave = body.burn_pct >= number("burn_fluid_pct") or body.volume < number("intensive_volume")
    grave = (
        grave
        or patient.units >= number("intensive_units")
        or body.stupor >= number("intensive_stupor")
    )
    grave = grave or bool(patient.given & {"intubation", "laparotomy", "thoracotomy", "craniotomy"})
    return "intensive_care" not in patient.given and (
        grave or body.strain > number("intensive_strain")
    )


def _operable(sector: Sector, patient: Patient) -> bool:
    place = place_of(sector, patient)
    staffed = place.resources["table"].capacity and place.resources["surgeons"].capacity
    return bool(staffed and operations(patient, place.role))


def _ask_for_bleeding(patient: Patient) -> None:
    """What bleeds after all treatment is operated."""
    limb, groin, trunk = patient.bleeding
    if limb + groin + trunk > number("packing_bleeding_per_min"):
        cavity = (
            "laparotomy" if patient.body.abdomen_ais >= patient.body.chest_ais else "thoracotomy"
        )
        name = "vascular_repair" if trunk < max(limb, groin) else cavity
        patient.body.needs |= 1 << OPERATIONS.index(name)


def choose_course(sector: Sector, patient: Patient) -> None:
    """After a contact: operation, intensive care, further evacuation or a stay."""
    place = place_of(sector, patient)
    patient.stage = "on a ward"
    _ask_for_bleeding(patient)
    patient.body.surgery = int(patient.body.needs != 0)
    if place.role == 4:
        _leave(sector, patient)
    elif _operable(sector, patient) and _waits_here(place, "table"):
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
        and body.burn_pct < number("light_burn_pct")
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
        _stay_until(sector, patient, over_s)
    else:
        request(sector, patient)


def _stay_until(sector: Sector, patient: Patient, over_s: int) -> None:
    stay = patient.stay = object()
    sector.for_patient(over_s, patient, _end_stay, lambda: patient.stay is stay)


def call_to_theatre(sector: Sector, patient: Patient) -> None:
    """From a ward, or while waiting for a journey."""
    lines = place_of(sector, patient).lines().values()
    waits = any(patient.queue is line for line in lines)
    if (
        waits
        or patient.doing
        or patient.bound_for is not None
        or patient.stage != "on a ward"
        or not _operable(sector, patient)
    ):
        return
    if patient.queue is not None:
        patient.queue.drop(patient)
    patient.stay = None
    choose_course(sector, patient)


def _well(patient: Patient) -> bool:
    body = patient.body
    calm = body.strain < number("strain_grave") and abs(body.fever) < number("fever_treated")
    clear = body.volume >= number("discharge_volume") and gcs(patient) >= number("discharge_gcs")
    return bool(calm and clear and not patient.tube)


def _end_stay(sector: Sector, patient: Patient) -> None:
    body, place, more_s = patient.body, place_of(sector, patient), int(number("stay_more_s"))
    healed = not body.surgery and body.injured_at_s + body.recovery_s <= sector.now_s
    if healed and not _well(patient):
        if sector.now_s + more_s <= patient.ready_at_s + place.hold_s:
            _stay_until(sector, patient, sector.now_s + more_s)
            return
        if place.onward:
            request(sector, patient)
            return
    if not healed or not _well(patient):
        _leave(sector, patient)
        return
    note(sector, patient, EventKind.DISCHARGED)
    if not body.civilian:
        note(sector, patient, EventKind.RETURNED_TO_DUTY)
    end(sector, patient, Outcome.RETURNED_TO_DUTY)
    give_back(sector, patient)


def operate(sector: Sector, patient: Patient) -> None:
    """Begin a session in theatre."""
    seize(sector, patient, "surgeons")
    _leave_off(patient)
    note(sector, patient, EventKind.SURGERY_STARTED)
    note_doses(
        sector,
        patient,
        "ketamine" if patient.body.volume < number("fluid_volume") else "propofol",
        sector.now_s,
    )
    if not patient.tube:
        note_doses(sector, patient, "rocuronium", sector.now_s)
        note_doses(sector, patient, "intubation", sector.now_s)
    patient.tube, patient.session = True, 0
    _cut(sector, patient)
    patient.bleeding = [rate * number("clamped_leak") for rate in patient.bleeding]
    reconsider(sector, patient)


def _leave_off(patient: Patient) -> None:
    """What was being done at the bedside."""
    if patient.doing:
        patient.step += 1
        patient.doing = ""


def _due(patient: Patient) -> list[str]:
    """What this session has still to do."""
    found = operations(patient, patient.last_role)
    if patient.session == 0:
        return found
    return (
        [name for name in found if name not in LATER]
        if patient.session < number("operations_max")
        else []
    )


def _cut(sector: Sector, patient: Patient) -> None:
    patient.doing, patient.doing_since_s = _due(patient)[0], sector.now_s
    purpose = chance.OPERATION + 64 * patient.last_role + OPERATIONS.index(patient.doing)
    usual = number("surgery_next_median_s" if patient.session else "surgery_median_s")
    over_s = sector.now_s + lasting(patient.seeds, purpose, usual, number("surgery_spread"))
    sector.for_patient(over_s, patient, _end_operation)


def _end_operation(sector: Sector, patient: Patient) -> None:
    body = patient.body
    patient.given.add(patient.doing)
    done = {patient.doing} | (
        {"external_fixation"} if patient.doing == "internal_fixation_femur" else set()
    )
    note_treatment(sector, patient)
    for name in done:
        body.needs &= ~(1 << OPERATIONS.index(name))
    body.surgery = int(body.needs != 0)
    patient.session += 1
    patient.bleeding = [0.0, 0.0, 0.0]
    body.collapse *= number("surgery_collapse_factor")
    removed = body.soiling * (1.0 - number("surgery_soiling_left"))
    body.soiling -= removed
    patient.hazard[BODY] = max(patient.hazard[BODY] - removed, 0.0)
    if _due(patient):
        _cut(sector, patient)
    else:
        _close(sector, patient)
        sector.on_recovery(sector, patient)
    reconsider(sector, patient)


def _close(sector: Sector, patient: Patient) -> None:
    _replace_blood(sector, patient)
    note(sector, patient, EventKind.SURGERY_ENDED)
    release(sector, patient, "table")
    release(sector, patient, "surgeons")
    touch_here(sector, patient)
    purpose = chance.WAKING + patient.last_role
    sleeps_s = lasting(patient.seeds, purpose, number("waking_median_s"), number("waking_spread"))
    patient.asleep_until_s = sector.now_s + sleeps_s
    patient.drowsy_until_s = patient.asleep_until_s + int(number("drowsy_s"))
    patient.watched_since_s = sector.now_s
    watch(sector, patient)


def _extubate(patient: Patient) -> None:
    safe = gcs(patient) >= number("intubation_gcs") and patient.body.burn_pct < number(
        "burn_grave_pct"
    )
    if safe and "cricothyroidotomy" not in patient.given:
        patient.tube = False


def wake(sector: Sector, patient: Patient) -> None:
    """The anaesthesia is over."""
    if not _failing(patient):
        _extubate(patient)
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
            (
                "platelets",
                int((given + number("units_a_platelets") - 1) // number("units_a_platelets")),
            ),
        ):
            note_doses(sector, patient, product, sector.now_s, doses=doses)
    missing = (needed - given) * number("blood_unit_volume") * number("operative_loss_unreplaced")
    patient.body.volume = max(patient.body.volume - missing, number("volume_floor"))
    patient.lowest = min(patient.lowest, patient.body.volume)
    if patient.units >= number("transfused_grave_units"):
        foresee(sector, patient, "transfused")


def intensify(sector: Sector, patient: Patient) -> None:
    """Begin intensive care."""
    _leave_off(patient)
    note(sector, patient, EventKind.INTENSIVE_CARE_STARTED)
    patient.given.add("intensive_care")
    patient.doing, patient.doing_since_s = "intensive_care", sector.now_s
    ventilator = place_of(sector, patient).resources["ventilator"]
    if patient.tube and ventilator.free:
        seize(sector, patient, "ventilator")
        patient.doing = "mechanical_ventilation"
    supported = not patient.tube or "ventilator" in patient.holds
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
    _extubate(patient)
    patient.watched_since_s = sector.now_s
    watch(sector, patient)
    note(sector, patient, EventKind.INTENSIVE_CARE_ENDED)
    release(sector, patient, "intensive")
    release(sector, patient, "ventilator")
    touch_here(sector, patient)
    choose_course(sector, patient)
    reconsider(sector, patient)
