from dataclasses import replace

import numpy as np
import pytest

from lazaret.calibration.cohort import Cohort, Rows
from lazaret.calibration.measures import MEASURES
from shared.clinical.tables import treatments
from shared.records.vocabulary import EventKind, Outcome

RESUSCITATION = next(row.id for row in treatments() if row.name == "cardiopulmonary_resuscitation")
BY_HAND = {
    "killed_in_action_share": 2 / 7,
    "died_of_wounds_share": 2 / 5,
    "case_fatality": 4 / 8,
    "deaths_before_facility_share": 2 / 4,
    "killed_dead_by_0_min": 1 / 2,
    "killed_dead_by_10_min": 1 / 2,
    "killed_dead_by_60_min": 1.0,
    "killed_dead_by_120_min": 1.0,
    "killed_lived_upper_quartile_min": 22.5,
    "killed_iss_median": 52.5,
    "killed_by_bomb_share": 1.0,
    "killed_by_gunshot_share": 0.0,
    "killed_survivable_share": 1 / 2,
    "killed_survivable_bleeding_share": 1.0,
    "killed_survivable_airway_share": 0.0,
    "killed_bleeding_truncal_share": 1.0,
    "killed_bleeding_junctional_share": 0.0,
    "killed_bleeding_extremity_share": 0.0,
    "died_of_wounds_survivable_share": 1 / 2,
    "died_of_wounds_survivable_bleeding_share": 1.0,
    "died_of_wounds_brain_share": 1.0,
    "died_of_wounds_bleeding_truncal_share": 0.0,
    "died_of_wounds_bleeding_junctional_share": 0.0,
    "died_of_wounds_bleeding_extremity_share": 1.0,
    "wounds_mean": 8 / 4,
    "wounds_head_neck_face_share": 2 / 6,
    "wounds_chest_share": 1 / 6,
    "wounds_abdomen_share": 0.0,
    "wounds_extremities_share": 3 / 6,
    "explosion_share": 3 / 4,
    "gunshot_share": 1 / 4,
    "amputation_share": 1 / 3,
    "amputations_by_explosion_share": 1.0,
    "burn_share": 1 / 3,
    "brain_injury_mild_share": 1 / 2,
    "brain_injury_penetrating_share": 0.0,
    "infection_share": 1 / 3,
    "age_mean_years": 24.0,
    "event_size_median": 6.0,
    "registry_iss_median": 1.0,
    "registry_iss_lower_quartile": 0.5,
    "registry_iss_upper_quartile": 9.5,
    "registry_explosion_share": 5 / 10,
    "registry_gunshot_share": 2 / 10,
    "registry_age_median_years": 24.0,
    "others_returned_share": 2 / 4,
    "others_evacuated_share": 1 / 4,
    "others_died_share": 1 / 4,
    "others_musculoskeletal_share": 2 / 4,
    "others_psychiatric_share": 1 / 4,
    "others_ankle_sprain_share": 1 / 4,
    "others_cruciate_ligament_share": 0.0,
    "flown_median_min": 55.0,
    "flown_within_hour_share": 1 / 2,
    "urgent_flown_within_90_min_share": 1.0,
    "urgent_arrival_median_min": (2_700 + 1_900) / 2 / 60,
    "role_2_dead_on_arrival_share": 1 / 4,
    "role_2_left_alive_share": 2 / 4,
    "role_2_deaths_on_way_share": 1 / 2,
    "role_2_deaths_before_transport_share": 0.0,
    "operation_hours": 1.0,
    "hospital_operated_share": 1 / 2,
    "hospital_intensive_share": 1 / 2,
    "transfused_share": 3 / 6,
    "massive_share_of_transfused": 2 / 3,
    "transfused_units_median": 12.0,
    "massive_units_mean": 13.0,
    "transfused_most_survival": 1.0,
    "transfused_others_survival": 1 / 2,
    "shock_index_area": 3 / 4,
    "shock_mortality_role_3": 1.0,
    "head_injury_coma_share": 1.0,
    "head_injury_hypotension_share": 1.0,
    "tourniquet_survival": 1 / 2,
    "tourniquet_before_shock_survival": 1.0,
    "tourniquet_in_shock_survival": 0.0,
    "limb_tourniquet_share": 2 / 4,
    "wounded_tourniquet_share": 2 / 6,
    "limb_ais3_survival": 1.0,
    "limb_ais4_survival": 1.0,
    "arrest_circulation_restored_share": 1.0,
    "arrest_survival": 1 / 2,
    "died_of_wounds_arrived_in_arrest_share": 1 / 2,
    "flown_in_shock_mortality_24h": 1 / 2,
    "flown_in_shock_mortality_30d": 1 / 2,
}


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_a_measure_counts_whom_its_study_counted(measure: str, cohort: Cohort) -> None:
    """Numerators and denominators by hand."""
    assert MEASURES[measure](cohort) == pytest.approx(BY_HAND[measure], abs=0.002)


