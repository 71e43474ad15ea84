"""The rules that join several fields of a scenario. Each yields its problems; none stops at the
first.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from shared.clinical.tables import mechanisms, nations
from shared.errors import FieldProblem
from shared.scenarios.problems import nearest

if TYPE_CHECKING:
    from shared.scenarios.medical_system import Facility
    from shared.scenarios.scenario import Scenario

# Shares are typed by hand, and their sum is rounded by floating point.
SHARE_SUM_TOLERANCE = 1e-6


def inconsistencies(scenario: "Scenario") -> Iterator[FieldProblem]:
    """Every way in which a scenario's fields contradict each other."""
    yield from _shares(scenario)
    yield from _repeated_names(scenario)
    yield from _clinical_names(scenario)
    yield from _forces(scenario)
    yield from _capabilities(scenario)
    yield from _evacuation_targets(scenario)
    yield from _cycles(scenario)
    yield from _reach(scenario)
    yield from _transport_legs(scenario)


def _shares(scenario: "Scenario") -> Iterator[FieldProblem]:
    mix = scenario.injury_mix
    sums = {
        "injury_mix": mix.battle_injury + mix.non_battle_injury + mix.disease,
        "nations": sum(nation.share for nation in scenario.nations),
        "fronts": sum(front.share for front in scenario.fronts),
    }
    for field, total in sums.items():
        if abs(total - 1) > SHARE_SUM_TOLERANCE:
            yield FieldProblem(field, f"shares must sum to 1, not {total:.6g}")
    if scenario.mechanisms and not sum(row.weight for row in scenario.mechanisms):
        yield FieldProblem("mechanisms", "at least one weight must be above 0")


def _repeated_names(scenario: "Scenario") -> Iterator[FieldProblem]:
    lists: dict[str, tuple[str, Sequence[str]]] = {
        "fronts": ("name", [front.name for front in scenario.fronts]),
        "units": ("name", [unit.name for unit in scenario.units]),
        "facilities": ("name", [facility.name for facility in scenario.facilities]),
        "transport": ("name", [pool.name for pool in scenario.transport]),
        "nations": ("nation", [row.nation for row in scenario.nations]),
        "mechanisms": ("mechanism", [row.mechanism for row in scenario.mechanisms]),
    }
    for field, (key, names) in lists.items():
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                yield FieldProblem(
                    f"{field}[{index}].{key}", f"{name!r} is used before; each must be unique"
                )
            seen.add(name)


def _unknown(path: str, name: str, known: Iterable[str], what: str) -> Iterator[FieldProblem]:
    names = tuple(known)
    if name not in names:
        yield FieldProblem(path, f"{name!r} is no {what}{nearest(name, names)}")


def _clinical_names(scenario: "Scenario") -> Iterator[FieldProblem]:
    known_nations = [nation.code for nation in nations()]
    known_mechanisms = [
        mechanism.name for mechanism in mechanisms() if mechanism.category == "battle_injury"
    ]
    for index, row in enumerate(scenario.nations):
        yield from _unknown(
            f"nations[{index}].nation", row.nation, known_nations, "nation of the clinical tables"
        )
    for index, weight in enumerate(scenario.mechanisms):
        yield from _unknown(
            f"mechanisms[{index}].mechanism",
            weight.mechanism,
            known_mechanisms,
            "mechanism of battle injury",
        )


def _forces(scenario: "Scenario") -> Iterator[FieldProblem]:
    fronts = tuple(front.name for front in scenario.fronts)
    nations = tuple(row.nation for row in scenario.nations)
    for index, unit in enumerate(scenario.units):
        yield from _unknown(f"units[{index}].front", unit.front, fronts, "front of this scenario")
        yield from _unknown(
            f"units[{index}].nation", unit.nation, nations, "nation of this scenario"
        )
    wounded = {row.nation for row in scenario.nations if row.share}
    for index, front in enumerate(scenario.fronts):
        if front.share and not any(
            unit.front == front.name and unit.nation in wounded for unit in scenario.units
        ):
            yield FieldProblem(
                f"fronts[{index}].share",
                f"{front.name!r} has casualties but no unit of a nation that has any",
            )
    for index, row in enumerate(scenario.nations):
        if row.share and not any(unit.nation == row.nation for unit in scenario.units):
            yield FieldProblem(
                f"nations[{index}].share", f"{row.nation!r} has casualties but no unit"
            )


