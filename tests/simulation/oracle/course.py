"""The oracle's event loop: from the wound through contacts, wards and journeys to the end."""

import heapq

from shared.records.columns import Array
from shared.records.vocabulary import EventKind, Outcome
from shared.scenarios import Scenario
from tests.simulation.oracle import chance
from tests.simulation.oracle.chance import lasting, number, ticket
from tests.simulation.oracle.complications import foresee_from_wounds
from tests.simulation.oracle.journeys import (
    at_dawn,
    leave_place,
    reach_lifeless,
    reach_place,
    request,
    send_on,
)
from tests.simulation.oracle.patient import Patient, revive
from tests.simulation.oracle.remedies import (
    AFRESH,
    AID_POST,
    BLOOD,
    BYSTANDER,
    COMRADE,
    HOSPITAL,
    MEDIC,
    NUMBER,
    SURGEON,
    median_s,
    next_remedy,
    take_effect,
)
from tests.simulation.oracle.sector import (
    CLOCK,
    RESUSCITATION,
    Sector,
    die,
    end,
    horizon_s,
    live_on,
    note,
    note_doses,
    note_treatment,
    open_sector,
    reconsider,
    release,
    second_of_day,
    seize,
    stand_in_line,
    watch,
)
from tests.simulation.oracle.signs import revised_trauma_score, triage
from tests.simulation.oracle.system import DAY_S, Place
from tests.simulation.oracle.wards import (
    call_to_theatre,
    choose_course,
    intensify,
    operate,
    place_of,
    wake,
)

IMMEDIATE = 1
SAMPLES, SAMPLE_MIN_S = 64, 3600


def _wound(sector: Sector, patient: Patient) -> None:
    note(sector, patient, EventKind.INJURED)
    if patient.body.immediate:
        die(sector, patient, IMMEDIATE)
        return
    reconsider(sector, patient)
    median = number("found_disease_median_s" if patient.body.category == 3 else "found_median_s")
    found_s = sector.now_s + lasting(patient.seeds, chance.FINDING, median, number("found_spread"))
    sector.for_patient(found_s, patient, _find)


def _find(sector: Sector, patient: Patient) -> None:
    note(sector, patient, EventKind.FOUND)
    care = sector.scenario.point_of_injury
    patient.ready_at_s = sector.now_s + lasting(
        patient.seeds, chance.MEDIC, number("medic_median_s"), number("medic_spread")
    )
    patient.own_tourniquet = ticket(patient.seeds, chance.TOURNIQUET) < int(
        care.tourniquet_share * 65536
    )
    trained = ticket(patient.seeds, chance.TRAINED) < int(care.buddy_aid_share * 65536)
    _begin_contact(sector, patient, "alongside", COMRADE if trained else BYSTANDER)


def _meet_medic(sector: Sector, patient: Patient) -> None:
    if place_of(sector, patient).resources["team"].capacity:
        _want_team(sector, patient)
    else:
        watch(sector, patient)
        patient.triage = 2
        request(sector, patient)


def _want_team(sector: Sector, patient: Patient) -> None:
    stand_in_line(sector, patient, place_of(sector, patient).team, patient.triage or 2)
    assert patient.place is not None
    hand_out(sector, patient.place)


def _break_off(sector: Sector, patient: Patient) -> None:
    patient.step += 1
    spent_s = sector.now_s - patient.doing_since_s
    if patient.doing == RESUSCITATION or (
        patient.doing and spent_s >= number("broken_off_share") * median_s(patient.doing)
    ):
        note_treatment(sector, patient)
    patient.doing = ""


def _treat_again(sector: Sector, patient: Patient) -> None:
    if patient.queue is None or patient.doing or patient.vehicle >= 0:
        return
    place = place_of(sector, patient)
    if place.role or place.resources["team"].capacity:
        patient.stage, patient.level = "at the bedside", _level(place) if place.role else MEDIC
        _go_on(sector, patient)


def _recover(sector: Sector, patient: Patient) -> None:
    patient.stage, patient.level = "in recovery", _level(place_of(sector, patient))
    patient.free_since_s = sector.now_s
    _go_on(sector, patient)


