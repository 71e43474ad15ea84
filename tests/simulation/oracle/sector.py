"""The oracle's sector: its clock is a heap of calls, its logs are lists of tuples by casualty."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion, EventKind, Outcome
from shared.scenarios import Scenario
from tests.simulation.oracle.chance import number
from tests.simulation.oracle.patient import (
    BLED_OUT,
    LUNGS_DOWN,
    NO_AIR,
    Patient,
    admit,
    look_ahead,
    pass_time,
)
from tests.simulation.oracle.remedies import ANTIBIOTICS, KIND, MEDIC
from tests.simulation.oracle.signs import Signs, measure
from tests.simulation.oracle.system import DAY_S, Line, Place, Pool, places_of, pools_of

CONTACT, CLOCK, TRANSIT = 1, 2, 3
BLACK = 5
RESUSCITATION = "cardiopulmonary_resuscitation"


Happening = Callable[["Sector", Patient], None]


@dataclass
class Sector:
    """Everything that the happenings read and change."""

    scenario: Scenario
    patients: list[Patient]
    places: list[Place]
    pools: list[Pool]
    now_s: int = 0
    heap: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    entered: int = 0
    touched: list[int] = field(default_factory=list)
    events: list[list[tuple[int, ...]]] = field(default_factory=list)
    signs: list[list[Signs]] = field(default_factory=list)
    treatments: list[list[tuple[float, ...]]] = field(default_factory=list)
    census: list[tuple[int, int, int]] = field(default_factory=list)
    on_departure: "Happening" = lambda *_: None
    on_arrival: "Happening" = lambda *_: None
    on_look: "Happening" = lambda *_: None  # at somebody who waits
    on_recovery: "Happening" = lambda *_: None
    on_call: "Happening" = lambda *_: None  # to theatre

    def at(self, at_s: int, call: Callable[[], None]) -> None:
        """Enter a call; equal seconds keep the order of entry."""
        heapq.heappush(self.heap, (int(at_s), self.entered, call))
        self.entered += 1

    def for_patient(
        self,
        at_s: int,
        patient: Patient,
        call: "Happening",
        holds: Callable[[], bool] = lambda: True,
    ) -> None:
        """Enter what happens to a patient, unless their story is over by then or the entry no
        longer holds.
        """

        def happen() -> None:
            if not patient.outcome and holds():
                live_on(self, patient, TRANSIT if patient.place is None else CLOCK)
                call(self, patient)

        self.at(at_s, happen)

    def touch(self, place: int) -> None:
        if place not in self.touched:
            self.touched.append(place)


def open_sector(scenario: Scenario, rows: Array) -> Sector:
    """A sector before its first second."""
    patients = [admit(index, row) for index, row in enumerate(rows)]
    logs: list[list[Any]] = [[[] for _ in patients] for _ in range(3)]
    return Sector(
        scenario,
        patients,
        places_of(scenario),
        pools_of(scenario),
        events=logs[0],
        signs=logs[1],
        treatments=logs[2],
    )


def where(sector: Sector, patient: Patient) -> tuple[int, int]:
    """Role and facility for the log."""
    if patient.place is None:
        return patient.last_role, -1
    return sector.places[patient.place].role, sector.places[patient.place].facility


def note(sector: Sector, patient: Patient, kind: EventKind, detail: int = 0) -> None:
    """Write an event."""
    sector.events[patient.index].append(
        (sector.now_s, int(kind), *where(sector, patient), patient.vehicle, detail)
    )


def note_treatment(sector: Sector, patient: Patient) -> None:
    """Write the treatment under way as ended, and end it."""
    note_doses(sector, patient, patient.doing, patient.doing_since_s)
    patient.doing = ""


def note_doses(sector: Sector, patient: Patient, name: str, since_s: int, doses: float = 1) -> None:
    """Write a treatment that ends now."""
    role, facility = where(sector, patient)
    kind = KIND[name]
    places = {"": 0, "wound": patient.body.wound_region}
    region = places[kind.region] if kind.region in places else BodyRegion[kind.region.upper()]
    patient.free_since_s = sector.now_s
    if name in ANTIBIOTICS:
        patient.antibiotic_at_s = since_s
    sector.treatments[patient.index].append(
        (
            since_s,
            sector.now_s,
            kind.id,
            role,
            facility,
            region,
            kind.dose * doses * patient.body.size,
        )
    )


def _pause_s(patient: Patient) -> int:
    since_s = patient.clock_s - patient.watched_since_s
    for pace in ("close", "hourly"):
        if since_s < number(f"vitals_{pace}_for_s"):
            return int(number(f"vitals_{pace}_s"))
    return int(number("vitals_daily_s"))


def _look(sector: Sector, patient: Patient, context: int) -> Signs:
    facility = -1 if patient.place is None else sector.places[patient.place].facility
    signs = measure(patient, context, facility)
    sector.signs[patient.index].append(signs)
    return signs


def live_on(sector: Sector, patient: Patient, context: int) -> None:
    """Let a patient live to the present, with a look whenever one is due."""
    while patient.look_at_s < sector.now_s:
        due_s = int(patient.look_at_s)
        pass_time(patient, due_s)
        _look(sector, patient, context)
        patient.look_at_s = due_s + _pause_s(patient)
    pass_time(patient, sector.now_s)


def watch(sector: Sector, patient: Patient) -> Signs:
    """Look at a patient at a contact; the next look is due after a pause."""
    patient.look_at_s = patient.clock_s + _pause_s(patient)
    return _look(sector, patient, CONTACT)


def reconsider(sector: Sector, patient: Patient) -> None:
    """Forecast anew; an announced death that has moved is void."""
    if not patient.alive or patient.doing == RESUSCITATION:
        return
    if patient.body.volume < 1.0 - number("class_2_loss"):
        patient.complications.setdefault("haemorrhagic_shock", patient.clock_s)
    before = patient.forecast and patient.forecast[0], patient.moves_at_s
    look_ahead(patient)
    dies_at_s = patient.forecast and patient.forecast[0]
    if before == (dies_at_s, patient.moves_at_s):
        return
    token = patient.token = object()
    if patient.moves_at_s and (dies_at_s is None or patient.moves_at_s < dies_at_s):
        sector.for_patient(patient.moves_at_s, patient, reconsider, lambda: patient.token is token)
    elif dies_at_s:
        sector.for_patient(dies_at_s, patient, collapse, lambda: patient.token is token)


def release(sector: Sector, patient: Patient, kind: str) -> bool:
    """Give a held unit back; False if none is held."""
    if kind not in patient.holds:
        return False
    assert patient.place is not None
    sector.places[patient.place].resources[kind].use(-1, sector.now_s)
    patient.holds.remove(kind)
    return True


def seize(sector: Sector, patient: Patient, kind: str) -> None:
    """Take a free unit."""
    assert patient.place is not None
    resource = sector.places[patient.place].resources[kind]
    resource.use(1, sector.now_s)
    resource.served += 1
    patient.holds.add(kind)


def give_back(sector: Sector, patient: Patient) -> None:
    """Release everything here, and the bed kept elsewhere."""
    if patient.place is not None:
        for kind in list(patient.holds):
            release(sector, patient, kind)
        sector.touch(patient.place)
    if patient.bound_for is not None:
        sector.places[patient.bound_for].resources["bed"].use(-1, sector.now_s)
        sector.touch(patient.bound_for)
        patient.bound_for = None


def stand_in_line(sector: Sector, patient: Patient, line: Line, category: int) -> None:
    """Join a line, and keep the record of its length."""
    line.join(patient, category, sector.now_s)
    for place in sector.places:
        for kind, other in place.lines().items():
            if other is line:
                place.resources[kind].longest_line = max(
                    place.resources[kind].longest_line, len(line)
                )


def end(sector: Sector, patient: Patient, outcome: Outcome) -> None:
    """Close a story."""
    patient.outcome, patient.ended_at_s = int(outcome), sector.now_s
    if patient.place is not None and patient.admitted:
        sector.places[patient.place].present -= 1


def collapse(sector: Sector, patient: Patient) -> None:
    """The forecast death: at once, or at the door of the facility for whom the crew can still bring
    there, from the field too.
    """
    assert patient.forecast
    revocable = patient.forecast[1] in (BLED_OUT, NO_AIR, LUNGS_DOWN)
    fetched = patient.bound_for is not None
    if patient.place is None:
        in_time = patient.door_at_s <= sector.now_s + number("resuscitation_on_way_s")
    else:
        in_time = not patient.admitted and patient.leaves_at_s <= sector.now_s + number(
            "resuscitation_in_field_s"
        )
    if not (revocable and fetched and in_time):
        die(sector, patient)
        return
    if patient.doing:
        note_treatment(sector, patient)
    patient.step += 1
    patient.doing, patient.doing_since_s = RESUSCITATION, sector.now_s
    patient.complications["traumatic_cardiac_arrest"] = sector.now_s
    patient.look_at_s = float("inf")


def die(sector: Sector, patient: Patient, cause: int | None = None) -> None:
    """End a life, of its forecast cause unless told another."""
    battle = Outcome.DOW if patient.admitted else Outcome.KIA
    if patient.doing:
        note_treatment(sector, patient)
    elif (
        patient.free_since_s < sector.now_s
        and cause is None
        and patient.level >= MEDIC
        and patient.forecast
        and patient.forecast[1] in (BLED_OUT, NO_AIR, LUNGS_DOWN)
    ):
        since_s = max(sector.now_s - int(number("resuscitation_s")), patient.free_since_s)
        patient.complications["traumatic_cardiac_arrest"] = since_s
        note_doses(sector, patient, RESUSCITATION, since_s)
    known = patient.forecast[1] if patient.forecast else 0
    note(sector, patient, EventKind.DIED, known if cause is None else cause)
    patient.alive = False
    patient.first_triage = patient.first_triage or BLACK
    if patient.queue is not None:
        patient.queue.drop(patient)
    end(sector, patient, battle if patient.body.category == 1 else Outcome.DIED_NON_BATTLE)
    give_back(sector, patient)


def second_of_day(sector: Sector) -> int:
    start = sector.scenario.starts_at
    return (start.hour * 3600 + start.minute * 60 + start.second + sector.now_s) % DAY_S


def horizon_s(scenario: Scenario) -> int:
    """Last second of the observation."""
    days = scenario.evacuation.policy_days
    return int((scenario.days + max(days.role_1, days.role_2, days.role_3) + 3) * DAY_S)