def _capabilities(scenario: "Scenario") -> Iterator[FieldProblem]:
    fronts = tuple(front.name for front in scenario.fronts)
    for index, facility in enumerate(scenario.facilities):
        if facility.front is not None:
            yield from _unknown(
                f"facilities[{index}].front", facility.front, fronts, "front of this scenario"
            )
        for resource in ("operating_tables", "surgical_teams", "intensive_care_beds"):
            if facility.role == 1 and getattr(facility, resource):
                yield FieldProblem(
                    f"facilities[{index}].{resource}",
                    "must be 0 at Role 1: surgery begins at Role 2",
                )


def _evacuation_targets(scenario: "Scenario") -> Iterator[FieldProblem]:
    by_name = {facility.name: facility for facility in scenario.facilities}
    for index, facility in enumerate(scenario.facilities):
        for place, name in enumerate(facility.evacuates_to):
            path = f"facilities[{index}].evacuates_to[{place}]"
            yield from _unknown(path, name, by_name, "facility of this scenario")
            if name in facility.evacuates_to[:place]:
                yield FieldProblem(path, f"{name!r} is named before; each must be unique")
            if name in by_name:
                yield from _leg_problems(path, facility, by_name[name])


def _leg_problems(path: str, origin: "Facility", target: "Facility") -> Iterator[FieldProblem]:
    if target.role < origin.role:
        yield FieldProblem(
            path, f"{target.name!r} is Role {target.role}; must be Role {origin.role} or above"
        )
    if target.front is not None and target.front != origin.front:
        yield FieldProblem(path, f"{target.name!r} serves front {target.front!r} only")


def _cycles(scenario: "Scenario") -> Iterator[FieldProblem]:
    targets = {facility.name: facility.evacuates_to for facility in scenario.facilities}
    places = {facility.name: index for index, facility in enumerate(scenario.facilities)}
    settled: set[str] = set()
    for name in targets:
        if cycle := _cycle_from(name, targets, settled, ()):
            yield FieldProblem(
                f"facilities[{places[cycle[0]]}].evacuates_to", f"leads back: {' -> '.join(cycle)}"
            )


def _cycle_from(
    name: str, targets: dict[str, tuple[str, ...]], settled: set[str], path: tuple[str, ...]
) -> tuple[str, ...]:
    if name in path:
        settled.update(path)
        return (*path[path.index(name) :], name)
    if name in settled or name not in targets:
        return ()
    for target in targets[name]:
        if cycle := _cycle_from(target, targets, settled, (*path, name)):
            return cycle
    settled.add(name)
    return ()


def _reach(scenario: "Scenario") -> Iterator[FieldProblem]:
    for index, front in enumerate(scenario.fronts):
        serving = [
            facility for facility in scenario.facilities if facility.front in (None, front.name)
        ]
        if not serving:
            yield FieldProblem(f"fronts[{index}]", f"no facility serves {front.name!r}")
        elif not any(_carried(scenario, 0, facility.role) for facility in serving):
            yield FieldProblem(
                f"fronts[{index}]",
                (
                    "in this weather no transport goes from the point of injury to a "
                    f"facility of {front.name!r}"
                ),
            )


def _transport_legs(scenario: "Scenario") -> Iterator[FieldProblem]:
    for index, pool in enumerate(scenario.transport):
        if pool.to_role < pool.from_role:
            yield FieldProblem(
                f"transport[{index}].to_role",
                f"must be {pool.from_role} or above, is {pool.to_role}",
            )
    roles = {facility.name: facility.role for facility in scenario.facilities}
    for index, facility in enumerate(scenario.facilities):
        for place, name in enumerate(facility.evacuates_to):
            if roles.get(name, 0) >= facility.role and not _carried(
                scenario, facility.role, roles[name]
            ):
                path = f"facilities[{index}].evacuates_to[{place}]"
                yield FieldProblem(
                    path,
                    (
                        f"in this weather no transport goes from Role {facility.role} to Role "
                        f"{roles[name]}"
                    ),
                )


def _carried(scenario: "Scenario", from_role: int, to_role: int) -> bool:
    moving = (pool for pool in scenario.transport if scenario.weather not in pool.stopped_by)
    return any(pool.from_role <= from_role and to_role <= pool.to_role for pool in moving)
