"""Elements that many resources share: ids, references, meta, coded concepts."""

from collections.abc import Sequence
from datetime import UTC
from functools import cache
from typing import Any

import orjson

from shared.clinical.tables import code_by_value
from shared.encoders.casualty.codings import SYSTEMS, CodedRow, codings
from shared.encoders.casualty.stays import NO_STAY
from shared.encoders.fhir import addresses
from shared.encoders.fhir.addresses import PATIENT, Address
from shared.encoders.fhir.framing import FhirContext, Framing
from shared.encoders.fhir.profiles import PACKS
from shared.encoders.rows.json_pieces import Absent, Fields, json_instant, json_object, json_text
from shared.encoders.rows.pieces import Piece, Word
from shared.encoders.rows.texts import Texts
from shared.records.vocabulary import BodyRegion, Side

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
UCUM = "http://unitsofmeasure.org"
# Says of every resource that it is about nobody.
TEST_DATA = {"system": f"{TERMINOLOGY}v3-ActReason", "code": "HTEST", "display": "test health data"}

_REGION_SITES = {
    BodyRegion.HEAD_NECK: "69536005",
    BodyRegion.FACE: "89545001",
    BodyRegion.CHEST: "51185008",
    BodyRegion.ABDOMEN: "113345001",
    BodyRegion.EXTERNAL: "39937001",
}


def constant(value: Any) -> bytes:
    """A JSON value that is the same in every row."""
    return orjson.dumps(value)


def resource(address: Address, context: FhirContext, fields: Fields) -> list[Piece]:
    """One resource, framed as the context wants it."""
    own_id = address.id(context)
    head: Fields = {
        "resourceType": constant(address.resource_type),
        "id": json_text(own_id),
        "meta": meta(context, address),
    }
    pieces = json_object({**head, **fields})
    if context.framing is Framing.LINE:
        return [*pieces, b"\n"]
    entry: Fields = {"fullUrl": json_text(address.urn(context)), "resource": pieces}
    if context.framing is Framing.TRANSACTION_ENTRY:
        url = json_text([f"{address.resource_type}/".encode(), *own_id])
        entry = {**entry, "request": json_object({"method": constant("PUT"), "url": url})}
    return [b",", *json_object(entry)]


def meta(context: FhirContext, address: Address) -> bytes:
    """When the record was stored, the profile that the resource claims, if any, and that it is
    about nobody.
    """
    profile = PACKS[context.options["profile"]].get((address.resource_type, address.kind))
    claim = {"profile": [profile]} if profile else {}
    return constant({"lastUpdated": written_at(context), **claim, "tag": [TEST_DATA]})


def written_at(context: FhirContext) -> str:
    """When the records were stored, as an instant with milliseconds."""
    moment = context.written_at.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def patient_reference(context: FhirContext) -> list[Piece]:
    return PATIENT.reference(context)


def encounter_reference(context: FhirContext) -> Absent:
    """The stay with the number in column `stay`, if there is one."""
    return Absent("stay", NO_STAY, addresses.stay("stay").reference(context))


def period(start: str, end: str) -> list[Piece]:
    return json_object({"start": json_instant(start), "end": json_instant(end)})


def concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def clinical_code(system: str, code: str) -> dict[str, Any]:
    """A code of the clinical tables as a Coding."""
    return {
        "system": SYSTEMS[system],
        "code": code,
        "display": code_by_value()[system, code].display,
    }


def quantity(value: Piece, unit: str, code: str) -> list[Piece]:
    return json_object(
        {"value": value, "unit": constant(unit), "system": constant(UCUM), "code": constant(code)}
    )


def concepts(rows: Sequence[CodedRow]) -> Texts:
    """CodeableConcepts by id: the codes that a row has, and its display as text."""
    return Texts.of((b"{}", *(constant(_concept(row)) for row in rows)))


@cache
def body_sites() -> Texts:
    """Lists with one CodeableConcept by `SIDES * region + side`; region 0 has none."""
    return Texts.of(
        constant([_body_site(region, side)] if region else [])
        for region in (0, *BodyRegion)
        for side in Side
    )


def body_site() -> Absent:
    """The body site in the columns `region` and `site` (`SIDES * region + side`), if there is
    one.
    """
    return Absent("region", 0, Word("site", body_sites()))


def _concept(row: CodedRow) -> dict[str, Any]:
    coded = [
        {"system": each.system, "code": each.code, "display": each.display} for each in codings(row)
    ]
    return {"coding": coded, "text": row.display} if coded else {"text": row.display}


def _body_site(region: int, side: Side) -> dict[str, Any]:
    place = BodyRegion(region)
    words = [] if side is Side.NONE else [side.name.lower()]
    text = " ".join([*words, place.name.lower().replace("_", " and ")]).capitalize()
    return (
        {"coding": [clinical_code("SNOMED CT", _REGION_SITES[place])], "text": text}
        if place in _REGION_SITES
        else {"text": text}
    )