def _level(place: Place) -> int:
    return {1: AID_POST, 2: SURGEON}.get(place.role, HOSPITAL)


def _depart(sector: Sector, patient: Patient) -> None:
    if patient.doing == RESUSCITATION:
        leave_place(sector, patient)
        return
    _break_off(sector, patient)
    leave_place(sector, patient)
    reconsider(sector, patient)
    _begin_contact(sector, patient, "on the way", MEDIC)


def _give_up(sector: Sector, patient: Patient, *, in_field: bool) -> None:
    assert patient.forecast
    _break_off(sector, patient)
    if in_field:
        reach_lifeless(sector, patient)
    else:
        reach_place(sector, patient)
    die(sector, patient, patient.forecast[1])


def _arrive(sector: Sector, patient: Patient) -> None:
    if patient.doing == RESUSCITATION:
        in_field = patient.doing_since_s <= patient.leaves_at_s
        if in_field or chance.share(patient.seeds, chance.CIRCULATION) >= number(
            "circulation_restored_share"
        ):
            _give_up(sector, patient, in_field=in_field)
            return
        _break_off(sector, patient)
        revive(patient)
        reconsider(sector, patient)
    _break_off(sector, patient)
    reach_place(sector, patient)
    _want_team(sector, patient)


def _begin_contact(sector: Sector, patient: Patient, stage: str, level: int) -> None:
    patient.stage, patient.level, patient.free_since_s = stage, level, sector.now_s
    if stage in ("with medic", "in facility") and not patient.interrupted:
        signs = watch(sector, patient)
        patient.triage = triage(
            patient, signs, chance.share(patient.seeds, chance.TRIAGE + patient.last_role)
        )
        if not patient.first_triage:
            patient.first_triage, patient.rts_e4 = patient.triage, revised_trauma_score(signs)
        note(sector, patient, EventKind.TRIAGED, patient.triage)
    if stage == "in facility" and not patient.interrupted:
        foresee_from_wounds(sector, patient)
        patient.given -= AFRESH
        note(sector, patient, EventKind.ADMITTED)
    if stage == "with medic":
        request(sector, patient)
    patient.interrupted = False
    _go_on(sector, patient)


def _go_on(sector: Sector, patient: Patient) -> None:
    shelf = None if patient.place is None else place_of(sector, patient).resources["blood"]
    units = patient.crew_units + (shelf is not None and shelf.free)
    name = next_remedy(patient, units)
    if not name:
        _end_contact(sector, patient)
        return
    if name in BLOOD:
        if patient.crew_units:
            patient.crew_units -= 1
        else:
            assert shelf is not None
            shelf.in_use += 1
            shelf.served += 1
    patient.doing, patient.doing_since_s = name, sector.now_s
    patient.step += 1
    step, purpose = (
        patient.step,
        chance.DURATION + NUMBER[name] + chance.TREATMENTS * patient.last_role,
    )
    over_s = sector.now_s + lasting(
        patient.seeds, purpose, median_s(name), number("treatment_spread")
    )
    sector.for_patient(over_s, patient, _finish, lambda: patient.step == step)


def _finish(sector: Sector, patient: Patient) -> None:
    name = patient.doing
    note_treatment(sector, patient)
    body = patient.body
    if (
        name == "crystalloid"
        and patient.level >= AID_POST
        and body.burn_pct >= number("burn_fluid_pct")
    ):
        bags = number("burn_bags_per_pct") * body.burn_pct - 1.0
        if bags > 0:
            note_doses(sector, patient, name, sector.now_s, bags)
    purpose = chance.SUCCESS + NUMBER[name] + chance.TREATMENTS * patient.last_role
    take_effect(patient, name, chance.share(patient.seeds, purpose))
    reconsider(sector, patient)
    _go_on(sector, patient)


