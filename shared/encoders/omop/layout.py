"""OMOP's tables in an order that satisfies their foreign keys."""

from collections.abc import Mapping

import pyarrow as pa

from shared.encoders.interface.context import EncodingContext
from shared.encoders.omop.care import (
    CONDITION_OCCURRENCE,
    DRUG_EXPOSURE,
    PROCEDURE_OCCURRENCE,
    VISIT_OCCURRENCE,
)
from shared.encoders.omop.findings import MEASUREMENT, OBSERVATION
from shared.encoders.omop.people import DEATH, OBSERVATION_PERIOD, PERSON
from shared.encoders.omop.sources import CARE_SITE, CDM_SOURCE, LOCATION
from shared.encoders.rows.csv_pieces import CsvTable
from shared.records.body import from_record_batch

ENCODER_VERSION = 3

TABLES: Mapping[str, CsvTable] = {
    "person": PERSON,
    "observation_period": OBSERVATION_PERIOD,
    "location": LOCATION,
    "care_site": CARE_SITE,
    "visit_occurrence": VISIT_OCCURRENCE,
    "condition_occurrence": CONDITION_OCCURRENCE,
    "drug_exposure": DRUG_EXPOSURE,
    "procedure_occurrence": PROCEDURE_OCCURRENCE,
    "measurement": MEASUREMENT,
    "observation": OBSERVATION,
    "death": DEATH,
    "cdm_source": CDM_SOURCE,
}


def encode(batch: pa.RecordBatch, context: EncodingContext, table: str) -> bytes:
    """The table's rows of these patients; the header comes first when the batch begins with ordinal
    0.
    """
    return TABLES[table].encode(from_record_batch(batch), context)
