"""The thin row of a patient as clients see it, and what can be asked of it."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from services.gateway.api.words import mechanism_names, nation_codes, one_of, person_names
from services.gateway.http.parse import Parameters
from shared.encoders.casualty.words import words_of
from shared.records.vocabulary import Branch, Category, Outcome, Role, Sex, Triage

# Filters by which whole parts can be skipped: their counts stand in a part's summary.
COUNTED = (
    "category",
    "triage_first",
    "outcome",
    "sex",
    "branch",
    "nation",
    "mechanism",
    "role_last",
)


class PatientQuery(Parameters):
    """Which patients to list: every filter that is given must hold."""

    category: Annotated[int | None, *one_of(lambda: words_of(Category))] = None
    triage_first: Annotated[int | None, *one_of(lambda: words_of(Triage))] = None
    outcome: Annotated[int | None, *one_of(lambda: words_of(Outcome))] = None
    sex: Annotated[int | None, *one_of(lambda: words_of(Sex))] = None
    branch: Annotated[int | None, *one_of(lambda: words_of(Branch))] = None
    nation: Annotated[int | None, *one_of(nation_codes)] = None
    mechanism: Annotated[int | None, *one_of(mechanism_names)] = None
    role_last: Annotated[int | None, *one_of(lambda: words_of(Role))] = None
    sector: Annotated[int | None, Field(ge=0, lt=2**31)] = None
    iss_min: Annotated[
        int | None, Field(ge=0, le=75, description="Injury Severity Score at least")
    ] = None
    iss_max: Annotated[
        int | None, Field(ge=0, le=75, description="Injury Severity Score at most")
    ] = None
    after: Annotated[int | None, Field(ge=0, lt=2**53, description="`next` of the page before")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, description="Items at most")] = 100


class PatientRow(BaseModel):
    """A patient in short."""

    id: str
    ordinal: int
    sector: int
    family_name: str
    given_name: str
    birth_date: date
    sex: str
    nation: str
    branch: str
    category: str
    mechanism: str
    triage_first: str
    iss: int
    outcome: str
    role_last: str
    injured_at: datetime
    ended_at: datetime


class PatientPage(BaseModel):
    """Patients in ordinal order. `next` is the following page's `after`; null when there is no
    more.

    With filters a page may hold fewer items than `limit`, or none, and still have a `next`: a page
    searches a bounded number of parts.
    """

    items: list[PatientRow]
    next: str | None


def patient_row(job_id: UUID, starts_at: datetime, row: asyncpg.Record) -> PatientRow:
    """Show a row of `patients`; `starts_at` is the scenario's second 0."""
    return PatientRow(
        id=f"{job_id}-{row['ordinal']}",
        ordinal=row["ordinal"],
        sector=row["sector"],
        family_name=person_names()[row["family_id"]],
        given_name=person_names()[row["given_id"]],
        birth_date=row["birth_date"],
        sex=words_of(Sex)[row["sex"]],
        nation=nation_codes()[row["nation"]],
        branch=words_of(Branch)[row["branch"]],
        category=words_of(Category)[row["category"]],
        mechanism=mechanism_names()[row["mechanism"]],
        triage_first=words_of(Triage)[row["triage_first"]],
        iss=row["iss"],
        outcome=words_of(Outcome)[row["outcome"]],
        role_last=words_of(Role)[row["role_last"]],
        injured_at=starts_at + timedelta(seconds=row["injured_at_s"]),
        ended_at=starts_at + timedelta(seconds=row["ended_at_s"]),
    )
