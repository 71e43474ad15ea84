"""What published studies measured, each taken of a simulated cohort; its function names the
denominator. Shares are 0 to 1.
"""

from collections.abc import Callable, Mapping
from functools import partial

from lazaret.calibration.cohort import Cohort
from lazaret.calibration.measures import deaths, evacuation, injuries, resuscitation
from shared.records.vocabulary import BodyRegion, DeathCause, Outcome

Measure = Callable[[Cohort], float]

_DEATHS: Mapping[str, Measure] = {
    "killed_in_action_share": deaths.killed_in_action_share,
    "died_of_wounds_share": deaths.died_of_wounds_share,
    "case_fatality": deaths.case_fatality,
    "deaths_before_facility_share": deaths.before_facility_share,
    **{
        f"killed_dead_by_{minutes}_min": partial(deaths.killed_dead_by, minutes=minutes)
        for minutes in (0, 10, 60, 120)
    },
    "killed_lived_upper_quartile_min": partial(deaths.killed_lived_min, rank=75),
    "killed_iss_median": partial(deaths.killed_iss, rank=50),
    "killed_by_bomb_share": partial(
        deaths.killed_by_share, mechanism="improvised_explosive_device"
    ),
    "killed_by_gunshot_share": partial(deaths.killed_by_share, mechanism="gunshot"),
    "killed_survivable_share": partial(deaths.survivable_share, outcome=Outcome.KIA),
    "killed_survivable_bleeding_share": partial(
        deaths.survivable_cause_share, outcome=Outcome.KIA, cause=DeathCause.HAEMORRHAGE
    ),
    "killed_survivable_airway_share": partial(
        deaths.survivable_cause_share, outcome=Outcome.KIA, cause=DeathCause.AIRWAY
    ),
    **{
        f"killed_bleeding_{site}_share": partial(
            deaths.bleeding_site_share, outcome=Outcome.KIA, site=site
        )
        for site in deaths.BLEEDING_SITES
    },
    "died_of_wounds_survivable_share": partial(deaths.survivable_share, outcome=Outcome.DOW),
    "died_of_wounds_survivable_bleeding_share": partial(
        deaths.survivable_cause_share, outcome=Outcome.DOW, cause=DeathCause.HAEMORRHAGE
    ),
    "died_of_wounds_brain_share": deaths.unsurvivable_brain_share,
    **{
        f"died_of_wounds_bleeding_{site}_share": partial(
            deaths.bleeding_site_share, outcome=Outcome.DOW, site=site
        )
        for site in deaths.BLEEDING_SITES
    },
}
_INJURIES: Mapping[str, Measure] = {
    "wounds_mean": injuries.wounds_mean,
    "wounds_head_neck_face_share": partial(
        injuries.wounds_share, regions=(BodyRegion.HEAD_NECK, BodyRegion.FACE)
    ),
    "wounds_chest_share": partial(injuries.wounds_share, regions=(BodyRegion.CHEST,)),
    "wounds_abdomen_share": partial(injuries.wounds_share, regions=(BodyRegion.ABDOMEN,)),
    "wounds_extremities_share": partial(injuries.wounds_share, regions=(BodyRegion.EXTREMITIES,)),
    "explosion_share": partial(injuries.kind_share, kind="explosion"),
    "gunshot_share": partial(injuries.kind_share, kind="gunshot"),
    "amputation_share": injuries.amputation_share,
    "amputations_by_explosion_share": injuries.amputations_by_explosion_share,
    "burn_share": injuries.burn_share,
    "brain_injury_mild_share": injuries.mild_brain_injury_share,
    "brain_injury_penetrating_share": injuries.penetrating_brain_injury_share,
    "infection_share": injuries.infection_share,
    "age_mean_years": injuries.age_mean_years,
    "event_size_median": injuries.event_size_median,
    "registry_iss_median": partial(injuries.registry_iss, rank=50),
    "registry_iss_lower_quartile": partial(injuries.registry_iss, rank=25),
    "registry_iss_upper_quartile": partial(injuries.registry_iss, rank=75),
    "registry_explosion_share": partial(injuries.registry_kind_share, kind="explosion"),
    "registry_gunshot_share": partial(injuries.registry_kind_share, kind="gunshot"),
    "registry_age_median_years": partial(injuries.age_years, rank=50),
    "others_returned_share": partial(injuries.outcome_share, outcome=Outcome.RETURNED_TO_DUTY),
    "others_evacuated_share": partial(injuries.outcome_share, outcome=Outcome.EVACUATED),
    "others_died_share": partial(injuries.outcome_share, outcome=Outcome.DIED_NON_BATTLE),
    "others_musculoskeletal_share": injuries.musculoskeletal_share,
    "others_psychiatric_share": partial(injuries.condition_share, names=injuries.PSYCHIATRIC),
    "others_ankle_sprain_share": partial(injuries.condition_share, names=("ankle_sprain",)),
    "others_cruciate_ligament_share": partial(
        injuries.condition_share, names=("cruciate_ligament_injury",)
    ),
}
_EVACUATION: Mapping[str, Measure] = {
    "flown_median_min": evacuation.flown_median_min,
    "flown_within_hour_share": evacuation.flown_within_hour_share,
    "urgent_flown_within_90_min_share": evacuation.urgent_flown_within_90_min_share,
    "urgent_arrival_median_min": evacuation.urgent_arrival_median_min,
    "role_2_dead_on_arrival_share": evacuation.dead_on_arrival_share,
    "role_2_left_alive_share": evacuation.left_role_2_alive_share,
    "role_2_deaths_on_way_share": evacuation.role_2_deaths_on_way_share,
    "role_2_deaths_before_transport_share": evacuation.role_2_deaths_before_transport_share,
    "operation_hours": evacuation.operation_hours,
    "hospital_operated_share": evacuation.hospital_operated_share,
    "hospital_intensive_share": evacuation.hospital_intensive_share,
}
_RESUSCITATION: Mapping[str, Measure] = {
    "transfused_share": resuscitation.transfused_share,
    "massive_share_of_transfused": resuscitation.massive_share_of_transfused,
    "transfused_units_median": partial(resuscitation.transfused_units, rank=50),
    "massive_units_mean": resuscitation.massive_units_mean,
    "transfused_most_survival": partial(resuscitation.transfused_survival, most=True),
    "transfused_others_survival": partial(resuscitation.transfused_survival, most=False),
    "shock_index_area": resuscitation.shock_index_area,
    "shock_mortality_role_3": resuscitation.shock_mortality_role_3,
    "head_injury_coma_share": resuscitation.head_injury_coma_share,
    "head_injury_hypotension_share": resuscitation.head_injury_hypotension_share,
    "tourniquet_survival": resuscitation.tourniquet_survival,
    "tourniquet_before_shock_survival": partial(
        resuscitation.tourniquet_survival_by_shock, shock=False
    ),
    "tourniquet_in_shock_survival": partial(resuscitation.tourniquet_survival_by_shock, shock=True),
    "limb_tourniquet_share": resuscitation.limb_tourniquet_share,
    "wounded_tourniquet_share": resuscitation.wounded_tourniquet_share,
    **{
        f"limb_ais{ais}_survival": partial(resuscitation.limb_injury_survival, ais=ais)
        for ais in (3, 4)
    },
    "arrest_circulation_restored_share": resuscitation.circulation_restored_share,
    "arrest_survival": resuscitation.arrest_survival,
    "died_of_wounds_arrived_in_arrest_share": resuscitation.died_of_wounds_arrived_in_arrest_share,
    "flown_in_shock_mortality_24h": partial(resuscitation.flown_in_shock_mortality, hours=24),
    "flown_in_shock_mortality_30d": partial(resuscitation.flown_in_shock_mortality, hours=30 * 24),
}

MEASURES: Mapping[str, Measure] = {**_DEATHS, **_INJURIES, **_EVACUATION, **_RESUSCITATION}
