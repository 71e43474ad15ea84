"""The workbook, as a spreadsheet program opens it."""

import io
from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

import openpyxl
import pytest

from shared.encoders.xlsx import sheet, workbook
from shared.encoders.xlsx.tallies import HOUR_S
from tests.unit.encoders.plain_documents import documents
from tests.unit.encoders.sample import PATIENTS, sample

PRESET = "joint-operation"


@cache
def plain() -> list[dict[str, Any]]:
    """The records as ordinary code shows them."""
    return documents(*sample(PRESET))


@cache
def opened(step: int = PATIENTS, patients: int = PATIENTS) -> openpyxl.Workbook:
    batch, context = sample(PRESET)
    assembly = workbook.XlsxAssembly()
    starts = range(0, max(patients, 1), step)
    pieces = [
        workbook.encode(batch.slice(start, min(step, patients - start)), context, "")
        for start in starts
    ]
    return openpyxl.load_workbook(io.BytesIO(b"".join(map(assembly.add, pieces)) + assembly.end()))


def rows(book: openpyxl.Workbook, name: str) -> list[dict[str, object]]:
    heading, *found = book[name].iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in found]


def test_sheets_stand_in_a_planners_order() -> None:
    """Summaries come first, casualties last; every sheet's headings stay in sight."""
    book = opened()
    assert book.sheetnames == ["summary", "census", "queues", "evacuation", "casualties"]
    assert {sheet.freeze_panes for sheet in book} == {"A2"}


def test_casualties_have_the_records_values() -> None:
    """Numbers are numbers, times are times, and what does not apply is empty."""
    for row, patient in zip(rows(opened(), "casualties"), plain(), strict=True):
        assert row["patient_id"] == patient["id"]
        assert row["injured_at"] == datetime.fromisoformat(patient["injured_at"]).replace(
            tzinfo=None
        )
        assert row["birth_date"] == datetime.fromisoformat(patient["birth_date"])
        for name in (
            "iss",
            "weight_kg",
            "triss",
            "unit",
            "outcome",
            "death_cause",
            "returned_within_72h",
            "compound_event",
        ):
            assert row[name] == patient[name], name
        assert row["allergies"] == ";".join(each["name"] for each in patient["allergies"])


def test_the_summary_counts_every_casualty_once() -> None:
    """By category, triage and outcome, with the sum at the end."""
    *counted, total = rows(opened(), "summary")
    expected = Counter(
        (each["category"], each["triage_first"], each["outcome"]) for each in plain()
    )
    assert {
        (row["category"], row["triage_first"], row["outcome"]): row["patients"] for row in counted
    } == expected
    assert total["patients"] == PATIENTS


def test_queues_are_waits_of_the_records() -> None:
    """Each wait for evacuation from a place is counted, with its mean and the longest, in
    minutes.
    """
    waits: dict[str, list[float]] = {}
    for patient in plain():
        asked = None
        for event in patient["events"]:
            if event["kind"] == "evacuation_requested":
                asked = event
            elif event["kind"] == "departed" and asked:
                wait = datetime.fromisoformat(event["at"]) - datetime.fromisoformat(asked["at"])
                waits.setdefault(asked["facility"] or "point of injury", []).append(
                    wait.total_seconds() / 60
                )
                asked = None
    found = {
        row["place"]: row for row in rows(opened(), "queues") if row["wait_for"] == "evacuation"
    }
    assert found.keys() == waits.keys()
    for place, minutes in waits.items():
        assert found[place]["patients"] == len(minutes)
        assert found[place]["mean_min"] == pytest.approx(sum(minutes) / len(minutes), abs=0.06)
        assert found[place]["longest_min"] == pytest.approx(max(minutes), abs=0.06)


def test_the_census_counts_who_is_there() -> None:
    """At the end of every hour, those who have come and not gone; a day shows the most of its
    hours.
    """
    _, context = sample(PRESET)
    facility = context.scenario.facilities[-1].name
    stays = [stay for patient in plain() for stay in _stays(patient, facility)]
    start = context.scenario.starts_at.timestamp()
    for row in (row for row in rows(opened(), "census") if row["facility"] == facility):
        hours = [(row["day"] - 1) * 24 + hour for hour in range(24)]
        present = [
            sum(
                (came - start) // HOUR_S <= hour and (left - start) // HOUR_S > hour
                for came, left in stays
            )
            for hour in hours
        ]
        assert (row["most_present"], row["present_at_end"]) == (max(present), present[-1])


def _stays(patient: dict[str, Any], facility: str) -> list[tuple[float, float]]:
    ends = ("arrived", "departed", "discharged", "returned_to_duty", "died", "evacuated")
    moves = [
        (event["kind"], event["facility"], datetime.fromisoformat(event["at"]).timestamp())
        for event in patient["events"]
    ]
    found = []
    for number, (kind, place, came) in enumerate(moves):
        if kind == "arrived" and place == facility:
            found.append(
                (
                    came,
                    next(
                        (at for later, _, at in moves[number + 1 :] if later in ends), float("inf")
                    ),
                )
            )
    return found


def test_journeys_have_their_vehicles() -> None:
    """Every arrival by vehicle is a journey from somewhere."""
    arrivals = sum(event["kind"] == "arrived" and event["vehicle"] is not None for patient in plain() for event in patient["events"])  # fmt: skip  # noqa: E501 -- one sum
    assert (
        sum(row["patients"] for row in rows(opened(), "evacuation") if row["vehicles"]) == arrivals
    )


def test_slices_add_up() -> None:
    """The workbook of many slices is that of one."""
    one, many = opened(), opened(step=70)
    for name in one.sheetnames:
        assert rows(one, name) == rows(many, name), name


def test_casualties_beyond_a_sheet_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet has so many rows and no more."""
    monkeypatch.setattr(sheet, "ROWS_MAX", 151)
    book = opened(step=50)
    assert book.sheetnames[-2:] == ["casualties", "casualties 2"]
    assert [book[name].max_row for name in book.sheetnames[-2:]] == [151, 151]


def test_a_job_without_casualties_is_a_workbook() -> None:
    """It has its sheets and their headings."""
    book = opened(patients=0)
    assert rows(book, "casualties") == []
    assert rows(book, "summary")[-1]["patients"] == 0


def test_texts_are_never_formulas() -> None:
    """A unit that is named like a formula, with characters that XML forbids, is shown as text."""
    batch, context = sample(PRESET)
    units = tuple(
        unit.model_copy(update={"name": '=1+1 <&">\x07'}) for unit in context.scenario.units
    )
    renamed = type(context)(
        context.scenario.model_copy(update={"units": units}), context.job_id, context.written_at
    )
    assembly = workbook.XlsxAssembly()
    file = assembly.add(workbook.encode(batch, renamed, "")) + assembly.end()
    book = openpyxl.load_workbook(io.BytesIO(file))
    assert {row["unit"] for row in rows(book, "casualties")} == {'=1+1 <&">'}
