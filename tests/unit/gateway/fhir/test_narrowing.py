"""Which rows of a stored part a search for persons need not look at."""

import orjson
import pytest

from services.gateway.fhir.narrowing import GAP_ROWS_MAX, Narrowing, find_runs
from services.gateway.fhir.resource_types import resource_types
from services.gateway.fhir.search_query import Search, read_search
from shared.encoders.fhir import ndjson
from shared.records.body import write_body
from tests.unit.encoders.sample import PATIENTS, sample

PRESET = "joint-operation"


def search(*given: tuple[str, str]) -> Search:
    return read_search(
        resource_types()["Patient"],
        given,
        base="https://server.example/fhir/R4",
        count_max=1000,
        lenient=False,
    )


def patients() -> list[dict[str, object]]:
    batch, context = sample(PRESET)
    return [orjson.loads(line) for line in ndjson.encode(batch, context, "Patient").splitlines()]


def values_of(place: int) -> dict[str, str]:
    """Criteria that the patient at a place fits."""
    person: dict = patients()[place]  # type: ignore[type-arg]  # JSON
    name = person["name"][0]
    return {
        "family": name["family"][:4].upper(),
        "family:exact": name["family"],
        "given:contains": name["given"][0][1:],
        "name": name["given"][0],
    }


@pytest.mark.parametrize("place", [0, 7, PATIENTS - 1])
def test_rows_that_match_are_never_passed_over(place: int) -> None:
    """Whatever the criterion and its modifier, all patients that fit it are in the runs, and the
    runs pass over most others.
    """
    body = write_body(sample(PRESET)[0])
    for name, value in values_of(place).items():
        asked = search((name, value))
        runs = find_runs(body, len(body), asked.narrowings, 0, PATIENTS)
        fitting = {row for row, person in enumerate(patients()) if asked.matches(person)}
        assert place in fitting
        assert fitting <= {row for start, stop in runs for row in range(start, stop)}, name
        assert {start for start, _ in runs} | {stop - 1 for _, stop in runs} <= fitting, name


def test_all_criteria_rule_out() -> None:
    """A patient must fit each; a name that nobody has leaves nothing; neither do rows that are not
    wanted.
    """
    body = write_body(sample(PRESET)[0])
    values = values_of(7)
    both = search(("family:exact", values["family:exact"]), ("name", values["name"]))
    (start, stop), *_ = find_runs(body, len(body), both.narrowings, 7, PATIENTS)
    assert start == 7
    assert find_runs(body, len(body), both.narrowings, start + 1, stop) == []
    nobody = search(("family:exact", values["family:exact"]), ("given", "Nobody"))
    assert find_runs(body, len(body), nobody.narrowings, 0, PATIENTS) == []


def test_candidates_near_each_other_are_one_run() -> None:
    """A run has a price of its own; further apart, what lies between is passed over."""
    batch, _ = sample(PRESET)
    body = write_body(batch)
    near, far = (
        Narrowing(
            ("ordinal",), tuple(batch.column("ordinal")[place].as_py() for place in (3, 3 + gap))
        )
        for gap in (9, 99)
    )
    assert GAP_ROWS_MAX in range(9, 99)
    assert find_runs(body, len(body), [near], 0, PATIENTS) == [(3, 13)]
    assert find_runs(body, len(body), [far], 0, PATIENTS) == [(3, 4), (102, 103)]


@pytest.mark.parametrize(
    "given",
    [("identifier", "urn:lazaret:service-number|"), ("identifier:not", "7"), ("gender", "male")],
)
def test_what_no_column_says_narrows_nothing(given: tuple[str, str]) -> None:
    """A system alone, a negation and other criteria leave every patient to be looked at."""
    asked = search(given)
    assert (asked.narrowings, asked.numbers) == ([], None)


@pytest.mark.parametrize(
    ("value", "numbers"),
    [("90012,urn:x|7", {90012, 7}), ("x", set()), ("9" * 16, set()), ("7,other|8", {7, 8})],
)
def test_numbers_say_where_to_look(value: str, numbers: set[int]) -> None:
    """What is no number of the project's is nobody's."""
    assert search(("identifier", value)).numbers == numbers
