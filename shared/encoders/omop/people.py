"""person, observation_period and death."""

from collections.abc import Mapping

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.words import words_of
from shared.encoders.interface.context import EncodingContext
from shared.encoders.omop.cells import concept, moment
from shared.encoders.omop.concepts import EHR, GENDERS, NO_CONCEPT
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, cells, days, patient
from shared.encoders.rows.pieces import Day, Integer, Word
from shared.records.columns import Columns
from shared.records.vocabulary import DeathCause, Outcome, Sex

_NONE = b"%d" % NO_CONCEPT
_TYPE = b"%d" % EHR
_DEAD = (Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE)


def _person_rows(patients: Columns, _context: EncodingContext) -> Rows:
    born = patients.flat["birth_date"].astype("datetime64[D]")
    month = born.astype("datetime64[M]")
    year = born.astype("datetime64[Y]")
    return patients.rows, {
        **patients.flat,
        "person_id": patients.flat["ordinal"] + 1,
        "year": year.astype(np.int64) + 1970,
        "month": (month - year).astype(np.int64) + 1,
        "day": (born - month).astype(np.int64) + 1,
    }


def _person(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "person_id": Integer("person_id"),
        "gender_concept_id": concept("sex", GENDERS),
        "year_of_birth": Integer("year"),
        "month_of_birth": Integer("month"),
        "day_of_birth": Integer("day"),
        "birth_datetime": Day("birth_date"),
        "race_concept_id": _NONE,
        "ethnicity_concept_id": _NONE,
        **dict.fromkeys(("location_id", "provider_id", "care_site_id"), EMPTY),
        "person_source_value": patient(context),
        "gender_source_value": Word("sex", cells(dict(words_of(Sex)))),
        "gender_source_concept_id": _NONE,
        "race_source_value": EMPTY,
        "race_source_concept_id": _NONE,
        "ethnicity_source_value": Word(
            "nation", cells({row.id: row.code for row in tables.nations()})
        ),
        "ethnicity_source_concept_id": _NONE,
    }


def _period_rows(patients: Columns, context: EncodingContext) -> Rows:
    flat = patients.flat
    start, end = days(flat["injured_at_s"], context), days(flat["ended_at_s"], context)
    return patients.rows, {"person_id": flat["ordinal"] + 1, "start": start, "end": end}


def _period(_context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "observation_period_id": Integer("person_id"),
        "person_id": Integer("person_id"),
        "observation_period_start_date": Day("start"),
        "observation_period_end_date": Day("end"),
        "period_type_concept_id": _TYPE,
    }


def _death_rows(patients: Columns, context: EncodingContext) -> Rows:
    dead = np.isin(patients.flat["outcome"], _DEAD)
    died_s = patients.flat["ended_at_s"][dead]
    return len(died_s), {
        "person_id": patients.flat["ordinal"][dead] + 1,
        "day": days(died_s, context),
        "died_s": died_s,
        "cause": patients.flat["death_cause"][dead],
    }


def _death(_context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "person_id": Integer("person_id"),
        **moment("death", "day", "died_s"),
        "death_type_concept_id": _TYPE,
        "cause_concept_id": _NONE,
        "cause_source_value": Word("cause", cells(dict(words_of(DeathCause)))),
        "cause_source_concept_id": _NONE,
    }


PERSON = CsvTable(_person, _person_rows)
OBSERVATION_PERIOD = CsvTable(_period, _period_rows)
DEATH = CsvTable(_death, _death_rows)
