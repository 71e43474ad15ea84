"""Flag: what everybody who meets the casualty must see: its triage category and exposure to
chemical or radiological agents.
"""

from functools import cache, lru_cache

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.stays import rows_of
from shared.encoders.casualty.words import words_of
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import (
    TERMINOLOGY,
    concept,
    constant,
    patient_reference,
    resource,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import row_offsets
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Absent, Fields, json_instant, json_object, json_values
from shared.encoders.rows.pieces import Piece, Unless, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns
from shared.records.vocabulary import EventKind, Outcome, Triage

TRIAGE = Address("Flag", "triage-flag")
CBRN = Address("Flag", "cbrn-flag")
NOT_TRIAGED = 0
NOT_EXPOSED = 0
_IN_FORCE = (Outcome.IN_CARE, Outcome.EVACUATED)
_AGENTS = ("nerve_agent", "blister_agent", "choking_agent", "radiation")
_CATEGORIES = f"{TERMINOLOGY}flag-category"


def render(patients: Columns, context: FhirContext) -> Texts:
    """The last triage category of each casualty that was triaged, and its exposure if there was
    one.
    """
    return _template(context).render(patients.rows, flag_columns(patients), context.epoch_s)


def flag_columns(patients: Columns) -> dict[str, Array]:
    """The patients' own columns with `triage` and `triaged_s`, `exposed` (the mechanism, if it was
    an agent) and `in_force`.
    """
    place = last_triage(patients)
    events = patients.nested["events"].values
    mechanism = patients.flat["mechanism"]
    return {
        **patients.flat,
        "triage": np.where(place >= 0, events["detail"][place], NOT_TRIAGED),
        "triaged_s": np.where(place >= 0, events["at_s"][place], 0),
        "exposed": np.where(_agents()[mechanism], mechanism, NOT_EXPOSED),
        "in_force": np.isin(patients.flat["outcome"], _IN_FORCE).astype(np.int8),
    }


def last_triage(patients: Columns) -> Array:
    """The place of each patient's last triage among all events; -1 for who was never triaged."""
    events = patients.nested["events"]
    triages = np.flatnonzero(events.values["kind"] == EventKind.TRIAGED)
    offsets = row_offsets(rows_of(events.offsets)[triages], patients.rows)
    last = np.append(triages, -1)[offsets[1:] - 1]
    return np.where(offsets[1:] > offsets[:-1], last, -1)


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    triage = _flag(
        TRIAGE, ("clinical", "Clinical"), Word("triage", _triages()), "triaged_s", context
    )
    exposure = _flag(
        CBRN, ("safety", "Safety"), Word("exposed", _exposures()), "injured_at_s", context
    )
    return Template(
        [Unless("triage", NOT_TRIAGED, triage), Unless("exposed", NOT_EXPOSED, exposure)]
    )


def _flag(
    address: Address, category: tuple[str, str], code: Piece, start: str, context: FhirContext
) -> list[Piece]:
    fields: Fields = {
        "status": Word("in_force", json_values({0: "inactive", 1: "active"})),
        "category": constant([concept(_CATEGORIES, *category)]),
        "code": code,
        "subject": patient_reference(context),
        "period": json_object(
            {"start": json_instant(start), "end": Absent("in_force", 1, json_instant("ended_at_s"))}
        ),
    }
    return resource(address, context, fields)


@cache
def _agents() -> Array:
    return np.array([False, *(row.kind in _AGENTS for row in tables.mechanisms())])


@cache
def _triages() -> Texts:
    return json_values(
        {number: {"text": f"Triage category {word}"} for number, word in words_of(Triage).items()}
    )


@cache
def _exposures() -> Texts:
    return json_values({row.id: {"text": f"Exposed: {row.display}"} for row in tables.mechanisms()})
