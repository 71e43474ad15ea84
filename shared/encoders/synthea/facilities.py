"""organizations.csv and providers.csv: the scenario's facilities, and the staff of each as one
provider; written with ordinal 0.
"""

from collections.abc import Callable, Mapping

import numpy as np

from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, begins, cells, guarded
from shared.encoders.rows.pieces import Word
from shared.encoders.synthea.cells import NO_COST, place
from shared.records.columns import Columns
from shared.scenarios.medical_system import Facility


def _rows(patients: Columns, context: EncodingContext) -> Rows:
    count = len(context.scenario.facilities) if begins(patients) else 0
    return count, {"facility": np.arange(count)}


def _organizations(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "Id": place(context, "facility"),
        "NAME": Word("facility", cells(_names(context))),
        **_where(context),
        "PHONE": EMPTY,
        "REVENUE": NO_COST,
        "UTILIZATION": b"0",
        **_number(context),
    }


def _providers(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        "Id": place(context, "staff"),
        "ORGANIZATION": place(context, "facility"),
        "NAME": Word(
            "facility", cells(_texts(context, lambda facility: f"Staff of {facility.name}"))
        ),
        "GENDER": EMPTY,
        "SPECIALITY": b"GENERAL PRACTICE",
        **_where(context),
        "ENCOUNTERS": b"0",
        "PROCEDURES": b"0",
        **_number(context),
    }


def _number(context: EncodingContext) -> Mapping[str, Cell]:
    """Synthea has the column since after 3.3; no such number is known here."""
    return {} if context.options["layout"] == "3.3" else {"NPI": EMPTY}


def _names(context: EncodingContext) -> Mapping[int, str | None]:
    names = _texts(context, lambda facility: facility.name)
    return {number: guarded(name, context) for number, name in names.items()}


def _where(context: EncodingContext) -> Mapping[str, Cell]:
    return {
        **dict.fromkeys(("ADDRESS", "CITY", "STATE", "ZIP"), EMPTY),
        "LAT": Word(
            "facility", cells(_texts(context, lambda facility: f"{facility.latitude_deg:.6f}"))
        ),
        "LON": Word(
            "facility", cells(_texts(context, lambda facility: f"{facility.longitude_deg:.6f}"))
        ),
    }


def _texts(context: EncodingContext, text: Callable[[Facility], str]) -> Mapping[int, str]:
    return {number: text(facility) for number, facility in enumerate(context.scenario.facilities)}


ORGANIZATIONS = CsvTable(_organizations, _rows)
PROVIDERS = CsvTable(_providers, _rows)
