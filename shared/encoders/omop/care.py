"""visit_occurrence, condition_occurrence, drug_exposure and procedure_occurrence."""

from collections.abc import Mapping

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.items import DOSE_PLACES
from shared.encoders.casualty.problems import problem_columns, problem_rows
from shared.encoders.casualty.stays import OPEN, stays_of
from shared.encoders.casualty.treatments import treatment_columns
from shared.encoders.casualty.words import words_of
from shared.encoders.interface.context import EncodingContext
from shared.encoders.omop.cells import concept, item_ids, keys, moment, source_value, visit
from shared.encoders.omop.concepts import EHR, NO_CONCEPT, ROUTES, STILL_PATIENT, VISITS
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, cells, days
from shared.encoders.rows.pieces import Decimal, Integer, Unless, Word
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Role

_NONE = b"%d" % NO_CONCEPT
_TYPE = b"%d" % EHR
_NO_PRECEDING = 0


def _visit_rows(patients: Columns, context: EncodingContext) -> Rows:
    stays = stays_of(patients)
    ordinal = patients.flat["ordinal"][stays.row]
    visit_id = item_ids(ordinal, stays.index)
    # A stay that goes on is known until its patient's last moment.
    end_s = np.where(stays.end_s == OPEN, patients.flat["ended_at_s"][stays.row], stays.end_s)
    return len(ordinal), {
        "id": visit_id,
        "person_id": ordinal + 1,
        "role": stays.role,
        "start_s": stays.start_s,
        "start": days(stays.start_s, context),
        "end_s": end_s,
        "end": days(end_s, context),
        "goes_on": (stays.end_s == OPEN).astype(np.int8),
        "care_site": stays.facility.astype(np.int64) + 1,
        "preceding": np.where(stays.index > 0, visit_id - 1, _NO_PRECEDING),
    }


def _visits(_context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "visit_occurrence_id": Integer("id"),
        "person_id": Integer("person_id"),
        "visit_concept_id": concept("role", VISITS),
        **moment("visit_start", "start", "start_s"),
        **moment("visit_end", "end", "end_s"),
        "visit_type_concept_id": concept("goes_on", {0: EHR, 1: STILL_PATIENT}),
        "provider_id": EMPTY,
        "care_site_id": Integer("care_site"),
        "visit_source_value": Word("role", cells(dict(words_of(Role)))),
        "visit_source_concept_id": _NONE,
        "admitted_from_concept_id": _NONE,
        "admitted_from_source_value": EMPTY,
        "discharged_to_concept_id": _NONE,
        "discharged_to_source_value": EMPTY,
        "preceding_visit_occurrence_id": [
            Unless("preceding", _NO_PRECEDING, [Integer("preceding")])
        ],
    }


def _condition_rows(patients: Columns, context: EncodingContext) -> Rows:
    columns = problem_columns(patients)
    return len(columns["index"]), {
        **columns,
        **keys(columns),
        "start": days(columns["onset_s"], context),
    }


def _conditions(_context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "condition_occurrence_id": Integer("id"),
        "person_id": Integer("person_id"),
        "condition_concept_id": _NONE,
        **moment("condition_start", "start", "onset_s"),
        **dict.fromkeys(("condition_end_date", "condition_end_datetime"), EMPTY),
        "condition_type_concept_id": _TYPE,
        "condition_status_concept_id": _NONE,
        "stop_reason": EMPTY,
        **visit(),
        "condition_source_value": Word(
            "problem",
            cells({row.id: source_value(row.snomed or row.name) for row in problem_rows()}),
        ),
        "condition_source_concept_id": _NONE,
        "condition_status_source_value": EMPTY,
    }


def _treatment_rows(patients: Columns, context: EncodingContext, *, administered: bool) -> Rows:
    columns = treatment_columns(patients, administered=administered)
    moments: dict[str, Array] = {
        "start": days(columns["at_s"], context),
        "end": days(columns["ended_at_s"], context),
    }
    return len(columns["index"]), {**columns, **keys(columns), **moments}


def _drug_rows(patients: Columns, context: EncodingContext) -> Rows:
    return _treatment_rows(patients, context, administered=True)


def _drugs(_context: EncodingContext) -> Mapping[str, Cell]:
    rows = tables.treatments()
    return {
        "drug_exposure_id": Integer("id"),
        "person_id": Integer("person_id"),
        "drug_concept_id": _NONE,
        **moment("drug_exposure_start", "start", "at_s"),
        **moment("drug_exposure_end", "end", "ended_at_s"),
        "verbatim_end_date": EMPTY,
        "drug_type_concept_id": _TYPE,
        **dict.fromkeys(("stop_reason", "refills"), EMPTY),
        "quantity": [Unless("dose_e3", 0, [Decimal("dose_e3", DOSE_PLACES, trimmed=True)])],
        **dict.fromkeys(("days_supply", "sig"), EMPTY),
        "route_concept_id": concept(
            "treatment", {row.id: ROUTES.get(row.route, NO_CONCEPT) for row in rows}
        ),
        "lot_number": EMPTY,
        **visit(),
        "drug_source_value": Word(
            "treatment", cells({row.id: source_value(row.rxnorm or row.name) for row in rows})
        ),
        "drug_source_concept_id": _NONE,
        "route_source_value": Word("treatment", cells({row.id: row.route for row in rows})),
        "dose_unit_source_value": Word("treatment", cells({row.id: row.unit for row in rows})),
    }


def _procedure_rows(patients: Columns, context: EncodingContext) -> Rows:
    return _treatment_rows(patients, context, administered=False)


def _procedures(_context: EncodingContext) -> Mapping[str, Cell]:
    rows = tables.treatments()
    return {
        "procedure_occurrence_id": Integer("id"),
        "person_id": Integer("person_id"),
        "procedure_concept_id": _NONE,
        **moment("procedure", "start", "at_s"),
        **moment("procedure_end", "end", "ended_at_s"),
        "procedure_type_concept_id": _TYPE,
        "modifier_concept_id": _NONE,
        "quantity": EMPTY,
        **visit(),
        "procedure_source_value": Word(
            "treatment", cells({row.id: source_value(row.snomed or row.name) for row in rows})
        ),
        "procedure_source_concept_id": _NONE,
        "modifier_source_value": EMPTY,
    }


VISIT_OCCURRENCE = CsvTable(_visits, _visit_rows)
CONDITION_OCCURRENCE = CsvTable(_conditions, _condition_rows)
DRUG_EXPOSURE = CsvTable(_drugs, _drug_rows)
PROCEDURE_OCCURRENCE = CsvTable(_procedures, _procedure_rows)
