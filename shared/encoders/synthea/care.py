"""encounters.csv, conditions.csv, procedures.csv and medications.csv."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.problems import problem_columns, problem_rows
from shared.encoders.casualty.stays import NO_STAY, OPEN, stays_of
from shared.encoders.casualty.treatments import treatment_columns
from shared.encoders.casualty.words import NOWHERE
from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, cells, days, patient
from shared.encoders.rows.pieces import Day, Instant, Only, Unless, Word
from shared.encoders.rows.texts import Texts
from shared.encoders.synthea.cells import NO_COST, code, encounter, place
from shared.encoders.synthea.deaths import (
    NO_REASON,
    dead_rows,
    reason_codes,
    reason_displays,
    reasons,
)
from shared.records.columns import Columns
from shared.records.vocabulary import Role

_EMERGENCY = ("emergency", "50849002", "Emergency room admission (procedure)")
# ETL-Synthea takes deaths from encounters with this code, and their causes from the reason.
_DEATH = ("wellness", "308646001", "Death Certification")
_CERTIFICATE = max(Role) + 1
_INPATIENT = ("inpatient", "32485007", "Hospital admission (procedure)")
_REASON = dict.fromkeys(("REASONCODE", "REASONDESCRIPTION"), EMPTY)


def _encounter_rows(patients: Columns, _context: EncodingContext) -> Rows:
    """Stays, and the certification of a death behind its patient's stays."""
    stays, dead = stays_of(patients), dead_rows(patients)
    certified = len(dead)
    end_s = np.where(stays.end_s == OPEN, patients.flat["ended_at_s"][stays.row], stays.end_s)
    died_s = patients.flat["ended_at_s"][dead]
    columns = {
        "row": np.concatenate([stays.row, dead]),
        "stay": np.concatenate([stays.index, np.full(certified, NO_STAY)]),
        "facility": np.concatenate([stays.facility, patients.flat["facility_last"][dead]]),
        "kind": np.concatenate([stays.role, np.full(certified, _CERTIFICATE)]),
        "start_s": np.concatenate([stays.start_s, died_s]),
        "end_s": np.concatenate([end_s, died_s]),
        "reason": np.concatenate([np.full(len(stays.row), NO_REASON), reasons(patients, dead)]),
    }
    order = np.argsort(columns["row"], kind="stable")
    ordered = {name: values[order] for name, values in columns.items()}
    return len(order), {**ordered, "ordinal": patients.flat["ordinal"][ordered["row"]]}


def _encounters(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "Id": [*encounter(context), Only("stay", NO_STAY, [*patient(context), b"-death"])],
        "START": Instant("start_s"),
        "STOP": Instant("end_s"),
        "PATIENT": patient(context),
        "ORGANIZATION": [Unless("facility", NOWHERE, place(context, "facility"))],
        "PROVIDER": [Unless("facility", NOWHERE, place(context, "staff"))],
        "PAYER": EMPTY,
        "ENCOUNTERCLASS": Word("kind", _of_kind(0)),
        "CODE": Word("kind", _of_kind(1)),
        "DESCRIPTION": Word("kind", _of_kind(2)),
        **dict.fromkeys(("BASE_ENCOUNTER_COST", "TOTAL_CLAIM_COST", "PAYER_COVERAGE"), NO_COST),
        "REASONCODE": Word("reason", reason_codes(), NO_REASON),
        "REASONDESCRIPTION": Word("reason", reason_displays(), NO_REASON),
    }


@cache
def _of_kind(field: int) -> Texts:
    """By role; a certificate stands behind the roles."""
    kinds = {role.value: _INPATIENT if role >= Role.ROLE_2 else _EMERGENCY for role in Role}
    kinds[_CERTIFICATE] = _DEATH
    return cells({number: kind[field] for number, kind in kinds.items()})


def _condition_rows(patients: Columns, context: EncodingContext) -> Rows:
    columns = problem_columns(patients)
    return len(columns["index"]), {**columns, "start_day": days(columns["onset_s"], context)}


def _conditions(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "START": Day("start_day"),
        "STOP": EMPTY,
        "PATIENT": patient(context),
        "ENCOUNTER": encounter(context),
        **code("problem", problem_rows()),
    }


def _procedure_rows(patients: Columns, _context: EncodingContext) -> Rows:
    columns = treatment_columns(patients, administered=False)
    return len(columns["index"]), columns


def _procedures(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "START": Instant("at_s"),
        "STOP": Instant("ended_at_s"),
        "PATIENT": patient(context),
        "ENCOUNTER": encounter(context),
        **code("treatment", tables.treatments()),
        "BASE_COST": NO_COST,
        **_REASON,
    }


def _medication_rows(patients: Columns, _context: EncodingContext) -> Rows:
    columns = treatment_columns(patients, administered=True)
    return len(columns["index"]), columns


def _medications(context: EncodingContext) -> Mapping[str, Cell]:
    coded = code("treatment", tables.treatments(), "rxnorm")
    return {
        "START": Instant("at_s"),
        "STOP": Instant("ended_at_s"),
        "PATIENT": patient(context),
        "PAYER": EMPTY,
        "ENCOUNTER": encounter(context),
        "CODE": coded["CODE"],
        "DESCRIPTION": coded["DESCRIPTION"],
        "BASE_COST": NO_COST,
        "PAYER_COVERAGE": NO_COST,
        "DISPENSES": b"1",
        "TOTALCOST": NO_COST,
        **_REASON,
    }


ENCOUNTERS = CsvTable(_encounters, _encounter_rows)
CONDITIONS = CsvTable(_conditions, _condition_rows)
PROCEDURES = CsvTable(_procedures, _procedure_rows)
MEDICATIONS = CsvTable(_medications, _medication_rows)
