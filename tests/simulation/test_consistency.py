import math
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from shared.clinical.parameters import parameters
from shared.clinical.tables import conditions, mechanisms, treatments
from shared.records.body import to_record_batch
from shared.records.columns import Array
from shared.records.patient import PATIENT_SCHEMA
from shared.records.vocabulary import (
    BodyRegion,
    Category,
    DeathCause,
    EventKind,
    Outcome,
    ResourceKind,
    Triage,
)
from shared.scenarios import load_preset
from shared.simulation import SectorOutput, simulate
from tests.simulation.stories import Story, stories

RESUSCITATION = next(row.id for row in treatments() if row.name == "cardiopulmonary_resuscitation")
CRANIOTOMY = next(row.id for row in treatments() if row.name == "craniotomy")
INTUBATION = next(row.id for row in treatments() if row.name == "intubation")
CONTINUOUS = {"intensive_care", "mechanical_ventilation"}
ANAESTHETICS = [row.id for row in treatments() if row.name in {"ketamine", "propofol"}]
MAIMED = [row.id for row in conditions() if row.effect in {"amputation", "cord"}]
BRAIN, CORD = (
    [row.id for row in conditions() if row.effect == effect] for effect in ("brain", "cord")
)
DEAD = (Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE)
SECTORS = [("brigade-conventional", sector, 600) for sector in range(6)] + [
    ("teaching-20", sector, 20) for sector in range(30)
]


def outputs() -> Iterator[SectorOutput]:
    for preset, sector, patients in SECTORS:
        yield simulate(load_preset(preset), 77, sector, patients)


def everybody() -> Iterator[Story]:
    for output in outputs():
        yield from stories(output)


@pytest.fixture(scope="module")
def people() -> list[Story]:
    return list(everybody())


def times(story: Story, kind: EventKind) -> Array:
    return story.events["at_s"][story.events["kind"] == kind]


def test_no_time_runs_backwards(people: list[Story]) -> None:
    """Events, vital signs and treatments of a casualty stand in the order of their times, from the
    wound to the end.
    """
    for story in people:
        first, last = story.flat["injured_at_s"], story.flat["ended_at_s"]
        for at_s in (story.events["at_s"], story.vitals["at_s"]):
            assert np.all(np.diff(at_s) >= 0)
            assert np.all((at_s >= first) & (at_s <= last))
        assert np.all(story.treatments["at_s"] <= story.treatments["ended_at_s"])


def test_nothing_is_done_for_the_dead(people: list[Story]) -> None:
    """Death is a casualty's last event; no vital sign and no treatment lies after it."""
    for story in people:
        if story.flat["outcome"] in DEAD:
            assert story.events["kind"][-1] == EventKind.DIED
            assert story.events["at_s"][-1] == story.flat["ended_at_s"]
            assert np.all(story.vitals["at_s"] <= story.flat["ended_at_s"])
            assert np.all(story.treatments["ended_at_s"] <= story.flat["ended_at_s"])
        else:
            assert EventKind.DIED not in story.events["kind"]


def test_whose_heart_stops_near_the_door_is_pronounced_dead_there(people: list[Story]) -> None:
    """Who dies in the second of an arrival came under resuscitation: begun on the way they died of
    wounds, in the field in action.
    """
    lifeless = [
        story
        for story in people
        if story.flat["ended_at_s"] in times(story, EventKind.ARRIVED)
        and story.flat["outcome"] in DEAD
    ]
    assert lifeless
    for story in lifeless:
        given = story.treatments["treatment"] == RESUSCITATION
        since_s = story.treatments["at_s"][given][-1]
        on_the_way = since_s > times(story, EventKind.DEPARTED)[-1]
        began_s = story.flat["ended_at_s"] if on_the_way else times(story, EventKind.DEPARTED)[-1]
        limit = "resuscitation_on_way_s" if on_the_way else "resuscitation_in_field_s"
        assert 0 <= began_s - since_s <= parameters()[limit].value
        if story.flat["category"] == Category.BATTLE_INJURY:
            assert story.flat["outcome"] == (Outcome.DOW if on_the_way else Outcome.KIA)
        assert not np.any(story.vitals["at_s"] > since_s)


