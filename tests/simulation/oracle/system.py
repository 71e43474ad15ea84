"""The medical system of a scenario for the oracle: places, pools of vehicles, counted resources and
the lines before them.
"""

from dataclasses import dataclass, field

from shared.scenarios import Scenario
from shared.scenarios.medical_system import Transport
from shared.simulation.geography import distance_km
from tests.simulation.oracle.chance import number
from tests.simulation.oracle.patient import Patient

DAY_S = 86_400
RESOURCE_FIELDS = {
    "bed": "beds",
    "table": "operating_tables",
    "intensive": "intensive_care_beds",
    "ventilator": "ventilators",
    "team": "treatment_teams",
    "surgeons": "surgical_teams",
    "blood": "blood_units",
}


@dataclass
class Resource:
    """Counted units, and the record of their use."""

    capacity: int
    in_use: int = 0
    served: int = 0
    waited_s: int = 0
    longest_wait_s: int = 0
    longest_line: int = 0
    busy_s: int = 0
    changed_at_s: int = 0

    @property
    def free(self) -> bool:
        return self.in_use < self.capacity

    def use(self, units: int, now_s: int) -> None:
        """Take (or with a negative number give back) units."""
        self.busy_s += self.in_use * (now_s - self.changed_at_s)
        self.changed_at_s = now_s
        self.in_use += units

    def waited(self, seconds: int) -> None:
        self.waited_s += seconds
        self.longest_wait_s = max(self.longest_wait_s, seconds)


@dataclass
class Line:
    """Those who wait, each with the class they joined in; order of joining within a class."""

    waiting: list[tuple[int, Patient]] = field(default_factory=list)

    def join(self, patient: Patient, category: int, now_s: int) -> None:
        self.waiting.append((category, patient))
        patient.queue, patient.queued_at_s = self, now_s

    def drop(self, patient: Patient) -> None:
        self.waiting = [entry for entry in self.waiting if entry[1] is not patient]
        patient.queue = None

    def head(self) -> tuple[int, Patient] | None:
        return min(self.waiting, key=lambda entry: entry[0], default=None)

    def category_of(self, patient: Patient) -> int:
        return next(category for category, other in self.waiting if other is patient)

    def __len__(self) -> int:
        return len(self.waiting)


@dataclass
class Place:
    """A front (role 0) or a facility."""

    role: int
    facility: int
    resources: dict[str, Resource]
    hold_s: int = 0
    # place and kilometres, preferred first
    onward: list[tuple[int, float]] = field(default_factory=list)
    feeders: list[int] = field(default_factory=list)
    present: int = 0
    team: Line = field(default_factory=Line)
    table: Line = field(default_factory=Line)
    intensive: Line = field(default_factory=Line)
    treated: Line = field(default_factory=Line)  # those whom the teams of a facility treat
    # by wanted role
    journeys: dict[int, Line] = field(
        default_factory=lambda: {role: Line() for role in range(1, 5)}
    )

    def lines(self) -> dict[str, Line]:
        return {"team": self.team, "table": self.table, "intensive": self.intensive}


@dataclass
class Pool:
    """Like vehicles."""

    kind: str
    position: int  # in the scenario
    seats: int
    km_s: float
    legs: tuple[int, int]
    at_night: bool
    ready_s: int
    fleet: Resource


def _carries(scenario: Scenario, origin: int, target: int) -> bool:
    return any(pool.from_role <= origin and target <= pool.to_role for pool in scenario.transport)


def _fronts(scenario: Scenario) -> list[Place]:
    places = []
    for front in scenario.fronts:
        at_risk = sum(
            unit.population_at_risk for unit in scenario.units if unit.front == front.name
        )
        resources = {name: Resource(0) for name in RESOURCE_FIELDS}
        resources["team"] = Resource(
            int(at_risk * scenario.point_of_injury.medics_per_100 / 100 + 0.5)
        )
        places.append(Place(0, -1, resources))
    return places


def places_of(scenario: Scenario) -> list[Place]:
    """Fronts, then facilities, joined by the ways between them."""
    places = _fronts(scenario)
    days = {
        0: 0.0,
        **{role: getattr(scenario.evacuation.policy_days, f"role_{role}") for role in (1, 2, 3)},
        4: 0.0,
    }
    for index, facility in enumerate(scenario.facilities):
        resources = {
            name: Resource(getattr(facility, field_)) for name, field_ in RESOURCE_FIELDS.items()
        }
        places.append(Place(facility.role, index, resources, int(days[facility.role] * DAY_S)))
    points = [
        (row.latitude_deg, row.longitude_deg) for row in (*scenario.fronts, *scenario.facilities)
    ]
    for origin, place in enumerate(places):
        place.onward = [
            (target, distance_km(points[origin], points[target]))
            for target in _targets(scenario, places, points, origin)
        ]
        for target, _ in place.onward:
            places[target].feeders.append(origin)
    return places


def _targets(
    scenario: Scenario, places: list[Place], points: list[tuple[float, float]], origin: int
) -> list[int]:
    fronts = len(scenario.fronts)
    if origin < fronts:
        name = scenario.fronts[origin].name
        near = [
            (row.role, distance_km(points[origin], points[fronts + index]), fronts + index)
            for index, row in enumerate(scenario.facilities)
            if row.role < 4 and row.front in (None, name) and _carries(scenario, 0, row.role)
        ]
        return [place for _, _, place in sorted(near)]
    names = [facility.name for facility in scenario.facilities]
    listed = [
        fronts + names.index(name) for name in scenario.facilities[origin - fronts].evacuates_to
    ]
    return [
        target for target in listed if _carries(scenario, places[origin].role, places[target].role)
    ]


def _speed_kmh(scenario: Scenario, pool: Transport) -> float:
    if pool.kind in ("ground", "rail"):
        slowed = number(f"terrain_{scenario.terrain}_speed") * number(
            f"weather_{scenario.weather}_speed"
        )
        return pool.speed_kmh * slowed / number("detour")
    return pool.speed_kmh


def pools_of(scenario: Scenario) -> list[Pool]:
    """Fastest first."""
    pools = []
    for position, pool in enumerate(scenario.transport):
        fit = (
            0
            if scenario.weather in pool.stopped_by
            else max(int(pool.vehicles * pool.availability_share + 0.5), 1)
        )
        speed = _speed_kmh(scenario, pool)
        ready = int(
            number(f"ready_{pool.kind}_s") if pool.notice_min is None else pool.notice_min * 60
        )
        legs = (pool.from_role, pool.to_role)
        pools.append(
            Pool(
                pool.kind,
                position,
                pool.capacity_patients,
                speed / 3600,
                legs,
                pool.moves_at_night,
                ready,
                Resource(fit),
            )
        )
    return sorted(pools, key=lambda pool: -pool.km_s)
