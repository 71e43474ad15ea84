"""FHIR Bundles, one a casualty and line: all of its resources, with the facilities and the staff
that they refer to.

Entries refer to each other by `urn:uuid:`. A transaction puts every resource under its own id, so
that loading it again changes nothing.
"""

from collections.abc import Mapping
from functools import lru_cache

import pyarrow as pa

from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import constant, meta, written_at
from shared.encoders.fhir.framing import FhirContext, Framing, framed
from shared.encoders.fhir.involved import render_facilities, render_staff
from shared.encoders.fhir.of_patients import OF_PATIENTS
from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.rows.json_pieces import Fields, json_object, json_text
from shared.encoders.rows.pieces import List
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.body import from_record_batch

ENCODER_VERSION = 2

_TYPES = {Framing.TRANSACTION_ENTRY: "transaction", Framing.ENTRY: "collection"}
_BUNDLE = Address("Bundle", "")
# A casualty has one Patient: the entry whose comma is left out.
_FIRST = "Patient"
_OF_JOB = ("Organization", "Location", "Practitioner", "PractitionerRole")


def encode_transactions(batch: pa.RecordBatch, context: EncodingContext) -> bytes:
    """One transaction Bundle a casualty."""
    return _encode(batch, framed(context, Framing.TRANSACTION_ENTRY))


def encode_collections(batch: pa.RecordBatch, context: EncodingContext) -> bytes:
    """One collection Bundle a casualty."""
    return _encode(batch, framed(context, Framing.ENTRY))


def _encode(batch: pa.RecordBatch, context: FhirContext) -> bytes:
    patients = from_record_batch(batch)
    entries: Mapping[str, Texts] = {
        **{name: render(patients, context) for name, render in OF_PATIENTS.items()},
        **render_facilities(patients, context),
        **render_staff(patients, context),
    }
    return _template(context).render(patients.rows, patients.flat, lists=entries).to_bytes()


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    others = [name for name in (*_OF_JOB, *OF_PATIENTS) if name != _FIRST]
    fields: Fields = {
        "resourceType": constant("Bundle"),
        "id": json_text(_BUNDLE.id(context)),
        "meta": meta(context, _BUNDLE),
        "type": constant(_TYPES[context.framing]),
        "timestamp": constant(written_at(context)),
        "entry": [b"[", List(_FIRST), *(List(name, skip=0) for name in others), b"]"],
    }
    return Template([*json_object(fields), b"\n"])