def test_a_heart_that_beats_again_had_stopped_on_the_way(people: list[Story]) -> None:
    """Whose resuscitation ends with an arrival that they survive was resuscitated after the
    departure; some leave the theatre alive.
    """
    restored = []
    for story in people:
        given = story.treatments
        for begun, ended in (
            zip(given["at_s"], given["ended_at_s"], strict=True)
            if RESUSCITATION in given["treatment"]
            else ()
        ):
            resuscitated = (
                RESUSCITATION
                in given["treatment"][(given["at_s"] == begun) & (given["ended_at_s"] == ended)]
            )
            if (
                resuscitated
                and ended in times(story, EventKind.ARRIVED)
                and story.flat["ended_at_s"] > ended
            ):
                assert (
                    times(story, EventKind.DEPARTED)[times(story, EventKind.DEPARTED) < ended].max()
                    < begun
                )
                restored.append(story)
    assert restored
    assert any(story.flat["outcome"] not in DEAD for story in restored)


def test_skulls_are_opened_for_brains(people: list[Story]) -> None:
    """A craniotomy has a grave injury of the brain as its reason, and a death of the brain or the
    cord an injury of it.
    """
    for story in people:
        brain, cord = (
            max(story.conditions["ais"][np.isin(story.conditions["condition"], ids)], default=0)
            for ids in (BRAIN, CORD)
        )
        if CRANIOTOMY in story.treatments["treatment"]:
            assert brain >= 4
        if story.flat["death_cause"] == DeathCause.BRAIN_INJURY:
            assert brain >= 3
        if story.flat["death_cause"] == DeathCause.SPINAL_CORD_INJURY:
            assert cord > brain


def test_treatments_are_given_where_they_belong(people: list[Story]) -> None:
    """Tourniquets on limbs, drains in chests, drugs nowhere in particular."""
    belong = {row.id: row.region for row in treatments() if row.region != "wound"}
    for story in people:
        for treatment, region in zip(
            story.treatments["treatment"].tolist(), story.treatments["region"].tolist(), strict=True
        ):
            if treatment in belong:
                assert region == (BodyRegion[belong[treatment].upper()] if belong[treatment] else 0)


def test_nobody_is_operated_awake(people: list[Story]) -> None:
    """An operation begins with a drug to sleep and a tube now or before; until it ends nobody
    answers.
    """
    for story in people:
        for start, end in zip(
            times(story, EventKind.SURGERY_STARTED),
            times(story, EventKind.SURGERY_ENDED),
            strict=False,
        ):
            given = story.treatments["treatment"][story.treatments["at_s"] <= start]
            assert np.isin(
                story.treatments["treatment"][story.treatments["at_s"] == start], ANAESTHETICS
            ).any()
            assert INTUBATION in given
            during = (story.vitals["at_s"] > start) & (story.vitals["at_s"] < end)
            assert (story.vitals["gcs"][during] == 3).all()
            assert (story.vitals["pain"][during] == -1).all()


def test_the_maimed_do_not_go_back_to_duty(people: list[Story]) -> None:
    """Nobody with a lost limb, an injured cord or a wound of AIS 4 and more."""
    for story in people:
        if story.flat["outcome"] == Outcome.RETURNED_TO_DUTY:
            assert story.conditions["ais"].max(initial=0) < 4
            assert not np.isin(story.conditions["condition"], MAIMED).any()


