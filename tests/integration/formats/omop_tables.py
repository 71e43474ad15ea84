"""The tables of the OMOP CDM 5.4 that are shipped, by its specification: columns in order, their
types, what must not be null.

`!` marks what must not be null. Keys and references are those of the specification, as far as both
ends are shipped.
"""

from collections.abc import Iterator, Mapping

TYPES = {
    "i": "integer",
    "n": "numeric",
    "d": "date",
    "t": "timestamp",
    "x": "text",
    "s": "varchar(50)",
    "S": "varchar(255)",
}

COLUMNS: Mapping[str, str] = {
    "person": "person_id i! gender_concept_id i! year_of_birth i! month_of_birth i day_of_birth i "
    "birth_datetime t race_concept_id i! "
    "ethnicity_concept_id i! location_id i provider_id i care_site_id i "
    "person_source_value s gender_source_value s "
    "gender_source_concept_id i race_source_value s race_source_concept_id i "
    "ethnicity_source_value s ethnicity_source_concept_id i",
    "observation_period": "observation_period_id i! person_id i! observation_period_start_date d! "
    "observation_period_end_date d! "
    "period_type_concept_id i!",
    "location": "location_id i! address_1 s address_2 s city s state s zip s county s "
    "location_source_value s country_concept_id i "
    "country_source_value s latitude n longitude n",
    "care_site": "care_site_id i! care_site_name S place_of_service_concept_id i location_id i "
    "care_site_source_value s "
    "place_of_service_source_value s",
    "visit_occurrence": "visit_occurrence_id i! person_id i! visit_concept_id i! visit_start_date d! "
    "visit_start_datetime t "
    "visit_end_date d! visit_end_datetime t visit_type_concept_id i! provider_id i "
    "care_site_id i visit_source_value s "
    "visit_source_concept_id i admitted_from_concept_id i admitted_from_source_value s "
    "discharged_to_concept_id i "
    "discharged_to_source_value s preceding_visit_occurrence_id i",
    "condition_occurrence": "condition_occurrence_id i! person_id i! condition_concept_id i! condition_start_date "
    "d! "
    "condition_start_datetime t condition_end_date d condition_end_datetime t "
    "condition_type_concept_id i! condition_status_concept_id i "
    "stop_reason s provider_id i visit_occurrence_id i visit_detail_id i "
    "condition_source_value s condition_source_concept_id i "
    "condition_status_source_value s",
    "drug_exposure": "drug_exposure_id i! person_id i! drug_concept_id i! drug_exposure_start_date d! "
    "drug_exposure_start_datetime t "
    "drug_exposure_end_date d! drug_exposure_end_datetime t verbatim_end_date d "
    "drug_type_concept_id i! stop_reason s refills i quantity n "
    "days_supply i sig x route_concept_id i lot_number s provider_id i "
    "visit_occurrence_id i visit_detail_id i drug_source_value s "
    "drug_source_concept_id i route_source_value s dose_unit_source_value s",
    "procedure_occurrence": "procedure_occurrence_id i! person_id i! procedure_concept_id i! procedure_date d! "
    "procedure_datetime t "
    "procedure_end_date d procedure_end_datetime t procedure_type_concept_id i! "
    "modifier_concept_id i quantity i provider_id i "
    "visit_occurrence_id i visit_detail_id i procedure_source_value s "
    "procedure_source_concept_id i modifier_source_value s",
    "measurement": "measurement_id i! person_id i! measurement_concept_id i! measurement_date d! "
    "measurement_datetime t "
    "measurement_time s measurement_type_concept_id i! operator_concept_id i "
    "value_as_number n value_as_concept_id i unit_concept_id i "
    "range_low n range_high n provider_id i visit_occurrence_id i visit_detail_id i "
    "measurement_source_value s "
    "measurement_source_concept_id i unit_source_value s unit_source_concept_id i "
    "value_source_value s measurement_event_id i "
    "meas_event_field_concept_id i",
    "observation": "observation_id i! person_id i! observation_concept_id i! observation_date d! "
    "observation_datetime t "
    "observation_type_concept_id i! value_as_number n value_as_string s "
    "value_as_concept_id i qualifier_concept_id i unit_concept_id i "
    "provider_id i visit_occurrence_id i visit_detail_id i observation_source_value s "
    "observation_source_concept_id i "
    "unit_source_value s qualifier_source_value s value_source_value s "
    "observation_event_id i obs_event_field_concept_id i",
    "death": "person_id i! death_date d! death_datetime t death_type_concept_id i cause_concept_id "
    "i cause_source_value s "
    "cause_source_concept_id i",
    "cdm_source": "cdm_source_name S! cdm_source_abbreviation s! cdm_holder S! source_description x "
    "source_documentation_reference S "
    "cdm_etl_reference S source_release_date d! cdm_release_date d! cdm_version s "
    "cdm_version_concept_id i! vocabulary_version s!",
}
REFERENCES = {
    "person_id": "person",
    "visit_occurrence_id": "visit_occurrence",
    "preceding_visit_occurrence_id": "visit_occurrence",
    "care_site_id": "care_site",
    "location_id": "location",
}


def columns_of(table: str) -> Mapping[str, str]:
    words = COLUMNS[table].split()
    return dict(zip(words[::2], words[1::2], strict=True))


def definitions() -> Iterator[str]:
    """The tables with their keys, then their references."""
    for table in COLUMNS:
        columns = columns_of(table)
        lines = [
            f"{name} {TYPES[kind[0]]}{' NOT NULL' if kind.endswith('!') else ''}"
            for name, kind in columns.items()
        ]
        if f"{table}_id" in columns:
            lines.append(f"PRIMARY KEY ({table}_id)")
        yield f"CREATE TABLE {table} ({', '.join(lines)})"
    for table in COLUMNS:
        for name in columns_of(table).keys() & REFERENCES.keys() - {f"{table}_id"}:
            yield f"ALTER TABLE {table} ADD FOREIGN KEY ({name}) REFERENCES {REFERENCES[name]}"
