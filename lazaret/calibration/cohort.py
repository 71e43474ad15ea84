"""The casualties of a reference scenario, as columns that measures are taken of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from shared.clinical.tables import conditions, mechanisms, treatments
from shared.records.columns import Array, Columns
from shared.records.vocabulary import BodyRegion, Category, EventKind, Outcome
from shared.scenarios import Scenario
from shared.scenarios.vocabulary import TransportKind
from shared.simulation import simulate

CALIBRATION_SEED = 20_080_601
NEVER_S = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Rows:
    """A nested column laid flat: `values[name][i]` belongs to the patient at position `patient[i]`,
    in order of time.
    """

    patient: Array
    values: Mapping[str, Array]

    def where(self, mask: Array) -> "Rows":
        """The rows that the mask keeps."""
        return Rows(
            self.patient[mask], {name: column[mask] for name, column in self.values.items()}
        )


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patients of whole sectors: flat columns, nested rows, and the groups that studies count.
    Masks are one bool a patient.
    """

    scenario: Scenario
    flat: Mapping[str, Array]
    events: Rows
    vitals: Rows
    conditions: Rows
    treatments: Rows

    @property
    def battle(self) -> Array:
        """Battle injuries."""
        mask: Array = self.flat["category"] == Category.BATTLE_INJURY
        return mask

    @property
    def killed(self) -> Array:
        """Died before a medical treatment facility."""
        mask: Array = self.flat["outcome"] == Outcome.KIA
        return mask

    @property
    def died_of_wounds(self) -> Array:
        """Died after reaching one."""
        mask: Array = self.flat["outcome"] == Outcome.DOW
        return mask

    @property
    def dead(self) -> Array:
        """Died, of whatever."""
        return np.isin(self.flat["outcome"], (Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE))

    @property
    def reached(self) -> Array:
        """Reached a facility alive: whom registries hold."""
        mask: Array = (self.flat["role_first"] > 0) & ~self.dead_on_arrival
        return mask

    @property
    def dead_on_arrival(self) -> Array:
        """Came to their first facility under resuscitation, where death was pronounced; they died
        of wounds (O031).
        """
        mask: Array = self.dead & (self.flat["ended_at_s"] == self.first_event(EventKind.ARRIVED))
        return mask

    @property
    def returned(self) -> Array:
        """Back on duty within 72 hours: outside the denominators of KIA and DOW (Holcomb 2006)."""
        mask: Array = self.flat["returned_within_72h"] == 1
        return mask

    @property
    def survivors(self) -> Array:
        """Battle injuries who lived to be treated at a facility."""
        return self.battle & ~self.dead

    @property
    def wounds(self) -> Rows:
        """Conditions that lie in a body region."""
        return self.conditions.where(self.conditions.values["region"] >= BodyRegion.HEAD_NECK)

    def of_kind(self, kind: str) -> Array:
        """Whose mechanism is of this kind."""
        return np.isin(self.flat["mechanism"], [row.id for row in mechanisms() if row.kind == kind])

    def of_mechanism(self, name: str) -> Array:
        """Whose mechanism has this name."""
        return np.isin(self.flat["mechanism"], [row.id for row in mechanisms() if row.name == name])

    def having(self, rows: Rows, mask: Array) -> Array:
        """Who has at least one of the rows that the mask keeps."""
        has = np.zeros(len(self.flat["category"]), dtype=bool)
        has[rows.patient[mask]] = True
        return has

    def with_effect(self, effect: str) -> Array:
        """Who has a condition of this effect."""
        wanted = [row.id for row in conditions() if row.effect == effect]
        return self.having(self.conditions, np.isin(self.conditions.values["condition"], wanted))

    def with_condition(self, names: Iterable[str]) -> Array:
        """Who has a condition of one of these names."""
        wanted = {row.id for row in conditions() if row.name in set(names)}
        return self.having(
            self.conditions, np.isin(self.conditions.values["condition"], list(wanted))
        )

    def worst_ais(self, region: BodyRegion) -> Array:
        """The highest AIS grade of each patient's wounds in a body region, 0 without one."""
        return self._worst(self.conditions.values["region"] == region)

    def worst_ais_of(self, condition_ids: Iterable[int]) -> Array:
        """The same over some conditions."""
        return self._worst(np.isin(self.conditions.values["condition"], list(condition_ids)))

    def first_at(self, rows: Rows, mask: Array) -> Array:
        """The second of each patient's first row that the mask keeps, NEVER_S without one."""
        first = np.full(len(self.flat["category"]), NEVER_S, dtype=np.int64)
        np.minimum.at(first, rows.patient[mask], rows.values["at_s"][mask])
        return first

    def first_event(self, kind: EventKind) -> Array:
        """The second of each patient's first event of a kind, NEVER_S without one."""
        return self.first_at(self.events, self.events.values["kind"] == kind)

    def treated_with(self, names: Iterable[str]) -> Array:
        """One bool a row of treatments: whether it is one of these."""
        wanted = {row.id for row in treatments() if row.name in set(names)}
        return np.isin(self.treatments.values["treatment"], list(wanted))

    def by_transport(self, kind: TransportKind) -> Array:
        """One bool an event: whether it happened with a vehicle of this kind."""
        pools = [
            position for position, pool in enumerate(self.scenario.transport) if pool.kind is kind
        ]
        return np.isin(self.events.values["vehicle"], pools)

    def at_role(self, rows: Rows, role: int) -> Array:
        """One bool a row: whether it happened in a facility of this role."""
        places = [
            position
            for position, place in enumerate(self.scenario.facilities)
            if place.role == role
        ]
        return np.isin(rows.values["facility"], places)

    def _worst(self, mask: Array) -> Array:
        worst = np.zeros(len(self.flat["category"]), dtype=np.int8)
        np.maximum.at(worst, self.conditions.patient[mask], self.conditions.values["ais"][mask])
        return worst


def simulate_cohort(scenario: Scenario, patients: int, repeat: int = 0) -> Cohort:
    """Simulate whole sectors until there are at least so many patients; each `repeat` (0 and up)
    with other random numbers.
    """
    sectors = -(-patients // scenario.sector_patients)
    outputs = [
        simulate(scenario, CALIBRATION_SEED + repeat, sector, scenario.sector_patients).patients
        for sector in range(sectors)
    ]
    flat = {
        name: np.concatenate([output.flat[name] for output in outputs]) for name in outputs[0].flat
    }
    nested = (_joined(outputs, name) for name in ("events", "vitals", "conditions", "treatments"))
    return Cohort(scenario, flat, *nested)


def _joined(outputs: list[Columns], name: str) -> Rows:
    parts = [output.nested[name] for output in outputs]
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    values = {
        field: np.concatenate([part.values[field] for part in parts]) for field in parts[0].values
    }
    return Rows(np.repeat(np.arange(len(counts)), counts), values)
