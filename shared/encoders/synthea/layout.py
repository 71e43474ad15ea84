"""Synthea's tables by the names of its files."""

from collections.abc import Mapping

import pyarrow as pa

from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.csv_pieces import CsvTable
from shared.encoders.synthea.care import CONDITIONS, ENCOUNTERS, MEDICATIONS, PROCEDURES
from shared.encoders.synthea.facilities import ORGANIZATIONS, PROVIDERS
from shared.encoders.synthea.observations import OBSERVATIONS
from shared.encoders.synthea.people import ALLERGIES, PATIENTS
from shared.records.body import from_record_batch

ENCODER_VERSION = 3

TABLES: Mapping[str, CsvTable] = {
    "patients": PATIENTS,
    "encounters": ENCOUNTERS,
    "conditions": CONDITIONS,
    "observations": OBSERVATIONS,
    "procedures": PROCEDURES,
    "medications": MEDICATIONS,
    "allergies": ALLERGIES,
    "organizations": ORGANIZATIONS,
    "providers": PROVIDERS,
}


def encode(batch: pa.RecordBatch, context: EncodingContext, table: str) -> bytes:
    """The table's rows of these patients; the header comes first when the batch begins with ordinal
    0.
    """
    return TABLES[table].encode(from_record_batch(batch), context)
