"""International Patient Summary: document Bundles, one a line; each casualty has one for every
hand-over and, last, one of the end.

A document says what was known at its moment: nothing that came later is in it. Of the vital signs
it has the last ones measured.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pyarrow as pa

from shared.encoders.casualty.stays import stays_of
from shared.encoders.fhir import addresses
from shared.encoders.fhir.addresses import PATIENT, Address
from shared.encoders.fhir.documents import Documents, documents_of
from shared.encoders.fhir.elements import TERMINOLOGY, concept, constant, meta, resource
from shared.encoders.fhir.evacuations import requests_of
from shared.encoders.fhir.flag import flag_columns
from shared.encoders.fhir.framing import FhirContext, Framing, framed
from shared.encoders.fhir.involved import render_facilities, render_staff
from shared.encoders.fhir.known_at import known_at
from shared.encoders.fhir.of_patients import OF_PATIENTS
from shared.encoders.fhir.per_patient import of_rows
from shared.encoders.fhir.section import reference
from shared.encoders.fhir.staff import staff_of, staff_reference
from shared.encoders.fhir.summary_sections import SECTIONS, fill
from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.rows.json_pieces import Absent, Fields, json_instant, json_object, json_text
from shared.encoders.rows.pieces import List, Piece, Unless
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.body import from_record_batch
from shared.records.columns import Array, Columns

ENCODER_VERSION = 2

_PATIENT_SUMMARY = concept("http://loinc.org", "60591-5", "Patient summary Document")
_CARE_PROVISION = concept(f"{TERMINOLOGY}v3-ActClass", "PCPR", "care provision")
_BUNDLE = Address("Bundle", "summary", "document")
_COMPOSITION = Address("Composition", "summary", "document")
# What no section of a summary refers to.
_LEFT_OUT = ("DiagnosticReport", "Provenance", "PractitionerRole")


def encode(batch: pa.RecordBatch, context: EncodingContext) -> bytes:
    """Every document of every casualty, in the order of patients and time."""
    patients = from_record_batch(batch)
    return _render(patients, documents_of(patients), framed(context, Framing.ENTRY)).to_bytes()


def _render(patients: Columns, documents: Documents, context: FhirContext) -> Texts:
    known = known_at(patients, documents.row, documents.at_s)
    authors = staff_of(documents.facility, context)
    contents, details = fill(known, context), _details(known, context)
    columns: Mapping[str, Array] = {
        **known.flat,
        "document": documents.index,
        "at_s": documents.at_s,
        "staff": authors,
        "details": np.diff(details.starts),
        **{f"{name}_count": content.counts for name, content in contents.items()},
    }
    lists = {
        "details": details,
        **{f"{name}_entries": content.entries for name, content in contents.items()},
        **{f"{name}_lines": content.lines for name, content in contents.items()},
        **_entries(known, authors, context),
    }
    return _template(context).render(known.rows, columns, context.epoch_s, lists)


def _entries(known: Columns, authors: Array, context: FhirContext) -> Mapping[str, Texts]:
    made = {
        **{
            name: render(known, context)
            for name, render in OF_PATIENTS.items()
            if name not in _LEFT_OUT
        },
        **render_facilities(known, context),
        **render_staff(known, context, authors),
    }
    # A flag that is no longer in force alerts nobody.
    in_force = Template([Unless("in_force", 0, [List("flags", skip=0)])])
    made["Flag"] = in_force.render(known.rows, flag_columns(known), lists={"flags": made["Flag"]})
    return {name: texts for name, texts in made.items() if name not in _LEFT_OUT}


def _details(known: Columns, context: FhirContext) -> Texts:
    """References to the stays and the requests for evacuation that a document is about, each with a
    comma before it.
    """
    stays, requests = stays_of(known), requests_of(known)
    lists = {
        "stays": _references(addresses.stay("index"), stays.row, stays.index, known, context),
        "requests": _references(
            Address("ServiceRequest", "evacuation", "index"),
            requests.row,
            requests.index,
            known,
            context,
        ),
    }
    return Template([List(name, skip=0) for name in lists]).render(known.rows, {}, lists=lists)


def _references(
    address: Address, row: Array, index: Array, known: Columns, context: FhirContext
) -> Texts:
    texts = Template(reference(address, context)).render(
        len(row), {"ordinal": known.flat["ordinal"][row], "index": index}
    )
    return of_rows(texts, row, known)


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    names = [
        name
        for name in (*OF_PATIENTS, "Organization", "Location", "Practitioner")
        if name not in _LEFT_OUT
    ]
    fields: Fields = {
        "resourceType": constant("Bundle"),
        "id": json_text(_BUNDLE.id(context)),
        "meta": meta(context, _BUNDLE),
        "identifier": _identifier(_BUNDLE, context),
        "type": constant("document"),
        "timestamp": json_instant("at_s"),
        "entry": [b"[", *_composition(context), *(List(name, skip=0) for name in names), b"]"],
    }
    return Template([*json_object(fields), b"\n"])


def _identifier(address: Address, context: FhirContext) -> list[Piece]:
    return json_object(
        {"system": constant("urn:ietf:rfc:3986"), "value": json_text(address.urn(context))}
    )


def _composition(context: FhirContext) -> list[Piece]:
    """The Composition's entry, without the comma before it: it is the first."""
    period = json_object({"start": json_instant("injured_at_s"), "end": json_instant("at_s")})
    event: Fields = {
        "code": constant([_CARE_PROVISION]),
        "period": period,
        "detail": Absent("details", 0, [b"[", List("details"), b"]"]),
    }
    sections = [
        piece
        for place, section in enumerate(SECTIONS)
        for piece in section.pieces(b"," if place else b"")
    ]
    fields: Fields = {
        "identifier": _identifier(_COMPOSITION, context),
        "status": constant("final"),
        "type": constant(_PATIENT_SUMMARY),
        "subject": PATIENT.reference(context),
        "date": json_instant("at_s"),
        "author": [b"[", *staff_reference(context), b"]"],
        "title": constant("International Patient Summary"),
        "confidentiality": constant("N"),
        "event": [b"[", *json_object(event), b"]"],
        "section": [b"[", *sections, b"]"],
    }
    return resource(_COMPOSITION, context, fields)[1:]
