"""What searches narrow down to before anything is read."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.gateway.fhir.position import Position, read_position
from services.gateway.fhir.resource_types import resource_types
from services.gateway.fhir.search_query import PARAMETERS_MAX, VALUES_MAX, Search, read_search
from shared.encoders.fhir.ids import ResourceId
from shared.encoders.fhir.of_patients import OF_PATIENTS
from shared.errors import Invalid

JOB = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
BASE = "https://server.example/fhir/R4"


def search(resource_type: str, *given: tuple[str, str]) -> Search:
    return read_search(
        resource_types()[resource_type], given, base=BASE, count_max=1000, lenient=False
    )


def test_types_are_tied_to_patients_as_they_are_encoded() -> None:
    """What the encoder writes with each patient has a patient parameter, the rest is looked for
    once a job.
    """
    assert {name for name, type_ in resource_types().items() if type_.of_patient} == set(
        OF_PATIENTS
    )
    for name in set(OF_PATIENTS) - {"Patient"}:
        assert "patient" in resource_types()[name].parameters, name


@pytest.mark.parametrize("value", [f"{JOB}-7", f"Patient/{JOB}-7", f"{BASE}/Patient/{JOB}-7"])
def test_a_patient_named_is_the_only_one_searched(value: str) -> None:
    """An id, a relative and an absolute reference say the same."""
    assert search("Observation", ("patient", value)).patients == {ResourceId(JOB, 7)}


def test_all_criteria_narrow() -> None:
    """Patients named by two parameters are those that both name; an encounter names its patient;
    places name none.
    """
    assert search(
        "Observation", ("patient", f"{JOB}-7,{JOB}-8"), ("encounter", f"{JOB}-8-stay0")
    ).patients == {ResourceId(JOB, 8)}
    assert search("Observation", ("_id", "nonsense")).patients == frozenset()
    assert search("Encounter", ("location", f"{JOB}-facility0")).patients is None


def test_times_narrow_the_parts() -> None:
    """`_lastUpdated` skips parts that were written at another time; alternatives do not narrow."""
    between = search(
        "Patient", ("_lastUpdated", "ge2030-01-01"), ("_lastUpdated", "lt2030-02-01")
    ).written
    assert between.after is not None
    assert between.after < datetime(2030, 1, 1, tzinfo=UTC)
    assert between.until == datetime(2030, 2, 2, tzinfo=UTC)
    assert search("Patient", ("_lastUpdated", "gt2030,lt2020")).written.after is None


def test_pages_are_never_larger_than_allowed() -> None:
    """A large `_count` is cut silently, as FHIR wants."""
    assert search("Patient", ("_count", "5000")).count == 1000


def test_there_are_limits() -> None:
    """Too many parameters and too many alternatives are refused."""
    with pytest.raises(Invalid, match=str(PARAMETERS_MAX)):
        search("Patient", *[("gender", "male")] * (PARAMETERS_MAX + 1))
    with pytest.raises(Invalid, match=str(VALUES_MAX)):
        search("Patient", ("gender", ",".join(["male"] * (VALUES_MAX + 1))))


def test_parameters_of_other_servers_are_passed_over() -> None:
    """Clients send `_totalMethod` and the like to every server; FHIR's own that are not offered are
    refused.
    """
    assert search("Patient", ("_totalMethod", "count"), ("_total", "accurate")).ignored == [
        "_totalMethod"
    ]
    with pytest.raises(Invalid, match="_filter"):
        search("Patient", ("_filter", "birthdate eq 1990"))


def test_an_order_is_read_where_it_can_be_kept() -> None:
    """Times and the id, downwards behind a minus, within patients only; what else is asked for is
    refused with what is offered.
    """
    asked = search("Observation", ("patient", f"{JOB}-7"), ("_sort", "-date,_id"))
    assert [(rule.parameter.name, rule.descending) for rule in asked.order] == [
        ("date", True),
        ("_id", False),
    ]
    for given, said in (
        ([("_sort", "date")], "within patients only"),
        ([("patient", f"{JOB}-7"), ("_sort", "code")], "date"),
        ([("patient", f"{JOB}-7"), ("_sort", "-")], "_lastUpdated"),
        ([("patient", f"{JOB}-7"), ("_sort:desc", "date")], "_sort:desc"),
    ):
        with pytest.raises(Invalid, match=said):
            search("Observation", *given)


def test_positions_come_back() -> None:
    """What a link carries is read back; nothing else is."""
    place = Position(JOB, 12, 3)
    assert read_position(place.to_text()) == place
    for text in ("", "x", "ÿ", "MS4yLjM"):
        with pytest.raises(ValueError, match="next link"):
            read_position(text)