def test_children_have_the_bodies_of_children() -> None:
    """The young are as tall and heavy as at their age, in the middle and with room for those who
    are not.
    """
    scenario = load_preset("earthquake-city")
    flat = simulate(scenario, 5, 0, 1_000).patients.flat
    age = (
        scenario.starts_at.date().toordinal() - date(1970, 1, 1).toordinal() - flat["birth_date"]
    ) / 365.25
    for low, high, height_cm, weight_kg in (
        (2, 4, 91, 13.2),
        (5, 7, 115, 21),
        (9, 11, 138, 32),
        (20, 60, 171, 72),
    ):
        these = (age >= low) & (age < high)
        assert these.sum() > 5
        assert np.median(flat["height_cm"][these]) == pytest.approx(height_cm, rel=0.08)
        assert np.median(flat["weight_hg"][these]) / 10 == pytest.approx(weight_kg, rel=0.15)


def test_nobody_is_in_two_places(people: list[Story]) -> None:
    """Departure and arrival alternate, and what happens between an arrival and the next departure
    happens there.
    """
    for story in people:
        here, travelling = -1, False
        for kind, facility in zip(story.events["kind"], story.events["facility"], strict=True):
            if kind == EventKind.DEPARTED:
                assert not travelling
                travelling = True
            elif kind == EventKind.ARRIVED:
                assert travelling
                here, travelling = facility, False
            elif not travelling:
                assert facility == here


def test_a_casualty_gets_one_treatment_at_a_time(people: list[Story]) -> None:
    """No two treatments of a casualty overlap, but for what is given during intensive care."""
    lasting = [row.id for row in treatments() if row.name in CONTINUOUS]
    for story in people:
        single = ~np.isin(story.treatments["treatment"], lasting)
        order = np.argsort(story.treatments["at_s"][single], kind="stable")
        begins = story.treatments["at_s"][single][order]
        assert np.all(begins[1:] >= story.treatments["ended_at_s"][single][order][:-1])


def test_the_outcome_is_what_the_events_tell(people: list[Story]) -> None:
    """KIA never reached a facility alive, DOW did; who returned to duty or left the theatre has
    that as last event.
    """
    last_event = {
        Outcome.RETURNED_TO_DUTY: EventKind.RETURNED_TO_DUTY,
        Outcome.EVACUATED: EventKind.EVACUATED,
    }
    for story in people:
        outcome = story.flat["outcome"]
        if outcome in (Outcome.KIA, Outcome.DOW):
            assert story.flat["category"] == Category.BATTLE_INJURY
            assert (story.flat["role_first"] > 0) == (outcome == Outcome.DOW)
        if outcome == Outcome.KIA:
            assert set(times(story, EventKind.ARRIVED)) <= {story.flat["ended_at_s"]}
        if outcome in last_event:
            assert story.events["kind"][-1] == last_event[outcome]


def test_scores_follow_their_definitions(people: list[Story]) -> None:
    """ISS and NISS equal what their definitions give for the wounds listed."""
    for story in people:
        grades = np.sort(story.conditions["ais"].astype(int))[::-1]
        worst = sorted(
            (
                int(story.conditions["ais"][story.conditions["region"] == region].max(initial=0))
                for region in range(1, 7)
            ),
            reverse=True,
        )
        lethal = grades.size > 0 and grades[0] == 6
        assert story.flat["niss"] == (75 if lethal else sum(grades[:3] ** 2))
        assert story.flat["iss"] == (75 if lethal else sum(grade**2 for grade in worst[:3]))


def test_vital_signs_are_possible(people: list[Story]) -> None:
    """Every vital sign lies in the range that its scale allows, diastolic below systolic."""
    for story in people:
        signs = story.vitals
        assert np.all((signs["gcs"] >= 3) & (signs["gcs"] <= 15))
        assert np.all((signs["spo2"] >= 0) & (signs["spo2"] <= 100))
        assert np.all((signs["respiratory_rate"] >= 0) & (signs["respiratory_rate"] <= 60))
        assert np.all(signs["diastolic"] <= signs["systolic"])
        assert np.all((signs["pain"] >= -1) & (signs["pain"] <= 10))


