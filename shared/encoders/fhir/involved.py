"""Which of the job's facilities and staff a casualty's resources refer to, as entries of its
Bundle.
"""

import numpy as np

from shared.encoders.casualty.stays import stays_of
from shared.encoders.fhir import facility, staff
from shared.encoders.fhir.evacuations import departures_of, requests_of
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import row_offsets
from shared.encoders.fhir.staff import staff_of
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns


def render_facilities(patients: Columns, context: FhirContext) -> dict[str, Texts]:
    """Organizations and Locations of every facility where each casualty stayed."""
    stays = stays_of(patients)
    return {
        "Organization": _chosen(
            facility.render_organizations(context), stays.row, stays.facility, patients.rows
        ),
        "Location": _chosen(
            facility.render_locations(context), stays.row, stays.facility, patients.rows
        ),
    }


def render_staff(
    patients: Columns, context: FhirContext, authors: Array | None = None
) -> dict[str, Texts]:
    """Practitioners and PractitionerRoles who treated each casualty, asked for its evacuation or
    handed it over; `authors` besides.
    """
    row, number = _staff_numbers(patients, context)
    if authors is not None:
        row, number = (
            np.concatenate((row, np.arange(patients.rows))),
            np.concatenate((number, authors)),
        )
    return {
        "Practitioner": _chosen(staff.render_practitioners(context), row, number, patients.rows),
        "PractitionerRole": _chosen(staff.render_roles(context), row, number, patients.rows),
    }


def _staff_numbers(patients: Columns, context: FhirContext) -> tuple[Array, Array]:
    found = (stays_of(patients), requests_of(patients), departures_of(patients))
    row, place = (
        np.concatenate([getattr(each, name) for each in found]) for name in ("row", "facility")
    )
    return row, staff_of(place, context)


def _chosen(texts: Texts, row: Array, number: Array, rows: int) -> Texts:
    """The texts with those numbers, each once a row and in order."""
    width = len(texts) + 1
    pairs = np.unique(row.astype(np.int64) * width + number)
    return texts.chosen(pairs % width).joined(row_offsets(pairs // width, rows))
