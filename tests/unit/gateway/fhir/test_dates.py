"""Dates of searches, against FHIR's own examples."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.bulk.file_name import read_file_name
from services.gateway.fhir.dates import compare, span_of, span_of_element, split_prefix
from services.gateway.fhir.resource_types import resource_types
from services.gateway.fhir.search_query import read_search
from shared.errors import Invalid


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2013", "2013-01-01T00:00:00+00:00", "2014-01-01T00:00:00+00:00"),
        ("2012-02", "2012-02-01T00:00:00+00:00", "2012-03-01T00:00:00+00:00"),
        ("2012-12", "2012-12-01T00:00:00+00:00", "2013-01-01T00:00:00+00:00"),
        ("2012-02-29", "2012-02-29T00:00:00+00:00", "2012-03-01T00:00:00+00:00"),
        ("2013-01-14T10:00", "2013-01-14T10:00:00+00:00", "2013-01-14T10:01:00+00:00"),
        ("2013-01-14T10:00:05+02:00", "2013-01-14T08:00:05+00:00", "2013-01-14T08:00:06+00:00"),
        (
            "2013-01-14T10:00:05.25Z",
            "2013-01-14T10:00:05.250000+00:00",
            "2013-01-14T10:00:05.260000+00:00",
        ),
        (
            "2013-01-14T10:00:05.123456789Z",
            "2013-01-14T10:00:05.123456+00:00",
            "2013-01-14T10:00:05.123457+00:00",
        ),
    ],
)
def test_a_date_is_all_of_its_time(text: str, start: str, end: str) -> None:
    """Each precision spans what it leaves open."""
    span = span_of(text)
    assert (span.start.isoformat(), span.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "13",
        "2013-1",
        "2013-13",
        "2013-02-30",
        "2013-01-14T25:00Z",
        "9999",
        "2013-01-14 10:00",
        "now",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """Wrong forms and days that no calendar has are errors that quote them."""
    with pytest.raises(ValueError, match=re.escape(text[:5])):
        span_of(text)


# FHIR's example: the day 2013-01-14 against these.
@pytest.mark.parametrize(
    ("prefix", "element", "holds"),
    [
        ("eq", "2013-01-14", True),
        ("eq", "2013-01-14T10:00:00Z", True),
        ("eq", "2013-01", False),
        ("ne", "2013-01-15", True),
        ("lt", "2013-01-13T23:59:59Z", True),
        ("lt", "2013-01-14T10:00:00Z", False),
        ("gt", "2013-01-15", True),
        ("gt", "2013-01-14T10:00:00Z", False),
        ("ge", "2013-01-14T10:00:00Z", True),
        ("le", "2013-01-14T10:00:00Z", True),
        ("le", "2013-01-15", False),
        ("sa", "2013-01-15", True),
        ("eb", "2013-01-13", True),
        ("eb", "2013-01-14", False),
    ],
)
def test_comparisons(prefix: str, element: str, *, holds: bool) -> None:
    """Prefixes compare ranges, as FHIR's search page says."""
    assert compare(prefix, span_of(element), span_of("2013-01-14")) is holds


def test_periods_may_be_open() -> None:
    """A Period without an end goes on; what is no time has none."""
    open_ended = span_of_element({"start": "2013-01-14T10:00:00Z"})
    assert open_ended is not None
    assert compare("gt", open_ended, span_of("2040"))
    assert span_of_element({"value": 1}) is None
    assert span_of_element(3) is None


def test_prefixes() -> None:
    """Two letters before a digit; approximations are not offered."""
    assert split_prefix("ge2013") == ("ge", "2013")
    assert split_prefix("2013") == ("eq", "2013")
    with pytest.raises(ValueError, match="ap2013"):
        split_prefix("ap2013")


DATES = st.from_regex(
    r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:]{5,8}(\.[0-9]{1,9})?Z?)?)?)?", fullmatch=True
)
FILE_NAMES = st.from_regex(
    r"[A-Z][a-z]{1,20}\.[0-9a-f-]{36}\.[0-9]{1,15}-[0-9]{1,15}\.ndjson", fullmatch=True
)


@given(st.sampled_from(["", "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap", "xx"]), DATES)
def test_every_date_is_read_or_refused(prefix: str, text: str) -> None:
    """Whatever looks like a date, at the calendar's edges too, is a search or a named problem."""
    given_ = [("_lastUpdated", prefix + text), ("birthdate", prefix + text)]
    with suppress(Invalid):
        read_search(resource_types()["Patient"], given_, base="", count_max=10, lenient=False)


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """Nothing but ValueError comes of it."""
    with suppress(ValueError):
        assert span_of(text).start < span_of(text).end


@given(st.text(max_size=120) | FILE_NAMES)
def test_any_text_is_a_file_name_or_none(text: str) -> None:
    """A name is read back as it was written, and never ends before it begins."""
    name = read_file_name(text)
    assert name is None or (name.first <= name.last and name.resource_type in text)


@pytest.mark.parametrize("text", ["0001", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_calendars_edges_can_be_searched(text: str) -> None:
    """They are dates like others."""
    for prefix in ("", "gt", "ge", "lt", "le", "sa", "eb"):
        with suppress(Invalid):
            read_search(
                resource_types()["Patient"],
                [("_lastUpdated", prefix + text)],
                base="",
                count_max=10,
                lenient=False,
            )
