"""Patient: the casualty as a person."""

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np

from shared.clinical import tables
from shared.encoders.fhir.addresses import PATIENT
from shared.encoders.fhir.elements import TERMINOLOGY, concept, constant, resource
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import (
    Absent,
    Fields,
    json_day,
    json_instant,
    json_object,
    json_text,
    json_values,
)
from shared.encoders.rows.pieces import Integer, Piece, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns
from shared.records.identifiers import first_number
from shared.records.vocabulary import Branch, Outcome, Sex

SERVICE_NUMBER = "urn:lazaret:service-number"
PERSON_NUMBER = "urn:lazaret:person-number"
NATIONALITY = "http://hl7.org/fhir/StructureDefinition/patient-nationality"
COUNTRIES = "urn:iso:std:iso:3166"
_DEAD = (Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE)


def render(patients: Columns, context: FhirContext) -> Texts:
    """One Patient a casualty."""
    columns = {**patients.flat, "died": np.isin(patients.flat["outcome"], _DEAD)}
    return _template(context).render(patients.rows, columns, context.epoch_s)


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    identifier: Fields = {
        "use": constant("official"),
        "type": Word("branch", _of_branch(_number_type)),
        "system": Word("branch", _of_branch(_number_system)),
        "value": json_text(Integer("ordinal", first_number(context.job_id))),
    }
    fields: Fields = {
        "extension": Word("nation", _nationalities()),
        "identifier": [b"[", *json_object(identifier), b"]"],
        "active": constant(True),
        "name": [b"[", *_name(), b"]"],
        "gender": Word("sex", json_values({sex.value: sex.name.lower() for sex in Sex})),
        "birthDate": json_day("birth_date"),
        "deceasedDateTime": Absent("died", 0, json_instant("ended_at_s")),
    }
    return Template(resource(PATIENT, context, fields))


def _of_branch(value: Callable[[Branch], object]) -> Texts:
    return json_values({branch.value: value(branch) for branch in Branch})


def _number_type(branch: Branch) -> object:
    """A civilian's, and so a child's, is no military number."""
    if branch is Branch.CIVILIAN:
        return concept(f"{TERMINOLOGY}v2-0203", "PN", "Person number")
    return concept(f"{TERMINOLOGY}v2-0203", "MI", "Military ID number")


def _number_system(branch: Branch) -> object:
    return PERSON_NUMBER if branch is Branch.CIVILIAN else SERVICE_NUMBER


def _name() -> list[Piece]:
    given: list[Piece] = [b"[", Word("given_id", _person_names()), b"]"]
    return json_object(
        {"use": constant("official"), "family": Word("family_id", _person_names()), "given": given}
    )


@cache
def _person_names() -> Texts:
    return json_values({row.id: row.name for row in tables.names()})


@cache
def _nationalities() -> Texts:
    values = {
        row.id: [{"url": NATIONALITY, "extension": [_code(row.code, row.name)]}]
        for row in tables.nations()
    }
    return json_values(values)


def _code(code: str, name: str) -> dict[str, object]:
    return {"url": "code", "valueCodeableConcept": concept(COUNTRIES, code, name)}
