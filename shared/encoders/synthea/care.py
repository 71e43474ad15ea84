"""encounters.csv, conditions.csv, procedures.csv and medications.csv."""

from collections.abc import Mapping
from functools import cache

from shared.clinical import tables
from shared.encoders.casualty.problems import problem_columns, problem_rows
from shared.encoders.casualty.stays import OPEN, stays_of
from shared.encoders.casualty.treatments import treatment_columns
from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, cells, days, patient
from shared.encoders.rows.pieces import Day, Instant, Unless, Word
from shared.encoders.rows.texts import Texts
from shared.encoders.synthea.cells import NO_COST, code, encounter, place
from shared.records.columns import Columns
from shared.records.vocabulary import Role

_EMERGENCY = ("emergency", "50849002", "Emergency room admission (procedure)")
_INPATIENT = ("inpatient", "32485007", "Hospital admission (procedure)")
_REASON = dict.fromkeys(("REASONCODE", "REASONDESCRIPTION"), EMPTY)


def _encounter_rows(patients: Columns, _context: EncodingContext) -> Rows:
    stays = stays_of(patients)
    return len(stays.row), {
        "ordinal": patients.flat["ordinal"][stays.row],
        "stay": stays.index,
        "facility": stays.facility,
        "role": stays.role,
        "start_s": stays.start_s,
        "end_s": stays.end_s,
    }


def _encounters(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "Id": encounter(context),
        "START": Instant("start_s"),
        "STOP": [Unless("end_s", OPEN, [Instant("end_s")])],
        "PATIENT": patient(context),
        "ORGANIZATION": place(context, "facility"),
        "PROVIDER": place(context, "staff"),
        "PAYER": EMPTY,
        "ENCOUNTERCLASS": Word("role", _of_role(0)),
        "CODE": Word("role", _of_role(1)),
        "DESCRIPTION": Word("role", _of_role(2)),
        **dict.fromkeys(("BASE_ENCOUNTER_COST", "TOTAL_CLAIM_COST", "PAYER_COVERAGE"), NO_COST),
        **_REASON,
    }


@cache
def _of_role(field: int) -> Texts:
    return cells(
        {role.value: (_INPATIENT if role >= Role.ROLE_2 else _EMERGENCY)[field] for role in Role}
    )


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
