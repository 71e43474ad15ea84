"""Journeys of the oracle: who is fetched next, by which vehicle, to which bed."""

from shared.records.vocabulary import EventKind
from tests.simulation.oracle.chance import CREW, number, ticket
from tests.simulation.oracle.patient import Patient
from tests.simulation.oracle.sector import Sector, give_back, note, second_of_day
from tests.simulation.oracle.system import DAY_S, Pool
from tests.simulation.oracle.waiting import watch_over

URGENT, URGENT_SURGICAL, PRIORITY, ROUTINE = 1, 2, 3, 4
DAWN_S, DUSK_S = 6 * 3600, 20 * 3600


def _precedence(sector: Sector, patient: Patient) -> int:
    if patient.triage == 1:
        nato = sector.scenario.evacuation.precedence == "nato"
        return URGENT_SURGICAL if patient.body.surgery and not nato else URGENT
    return PRIORITY if patient.triage == 2 else ROUTINE


def _leads_to(sector: Sector, place: int, role: int) -> bool:
    return any(sector.places[target].role >= role for target, _ in sector.places[place].onward)


def _wanted_role(sector: Sector, patient: Patient) -> int:
    place = patient.place
    assert place is not None
    role = sector.places[place].role
    if role == 0:
        urgent = patient.triage == 1 or (patient.triage == 2 and patient.body.surgery)
        return 2 if urgent and _leads_to(sector, place, 2) else 1
    return role + 1 if _leads_to(sector, place, role + 1) else role


def request(sector: Sector, patient: Patient) -> None:
    """Ask for a vehicle to the role needed next."""
    precedence = _precedence(sector, patient)
    patient.precedence = patient.precedence or precedence
    note(sector, patient, EventKind.EVACUATION_REQUESTED, precedence)
    assert patient.place is not None
    place = sector.places[patient.place]
    place.journeys[_wanted_role(sector, patient)].join(patient, patient.triage, sector.now_s)
    watch_over(sector, patient)
    sector.touch(patient.place)
    for pool in sector.pools:
        pool.fleet.longest_line = max(pool.fleet.longest_line, waiting_for(sector, pool))
    if patient.triage >= 3 and place.role > 0:
        origin = patient.place
        hold_s = int(sector.scenario.evacuation.hold_hours_max * 3600)
        sector.at(sector.now_s + hold_s, lambda: send_on(sector, origin))


def waiting_for(sector: Sector, pool: Pool) -> int:
    """How many wait where the pool may fetch them."""
    origins = [place for place in sector.places if place.role >= pool.legs[0]]
    return sum(
        len(line)
        for place in origins
        for role, line in place.journeys.items()
        if role <= pool.legs[1]
    )


def _destination(sector: Sector, origin: int, role: int, category: int) -> tuple[int, float] | None:
    free = [
        way for way in sector.places[origin].onward if sector.places[way[0]].resources["bed"].free
    ]
    fitting = [way for way in free if sector.places[way[0]].role >= role]
    if fitting:
        return fitting[0]
    return free[0] if free and category == 1 else None


def _flies_too_short(pool: Pool, km: float) -> bool:
    return pool.kind in ("rotary", "fixed_wing") and km < number(f"flight_{pool.kind}_km")


def _vehicle(sector: Sector, origin: int, way: tuple[int, float], category: int) -> Pool | None:
    target, km = way
    here, there = sector.places[origin].role, sector.places[target].role
    night = not DAWN_S <= second_of_day(sector) < DUSK_S
    serving = [pool for pool in sector.pools if pool.legs[0] <= here and there <= pool.legs[1]]
    if any(pool.kind not in ("rotary", "fixed_wing") for pool in serving):
        usable = [pool for pool in serving if not _flies_too_short(pool, km)]
    else:
        usable = serving
    ready = [pool for pool in usable if pool.fleet.free and (pool.at_night or not night)]
    if not ready:
        return None
    if category < 3:
        return ready[0]
    slowest = ready[-1]
    spared = slowest.kind == "rotary" and any(pool.kind != "rotary" for pool in serving)
    return None if spared else slowest


def _holds_back(
    sector: Sector, origin: int, waiting: int, category: int, pool: Pool, patient: Patient
) -> bool:
    if sector.places[origin].role == 0 or category < 3:
        return False
    hold_s = int(sector.scenario.evacuation.hold_hours_max * 3600)
    return waiting < pool.seats and sector.now_s - patient.queued_at_s < hold_s


