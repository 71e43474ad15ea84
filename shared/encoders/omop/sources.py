"""location and care_site: the scenario's facilities; cdm_source: what this is. Written with ordinal
0.
"""

from collections.abc import Mapping

import numpy as np

from shared.encoders.interface.context import EncodingContext
from shared.encoders.omop.cells import source_value
from shared.encoders.omop.concepts import CDM_5_4, NO_CONCEPT
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, begins, cell, cells
from shared.encoders.rows.pieces import Integer, Word
from shared.records.columns import Columns
from shared.records.engine_version import ENGINE_VERSION

_NONE = b"%d" % NO_CONCEPT
_TITLE_CHARACTERS_MAX = 200


def _facility_rows(patients: Columns, context: EncodingContext) -> Rows:
    count = len(context.scenario.facilities) if begins(patients) else 0
    return count, {"facility": np.arange(count), "id": np.arange(count) + 1}


def _locations(context: EncodingContext) -> Mapping[str, Cell]:
    facilities = dict(enumerate(context.scenario.facilities))
    return {
        "location_id": Integer("id"),
        **dict.fromkeys(("address_1", "address_2", "city", "state", "zip", "county"), EMPTY),
        "location_source_value": [f"{context.job_id}-facility".encode(), Integer("facility")],
        "country_concept_id": _NONE,
        "country_source_value": EMPTY,
        "latitude": Word(
            "facility",
            cells(
                {place: f"{facility.latitude_deg:.6f}" for place, facility in facilities.items()}
            ),
        ),
        "longitude": Word(
            "facility",
            cells(
                {place: f"{facility.longitude_deg:.6f}" for place, facility in facilities.items()}
            ),
        ),
    }


def _care_sites(context: EncodingContext) -> Mapping[str, Cell]:
    facilities = dict(enumerate(context.scenario.facilities))
    return {
        "care_site_id": Integer("id"),
        "care_site_name": Word(
            "facility", cells({place: facility.name for place, facility in facilities.items()})
        ),
        "place_of_service_concept_id": _NONE,
        "location_id": Integer("id"),
        "care_site_source_value": [f"{context.job_id}-facility".encode(), Integer("facility")],
        "place_of_service_source_value": Word(
            "facility",
            cells(
                {
                    place: source_value(f"role_{facility.role}")
                    for place, facility in facilities.items()
                }
            ),
        ),
    }


def _source_rows(patients: Columns, _context: EncodingContext) -> Rows:
    return int(begins(patients)), {}


def _source(context: EncodingContext) -> Mapping[str, Cell]:
    released = f"{context.written_at:%Y-%m-%d}".encode()
    return {
        "cdm_source_name": b"Lazaret synthetic casualties",
        "cdm_source_abbreviation": b"Lazaret",
        "cdm_holder": b"nobody: the data are synthetic",
        "source_description": cell(context.scenario.title[:_TITLE_CHARACTERS_MAX]),
        "source_documentation_reference": f"job {context.job_id}".encode(),
        "cdm_etl_reference": f"engine {ENGINE_VERSION}".encode(),
        "source_release_date": released,
        "cdm_release_date": released,
        "cdm_version": b"5.4",
        "cdm_version_concept_id": b"%d" % CDM_5_4,
        "vocabulary_version": b"none",
    }


LOCATION = CsvTable(_locations, _facility_rows)
CARE_SITE = CsvTable(_care_sites, _facility_rows)
CDM_SOURCE = CsvTable(_source, _source_rows)