def test_who_is_pronounced_at_the_door_did_not_reach_it_alive(cohort: Cohort) -> None:
    """Death in the second of the first arrival is death on arrival: one of four bound for Role 2
    more, and one fewer who reached it.
    """
    ended_at_s = cohort.flat["ended_at_s"].copy()
    ended_at_s[2] = cohort.first_event(EventKind.ARRIVED)[2]
    lifeless = replace(cohort, flat={**cohort.flat, "ended_at_s": ended_at_s})
    assert lifeless.dead_on_arrival.nonzero()[0].tolist() == [2]
    assert lifeless.reached.sum() == cohort.reached.sum() - 1
    assert MEASURES["role_2_dead_on_arrival_share"](lifeless) == pytest.approx(2 / 4)


def test_who_died_before_transport_is_on_the_books_of_role_2(cohort: Cohort) -> None:
    """Brought in under resuscitation begun in the field: killed in action, one of two deaths that
    Role 2 knows, none on the way.
    """
    changed = {name: cohort.flat[name].copy() for name in ("outcome", "role_first", "role_last")}
    changed["outcome"][2], changed["role_first"][2], changed["role_last"][2] = Outcome.KIA, 0, 0
    brought_in = replace(cohort, flat={**cohort.flat, **changed})
    assert MEASURES["role_2_deaths_before_transport_share"](brought_in) == pytest.approx(1 / 2)
    assert MEASURES["role_2_deaths_on_way_share"](brought_in) == pytest.approx(1.0)
    assert MEASURES["role_2_left_alive_share"](brought_in) == pytest.approx(2 / 4)
    assert MEASURES["role_2_dead_on_arrival_share"](brought_in) == pytest.approx(2 / 4)


def test_only_who_was_rescued_alive_counts_as_flown_in_shock(cohort: Cohort) -> None:
    """With resuscitation begun before the helicopter left, one of the two is no longer counted."""
    assert MEASURES["flown_in_shock_mortality_24h"](_resuscitated(cohort, 900)) == pytest.approx(
        0.0
    )


def test_whose_heart_did_not_beat_again_is_among_those_brought_in(cohort: Cohort) -> None:
    """With another brought in under resuscitation and pronounced, two of three are restored, one of
    three lives, both who died came so.
    """
    ended_at_s = cohort.flat["ended_at_s"].copy()
    ended_at_s[2] = cohort.first_event(EventKind.ARRIVED)[2]
    pronounced = replace(
        _resuscitated(cohort, 2_000), flat={**cohort.flat, "ended_at_s": ended_at_s}
    )
    assert MEASURES["arrest_circulation_restored_share"](pronounced) == pytest.approx(2 / 3)
    assert MEASURES["arrest_survival"](pronounced) == pytest.approx(1 / 3)
    assert MEASURES["died_of_wounds_arrived_in_arrest_share"](pronounced) == pytest.approx(1.0)


def _resuscitated(cohort: Cohort, since_s: int) -> Cohort:
    """With person 2 resuscitated from then until the door."""
    given = {
        "at_s": since_s,
        "ended_at_s": cohort.first_event(EventKind.ARRIVED)[2],
        "treatment": RESUSCITATION,
        "role": 0,
    }
    rows = cohort.treatments
    more = {name: np.append(column, given[name]) for name, column in rows.values.items()}
    return replace(cohort, treatments=Rows(np.append(rows.patient, 2), more))