def test_resources_stay_within_capacity() -> None:
    """In no sample is more of a resource in use than there is, and nothing is negative."""
    for output in outputs():
        resources, samples = (output.result.nested[name].values for name in ("resources", "queues"))
        assert np.all(samples["in_use"] <= resources["capacity"][samples["resource"]])
        for name in ("in_use", "waiting"):
            assert np.all(samples[name] >= 0)
        assert np.all(
            (resources["busy_share"] >= 0)
            & ((resources["busy_share"] <= 1) | (resources["kind"] == ResourceKind.BLOOD_UNIT))
        )
        assert np.all(output.result.nested["census"].values["present"] >= 0)


def test_counts_are_conserved() -> None:
    """A sector has exactly the casualties asked for, each counted once."""
    for output, (_, _, patients) in zip(outputs(), SECTORS, strict=True):
        assert output.patients.rows == patients
        assert int(output.result.nested["counts"].values["patients"].sum()) == patients
        assert np.all(output.patients.flat["triage_first"] >= Triage.T1)


def test_a_sector_fits_the_schema() -> None:
    """Every column has the schema's type and length."""
    output = next(outputs())
    rows = output.patients.rows
    flat = {**output.patients.flat, "ordinal": np.arange(rows), "sector": np.zeros(rows, np.int32)}
    batch = to_record_batch(
        PATIENT_SCHEMA, [type(output.patients)(rows, flat, output.patients.nested)]
    )
    batch.validate(full=True)


def test_there_is_enough_to_read() -> None:
    """On average a casualty has at least ten events, fifteen rows of vital signs and five
    treatments.
    """
    output = simulate(load_preset("brigade-conventional"), 1, 0, 1000)
    for name, least in (("events", 10), ("vitals", 15), ("treatments", 5)):
        assert output.patients.nested[name].offsets[-1] >= least * 1000


def rts_of(gcs: int, systolic: int, breaths: int) -> int:
    by_gcs = sum(gcs >= least for least in (4, 6, 9, 13))
    by_systolic = sum(systolic >= least for least in (1, 50, 76, 90))
    by_breaths = (
        3 if breaths > 29 else 4 if breaths >= 10 else sum(breaths >= least for least in (1, 6))
    )
    return 9368 * by_gcs + 7326 * by_systolic + 2908 * by_breaths


def test_the_revised_trauma_score_is_that_of_the_first_contact(people: list[Story]) -> None:
    """RTS follows Champion's table from the vital signs at the first triage."""
    for story in people:
        first = times(story, EventKind.TRIAGED)
        if first.size:
            row = int(np.flatnonzero(story.vitals["at_s"] == first[0])[0])
            signs = (
                int(story.vitals[name][row]) for name in ("gcs", "systolic", "respiratory_rate")
            )
            assert story.flat["rts_e4"] == rts_of(*signs)


def test_triss_follows_its_definition(people: list[Story]) -> None:
    """TRISS is the logistic of RTS, ISS and age with Boyd's coefficients, by the way of wounding;
    -1 without an injury.
    """
    kinds = {row.id: row.kind for row in mechanisms()}
    for story in people:
        rts, iss = story.flat["rts_e4"] / 10_000, story.flat["iss"]
        penetrating = kinds[story.flat["mechanism"]] in ("explosion", "gunshot", "blade")
        b0, b1, b2 = (-2.5355, 0.9934, -0.0651) if penetrating else (-0.4499, 0.8085, -0.0835)
        young = -(b0 + b1 * rts + b2 * iss)
        old = young + (1.1360 if penetrating else 1.7430)
        expected = (
            {round(10_000 / (1 + math.exp(exponent))) for exponent in (young, old)} if iss else {-1}
        )
        assert any(abs(story.flat["triss_e4"] - value) <= 1 for value in expected)
