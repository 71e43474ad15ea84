"""The one table of output formats: what an export, the offline mode and the documentation offer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from shared.encoders.cards import encode as cards
from shared.encoders.cards.pdf_assembly import PdfAssembly
from shared.encoders.casualty import flat_tables
from shared.encoders.csv import encode as csv
from shared.encoders.fhir import bundle as fhir_bundle
from shared.encoders.fhir import ips
from shared.encoders.fhir import ndjson as fhir_ndjson
from shared.encoders.hl7v2 import encode as hl7v2
from shared.encoders.interface.assembly import Assembly, Concatenation
from shared.encoders.interface.context import EncodingContext
from shared.encoders.json import ndjson
from shared.encoders.json.array import JsonArray
from shared.encoders.maps import cot, geojson, kml
from shared.encoders.omop import layout as omop
from shared.encoders.parquet import encode as parquet
from shared.encoders.parquet import page_kernel
from shared.encoders.parquet.assembly import ParquetAssembly
from shared.encoders.rows import render_kernel
from shared.encoders.synthea import layout as synthea
from shared.encoders.xlsx import workbook as xlsx


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One output format.

    `tables` are what can be asked for one at a time, the first by default; none if the format is
    one file.
    `slice_patients`: patients encoded at once, which bounds memory; slices begin at its multiples.
    `joinable`: the files of two ranges, one behind the other, are the file of both.
    `compressible`: a content-coding makes it smaller.
    `options`: what can be chosen of it besides, of the table `OPTIONS`.
    """

    version: int
    media_type: str
    suffix: str
    slice_patients: int
    encode: Callable[[pa.RecordBatch, EncodingContext, str], bytes]
    tables: tuple[str, ...] = ()
    assembly: Callable[[], Assembly] = Concatenation
    joinable: bool = True
    compressible: bool = True
    options: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = {
    "ndjson": Format(
        version=ndjson.ENCODER_VERSION,
        media_type="application/x-ndjson",
        suffix=".ndjson",
        slice_patients=250,
        encode=lambda batch, context, _table: ndjson.encode(batch, context),
    ),
    "json": Format(
        version=ndjson.ENCODER_VERSION,
        media_type="application/json",
        suffix=".json",
        slice_patients=250,
        encode=lambda batch, context, _table: ndjson.encode(batch, context),
        assembly=JsonArray,
        joinable=False,
    ),
    "csv": Format(
        version=csv.ENCODER_VERSION,
        media_type="text/csv; charset=utf-8",
        suffix=".csv",
        slice_patients=500,
        encode=csv.encode,
        tables=flat_tables.TABLES,
        options=("bom", "cells"),
    ),
    "csv-synthea": Format(
        version=synthea.ENCODER_VERSION,
        media_type="text/csv; charset=utf-8",
        suffix=".csv",
        slice_patients=500,
        encode=synthea.encode,
        tables=tuple(synthea.TABLES),
        options=("cells", "layout"),
    ),
    "parquet": Format(
        version=parquet.ENCODER_VERSION,
        media_type="application/vnd.apache.parquet",
        suffix=".parquet",
        slice_patients=parquet.ROW_GROUP_PATIENTS,
        encode=parquet.encode,
        tables=flat_tables.TABLES,
        assembly=ParquetAssembly,
        options=("encoding",),
        joinable=False,
        compressible=False,
    ),
    "omop": Format(
        version=omop.ENCODER_VERSION,
        media_type="text/csv; charset=utf-8",
        suffix=".csv",
        slice_patients=500,
        encode=omop.encode,
        tables=tuple(omop.TABLES),
    ),
    "fhir-ndjson": Format(
        version=fhir_ndjson.ENCODER_VERSION,
        media_type="application/fhir+ndjson",
        suffix=".ndjson",
        slice_patients=250,
        encode=fhir_ndjson.encode,
        tables=tuple(fhir_ndjson.RESOURCES),
        options=("profile",),
    ),
    "fhir-bundle": Format(
        version=fhir_bundle.ENCODER_VERSION,
        media_type="application/fhir+ndjson",
        suffix=".ndjson",
        slice_patients=50,
        encode=lambda batch, context, _table: fhir_bundle.encode_transactions(batch, context),
        options=("profile",),
    ),
    "fhir-collection": Format(
        version=fhir_bundle.ENCODER_VERSION,
        media_type="application/fhir+ndjson",
        suffix=".ndjson",
        slice_patients=50,
        encode=lambda batch, context, _table: fhir_bundle.encode_collections(batch, context),
        options=("profile",),
    ),
    "ips": Format(
        version=ips.ENCODER_VERSION,
        media_type="application/fhir+ndjson",
        suffix=".ndjson",
        slice_patients=50,
        encode=lambda batch, context, _table: ips.encode(batch, context),
        options=("profile",),
    ),
    "hl7v2": Format(
        version=hl7v2.ENCODER_VERSION,
        media_type="application/hl7-v2; charset=utf-8",
        suffix=".hl7",
        slice_patients=250,
        encode=lambda batch, context, _table: hl7v2.encode(batch, context),
        options=("sending_application", "receiving_application"),
    ),
    "geojson": Format(
        version=geojson.ENCODER_VERSION,
        media_type="application/geo+json",
        suffix=".geojson",
        slice_patients=250,
        encode=geojson.encode,
        assembly=geojson.FeatureCollection,
        joinable=False,
    ),
    "kml": Format(
        version=kml.ENCODER_VERSION,
        media_type="application/vnd.google-earth.kml+xml",
        suffix=".kml",
        slice_patients=250,
        encode=kml.encode,
        assembly=kml.KmlDocument,
        joinable=False,
    ),
    "cot": Format(
        version=cot.ENCODER_VERSION,
        media_type="application/xml",
        suffix=".xml",
        slice_patients=250,
        encode=cot.encode,
    ),
    "xlsx": Format(
        version=xlsx.ENCODER_VERSION,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        suffix=".xlsx",
        slice_patients=1_000,
        encode=xlsx.encode,
        assembly=xlsx.XlsxAssembly,
        joinable=False,
        compressible=False,
    ),
    **{
        name: Format(
            version=cards.ENCODER_VERSION,
            media_type="application/x-ndjson",
            suffix=".ndjson",
            slice_patients=250,
            encode=partial(cards.encode_json, card),
        )
        for name, card in cards.CARDS.items()
    },
    **{
        f"{name}-pdf": Format(
            version=cards.PAGES_VERSION,
            media_type="application/pdf",
            suffix=".pdf",
            slice_patients=50,
            encode=partial(cards.encode_pdf, card),
            assembly=PdfAssembly,
            joinable=False,
            compressible=False,
        )
        for name, card in cards.CARDS.items()
    },
}


def compile_kernels() -> None:
    """Compile the encoders' inner loops into their cache, or load them from there."""
    render_kernel.compile_kernels()
    page_kernel.compile_kernels()
