"""patients.csv and allergies.csv."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.items import item_columns
from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, cells, days, patient
from shared.encoders.rows.pieces import Day, Decimal, Integer, Unless, Word
from shared.encoders.rows.texts import Texts
from shared.encoders.synthea.cells import NO_COST, code
from shared.records.body import ITEM
from shared.records.columns import Columns
from shared.records.identifiers import first_number
from shared.records.vocabulary import Outcome, Sex

_ALIVE = -1
_DEAD = (Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE)
_FOODS = frozenset({"peanut", "tree_nut", "shellfish", "fish", "egg", "dairy", "wheat"})
_MEDICATIONS = frozenset({"penicillin"})


def _patient_rows(patients: Columns, context: EncodingContext) -> Rows:
    dead = np.isin(patients.flat["outcome"], _DEAD)
    return patients.rows, {
        **patients.flat,
        "died_day": np.where(dead, days(patients.flat["ended_at_s"], context), _ALIVE),
    }


def _patients(context: EncodingContext) -> Mapping[str, Cell]:
    unknown = dict.fromkeys(("DRIVERS", "PASSPORT", "PREFIX"), EMPTY)
    address = dict.fromkeys(("ADDRESS", "CITY", "STATE", "COUNTY", "FIPS", "ZIP"), EMPTY)
    return {
        "Id": patient(context),
        "BIRTHDATE": Day("birth_date"),
        "DEATHDATE": [Unless("died_day", _ALIVE, [Day("died_day")])],
        "SSN": Integer("ordinal", first_number(context.job_id)),
        **unknown,
        "FIRST": Word("given_id", _names()),
        "MIDDLE": EMPTY,
        "LAST": Word("family_id", _names()),
        **dict.fromkeys(("SUFFIX", "MAIDEN", "MARITAL", "RACE", "ETHNICITY"), EMPTY),
        "GENDER": Word("sex", cells({Sex.MALE: "M", Sex.FEMALE: "F"})),
        "BIRTHPLACE": Word("nation", cells({row.id: row.name for row in tables.nations()})),
        **address,
        "LAT": Decimal("latitude_udeg", 6),
        "LON": Decimal("longitude_udeg", 6),
        "HEALTHCARE_EXPENSES": NO_COST,
        "HEALTHCARE_COVERAGE": NO_COST,
        "INCOME": b"0",
    }


def _allergy_rows(patients: Columns, context: EncodingContext) -> Rows:
    columns = item_columns(patients, "allergies", "ordinal", "injured_at_s")
    return len(columns["index"]), {**columns, "start_day": days(columns["injured_at_s"], context)}


def _allergies(context: EncodingContext) -> Mapping[str, Cell]:
    rows = tables.allergies()
    coded = code(ITEM, rows)
    reactions = [
        f"{name}{number}" for number in (1, 2) for name in ("REACTION", "DESCRIPTION", "SEVERITY")
    ]
    return {
        "START": Day("start_day"),
        "STOP": EMPTY,
        "PATIENT": patient(context),
        "ENCOUNTER": EMPTY,
        **{name: coded[name] for name in ("CODE", "SYSTEM", "DESCRIPTION")},
        "TYPE": b"allergy",
        "CATEGORY": Word(ITEM, cells({row.id: _category(row.name) for row in rows})),
        **dict.fromkeys(reactions, EMPTY),
    }


def _category(allergy: str) -> str:
    if allergy in _FOODS:
        return "food"
    return "medication" if allergy in _MEDICATIONS else "environment"


@cache
def _names() -> Texts:
    return cells({row.id: row.name for row in tables.names()})


PATIENTS = CsvTable(_patients, _patient_rows)
ALLERGIES = CsvTable(_allergies, _allergy_rows)
