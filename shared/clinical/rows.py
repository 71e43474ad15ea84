"""Row types of the clinical tables: one class a file in `data/`, one field a column.

Ids are append-only: a stored record keeps its meaning for ever. `source` is evidence ids, or
`assumption:` and why. Empty code fields mean that no verified code exists; the text then stands
alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A verified pair of code and display. `system` is SNOMED CT, LOINC, ICD-10, RxNorm or ATC."""

    id: int
    system: str
    code: str
    display: str
    source: str


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What hurt somebody. `category` is battle_injury, non_battle_injury or disease; `kind` is the
    physics, the key of the wound tables.
    """

    id: int
    name: str
    display: str
    category: str
    kind: str
    snomed: str
    icd10: str
    source: str


@dataclass(frozen=True, slots=True)
class MechanismShare:
    """Share of a mechanism among a warfare type's casualties of one category."""

    id: int
    warfare: str
    category: str
    mechanism: str
    share: float
    source: str


@dataclass(frozen=True, slots=True)
class RegionShare:
    """Share of a kind's wounds that lie in an ISS body region."""

    id: int
    kind: str
    region: str
    share: float
    source: str


@dataclass(frozen=True, slots=True)
class SeverityShare:
    """Share of an AIS grade (1..6) among a kind's wounds in a region."""

    id: int
    kind: str
    region: str
    ais: int
    share: float
    source: str


@dataclass(frozen=True, slots=True)
class Condition:
    """An injury (drawn by kind, region and AIS with `weight`), a complication (follows from the
    course) or a disease.

    `bleeding`: none, external, extremity, junctional, truncal. `effect`: none, airway, tension,
    lung, pleura, brain, cord, burn, amputation, contamination, crush, cold, heat, nerve_agent,
    radiation, destruction. `region` is empty where none applies; `sided` has a laterality.
    `operation` is the treatment that it asks of a surgeon, if any of its own, from the AIS grade
    `operated_from` on.
    """

    id: int
    name: str
    display: str
    category: str
    kinds: tuple[str, ...]
    region: str
    ais_min: int
    ais_max: int
    weight: float
    bleeding: str
    effect: str
    sided: bool
    operation: str
    operated_from: int
    snomed: str
    icd10: str
    source: str


@dataclass(frozen=True, slots=True)
class IllnessShare:
    """Share of a disease under its mechanism, the share of it that is severe, and its course."""

    id: int
    mechanism: str
    condition: str
    share: float
    severe_share: float
    days_to_duty_median: float
    deaths_per_1000: float
    source: str


@dataclass(frozen=True, slots=True)
class IllnessCare:
    """What a facility gives for a disease; rows of a disease stand in their order of giving."""

    id: int
    condition: str
    treatment: str
    source: str


@dataclass(frozen=True, slots=True)
class Complication:
    """A condition that comes later. `follows`: open_wound, limb (a serious one), transfused, shock,
    arrest, or another complication.

    `share` of those get it after `onset_h_median` hours, lognormal with `onset_spread`; it adds
    fever, strain and a hazard of death.
    """

    id: int
    condition: str
    follows: str
    share: float
    onset_h_median: float
    onset_spread: float
    treatment: str
    fever: float
    strain: float
    hazard_per_min: float
    source: str


@dataclass(frozen=True, slots=True)
class Treatment:
    """A procedure, drug, fluid or blood product. `role_min`: first role that gives it. `dose` in
    `unit`, 0 for procedures.

    `region`: where on the body, `wound` for that of the worst wound, empty for none.
    """

    id: int
    name: str
    display: str
    kind: str
    role_min: int
    duration_min: int
    dose: float
    unit: str
    route: str
    region: str
    snomed: str
    rxnorm: str
    atc: str
    source: str


@dataclass(frozen=True, slots=True)
class Nation:
    """A nation with its blood group frequencies (they sum to 1) and the Faker locales that its
    names came from.
    """

    id: int
    code: str
    code_2: str
    name: str
    in_nato: bool
    name_lists: tuple[str, ...]
    o_positive: float
    a_positive: float
    b_positive: float
    ab_positive: float
    o_negative: float
    a_negative: float
    b_negative: float
    ab_negative: float
    source: str


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name of a nation. `kind`: given_male, given_female, and family or, where they differ,
    family_male and family_female.
    """

    id: int
    nation: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Rank:
    """A NATO rank code (OR-1..OR-9 have ids 1..9, OF-1..OF-10 ids 11..20) with its share of a
    force and the age in years of the youngest who hold it.
    """

    id: int
    nato_code: str
    display: str
    share: float
    youngest: int
    source: str


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy with its prevalence (0 to 1)."""

    id: int
    name: str
    display: str
    prevalence: float
    snomed: str
    source: str


@dataclass(frozen=True, slots=True)
class Background:
    """A condition from before, with its prevalence (0 to 1) among the military and among
    civilians, from an age of `youngest` on.
    """

    id: int
    name: str
    display: str
    prevalence_military: float
    prevalence_civilian: float
    youngest: int
    snomed: str
    source: str


@dataclass(frozen=True, slots=True)
class WoundingRate:
    """Battle injuries per 1,000 people at risk and day that planners expect at an intensity."""

    id: int
    intensity: str
    low_per_1000_day: float
    high_per_1000_day: float
    source: str


@dataclass(frozen=True, slots=True)
class CalibrationTarget:
    """A published figure that a reference scenario should reproduce: `measure` from `low` to
    `high`.

    `use` is fit or check; `interval` is the rule that gave the bounds, fixed before any fitting.
    """

    id: int
    scenario: str
    measure: str
    value: float
    low: float
    high: float
    use: str
    interval: str
    source: str


@dataclass(frozen=True, slots=True)
class CalibrationMiss:
    """Why a target is missed: what the model lacks, or what is wrong with the comparison."""

    id: int
    target: int
    reason: str


@dataclass(frozen=True, slots=True)
class CalibrationOmission:
    """A published figure that is no target, and why it cannot be one."""

    id: int
    evidence: str
    reason: str