def _dispatch(sector: Sector, origin: int, role: int) -> None:
    line = sector.places[origin].journeys[role]
    while head := line.head():
        category, patient = head
        way = _destination(sector, origin, role, category)
        pool = _vehicle(sector, origin, way, category) if way else None
        if (
            way is None
            or pool is None
            or _holds_back(sector, origin, len(line), category, pool, patient)
        ):
            return
        _send(sector, origin, role, pool, way)


def _send(sector: Sector, origin: int, role: int, pool: Pool, way: tuple[int, float]) -> None:
    now_s, target = sector.now_s, way[0]
    drive_s = int(way[1] / pool.km_s)
    departs_s = now_s + pool.ready_s + drive_s + int(number("loading_s"))
    arrives_s = departs_s + drive_s + 1
    preferred = next(
        (place for place, _ in sector.places[origin].onward if sector.places[place].role >= role),
        None,
    )
    line, bed = sector.places[origin].journeys[role], sector.places[target].resources["bed"]
    for _ in range(pool.seats):
        head = line.head()
        if head is None or not bed.free:
            break
        patient = head[1]
        if target != preferred:
            note(sector, patient, EventKind.DIVERTED)
        _board(sector, patient, pool, target, departs_s)
        patient.leaves_at_s, patient.door_at_s = departs_s, arrives_s
        sector.for_patient(arrives_s, patient, sector.on_arrival)
    pool.fleet.use(1, now_s)
    sector.at(arrives_s + int(number("unloading_s")), lambda: _come_back(sector, pool))


def _board(sector: Sector, patient: Patient, pool: Pool, target: int, departs_s: int) -> None:
    pool.fleet.served += 1
    pool.fleet.waited(departs_s - patient.queued_at_s)
    patient.queue.drop(patient)
    bed = sector.places[target].resources["bed"]
    bed.use(1, sector.now_s)
    bed.served += 1
    patient.bound_for, patient.coming = target, pool.position
    sector.for_patient(departs_s, patient, sector.on_departure)


def _come_back(sector: Sector, pool: Pool) -> None:
    pool.fleet.use(-1, sector.now_s)
    send_everybody(sector)


def send_from(sector: Sector, place: int) -> None:
    """Vehicles for whoever waits here."""
    for role in range(1, 5):
        _dispatch(sector, place, role)


def send_on(sector: Sector, place: int) -> None:
    """Vehicles for whoever waits here, and to the free beds here."""
    send_from(sector, place)
    if sector.places[place].resources["bed"].free:
        for origin in sector.places[place].feeders:
            send_from(sector, origin)


def send_everybody(sector: Sector) -> None:
    """Vehicles for whoever waits anywhere, the gravest first."""
    for category in range(1, 5):
        for origin, place in enumerate(sector.places):
            for role in range(1, 5):
                if any(entry[0] == category for entry in place.journeys[role].waiting):
                    _dispatch(sector, origin, role)


def at_dawn(sector: Sector) -> None:
    """Pools that rest at night move again."""
    send_everybody(sector)
    sector.at(sector.now_s + DAY_S, lambda: at_dawn(sector))


def leave_place(sector: Sector, patient: Patient) -> None:
    """The vehicle departs."""
    assert patient.place is not None
    target, patient.bound_for, patient.vehicle = patient.bound_for, None, patient.coming
    note(sector, patient, EventKind.DEPARTED)
    if patient.admitted:
        sector.places[patient.place].present -= 1
    give_back(sector, patient)
    patient.bound_for, patient.place = target, None
    carries = int(sector.scenario.point_of_injury.forward_blood_share * 65536)
    patient.crew_units = (
        int(number("crew_blood_units"))
        if ticket(patient.seeds, CREW + patient.last_role) < carries
        else 0
    )


def reach_place(sector: Sector, patient: Patient) -> None:
    """The vehicle arrives."""
    assert patient.bound_for is not None
    patient.place, patient.bound_for = patient.bound_for, None
    place = sector.places[patient.place]
    patient.holds, patient.ready_at_s = {"bed"}, sector.now_s
    patient.watched_since_s = sector.now_s
    patient.last_role, patient.last_facility = place.role, place.facility
    patient.first_role = patient.first_role or place.role
    patient.admitted = True
    place.present += 1
    note(sector, patient, EventKind.ARRIVED)
    patient.vehicle = -1


def reach_lifeless(sector: Sector, patient: Patient) -> None:
    """The vehicle brings somebody whose heart stopped before it left: nobody is admitted."""
    patient.place = patient.bound_for
    note(sector, patient, EventKind.ARRIVED)
    patient.vehicle = -1