def _end_contact(sector: Sector, patient: Patient) -> None:
    if patient.stage == "alongside":
        sector.for_patient(max(sector.now_s, patient.ready_at_s), patient, _meet_medic)
    elif patient.stage == "in recovery":
        sector.for_patient(max(sector.now_s, patient.drowsy_until_s), patient, wake)
    elif patient.stage == "at the bedside":
        patient.stage = "on a ward"
    elif patient.stage == "with medic" and release(sector, patient, "team"):
        assert patient.place is not None
        sector.touch(patient.place)
    elif patient.stage == "in facility":
        patient.queue.drop(patient)
        release(sector, patient, "team")
        assert patient.place is not None
        sector.touch(patient.place)
        choose_course(sector, patient)


def hand_out(sector: Sector, index: int) -> None:
    """What is free goes to who waits: teams, tables with surgeons, intensive care, journeys."""
    place = sector.places[index]
    resources = place.resources
    while _free_a_team(sector, place) and place.team.waiting and resources["team"].free:
        patient = _serve(sector, index, "team")
        if place.role > 0:
            place.treated.join(patient, patient.triage, sector.now_s)
        reconsider(sector, patient)
        if place.role == 0:
            _begin_contact(sector, patient, "with medic", MEDIC)
        else:
            _begin_contact(sector, patient, "in facility", _level(place))
    while place.table.waiting and resources["table"].free and resources["surgeons"].free:
        operate(sector, _serve(sector, index, "table"))
    while place.intensive.waiting and resources["intensive"].free:
        intensify(sector, _serve(sector, index, "intensive"))
    send_on(sector, index)


def _free_a_team(sector: Sector, place: Place) -> bool:
    """The team of the lightest patient, if a T3, turns to a T1 who waits."""
    lightest = [patient for category, patient in place.treated.waiting if category == 3]
    if (
        lightest
        and not place.resources["team"].free
        and any(category == 1 for category, _ in place.team.waiting)
    ):
        patient = lightest[-1]
        live_on(sector, patient, CLOCK)
        _break_off(sector, patient)
        place.treated.drop(patient)
        release(sector, patient, "team")
        patient.interrupted = True
        stand_in_line(sector, patient, place.team, 3)
    return True


def _serve(sector: Sector, index: int, kind: str) -> Patient:
    line, resource = sector.places[index].lines()[kind], sector.places[index].resources[kind]
    head = line.head()
    assert head is not None
    patient = head[1]
    resource.waited(sector.now_s - patient.queued_at_s)
    live_on(sector, patient, CLOCK)
    line.drop(patient)
    seize(sector, patient, kind)
    return patient


def _sample(sector: Sector, every_s: int) -> None:
    for place in sector.places:
        if place.role:
            sector.census.append((sector.now_s, place.facility, place.present))
    sector.at(sector.now_s + every_s, lambda: _sample(sector, every_s))


def _restock(sector: Sector) -> None:
    for place in sector.places:
        place.resources["blood"].in_use = 0
    sector.at(sector.now_s + DAY_S, lambda: _restock(sector))


def run(scenario: Scenario, rows: Array) -> Sector:
    """Run casualties, given by their state at the moment of wounding, to the end of the
    observation.
    """
    sector = open_sector(scenario, rows)
    sector.on_departure, sector.on_arrival = _depart, _arrive
    sector.on_look, sector.on_call, sector.on_recovery = _treat_again, call_to_theatre, _recover
    last_s = horizon_s(scenario)
    every_s = max(last_s // SAMPLES, SAMPLE_MIN_S)
    for patient in sector.patients:
        sector.for_patient(patient.body.injured_at_s, patient, _wound)
    sector.at((6 * 3600 - second_of_day(sector)) % DAY_S, lambda: at_dawn(sector))
    sector.at(every_s, lambda: _sample(sector, every_s))
    sector.at(DAY_S, lambda: _restock(sector))
    while sector.heap and sector.heap[0][0] <= last_s:
        sector.now_s, _, call = heapq.heappop(sector.heap)
        call()
        while sector.touched:
            hand_out(sector, sector.touched.pop())
    sector.now_s = last_s
    for patient in sector.patients:
        if not patient.outcome:
            end(sector, patient, Outcome.IN_CARE)
    return sector
