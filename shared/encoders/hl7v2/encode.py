"""HL7 v2.5.1: each casualty's messages in time, one behind the other, every segment ended by CR."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shared.clinical.tables import treatments
from shared.encoders.casualty.treatments import ADMINISTERED
from shared.encoders.hl7v2 import segments
from shared.encoders.hl7v2.columns import message_columns
from shared.encoders.hl7v2.moments import Moments, Visits, moments_of
from shared.encoders.hl7v2.repeated import Repeated
from shared.encoders.hl7v2.trigger import Trigger
from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.rows.pieces import List, Only, Piece
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.body import from_record_batch
from shared.records.columns import Columns

ENCODER_VERSION = 2

_SNAPSHOTS = (Trigger.A04, Trigger.A01, Trigger.A08, Trigger.A03)
_ALLERGIES = Repeated("allergies", None, _SNAPSHOTS)
_DIAGNOSES = Repeated("conditions", "onset_s", _SNAPSHOTS)
_PROCEDURES = Repeated("treatments", "at_s", (Trigger.A03,))


@dataclass(frozen=True, slots=True)
class _Templates:
    message: Template
    allergy: Template
    diagnosis: Template
    procedure: Template


def encode(batch: pa.RecordBatch, context: EncodingContext) -> bytes:
    """All messages of these patients, patient by patient; nothing for those who never reach a
    facility.
    """
    patients = from_record_batch(batch)
    visits = Visits(patients)
    moments = moments_of(visits)
    columns = message_columns(visits, moments)
    lists = _lists(patients, moments, context)
    return (
        _templates(context)
        .message.render(len(moments.row), columns, context.epoch_s, lists)
        .to_bytes()
    )


def _lists(patients: Columns, moments: Moments, context: EncodingContext) -> Mapping[str, Texts]:
    templates, epoch_s = _templates(context), context.epoch_s
    return {
        "allergies": _ALLERGIES.render(
            templates.allergy, patients, moments, epoch_s, _all(patients, "allergies")
        ),
        "diagnoses": _DIAGNOSES.render(
            templates.diagnosis, patients, moments, epoch_s, _all(patients, "conditions")
        ),
        "procedures": _PROCEDURES.render(
            templates.procedure, patients, moments, epoch_s, _procedures(patients)
        ),
    }


def _all(patients: Columns, name: str) -> NDArray[np.bool_]:
    return np.ones(patients.nested[name].offsets[-1], np.bool_)


def _procedures(patients: Columns) -> NDArray[np.bool_]:
    """Drugs and fluids are no procedures."""
    kinds = np.array([False, *(each.kind not in ADMINISTERED for each in treatments())])
    chosen: NDArray[np.bool_] = kinds[patients.nested["treatments"].values["treatment"]]
    return chosen


@lru_cache(maxsize=CONTEXTS_MAX)
def _templates(context: EncodingContext) -> _Templates:
    body = [piece for trigger in Trigger for piece in _of_trigger(trigger, context)]
    return _Templates(
        Template([*segments.msh(context), *body]),
        Template(segments.al1()),
        Template(segments.dg1()),
        Template(segments.pr1()),
    )


def _of_trigger(trigger: Trigger, context: EncodingContext) -> list[Piece]:
    return [Only("trigger", trigger, _bodies(context)[trigger])]


def _bodies(context: EncodingContext) -> Mapping[Trigger, list[Piece]]:
    """The segments after MSH in the order of each message's structure."""
    person = [*segments.pid(context), *segments.pd1()]
    event, visit, cause = segments.evn(context), segments.pv1(context), segments.pv2(context)
    allergies, diagnoses, procedures = (
        List(name, skip=0) for name in ("allergies", "diagnoses", "procedures")
    )
    start = [*event, *person, *visit]
    return {
        Trigger.A04: [*start, *cause, *segments.registration_findings(), allergies, diagnoses],
        Trigger.A02: [*start, *cause],
        Trigger.A40: [*event, *person, *segments.mrg(context), *visit],
        Trigger.A01: [*start, *cause, allergies, diagnoses],
        Trigger.A08: [*start, *segments.triage(1), allergies, diagnoses],
        Trigger.R01: [*person, *visit, *segments.vital_signs()],
        Trigger.A11: start,
        Trigger.A03: [*start, allergies, diagnoses, procedures, *segments.severity()],
    }
