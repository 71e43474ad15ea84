from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.jobs.failures import RetryPolicy
from shared.jobs.job_id import job_id_time, new_job_id


def test_pauses_double_up_to_their_limit() -> None:
    """Two seconds, four, eight ... and never more than the longest; chance shortens each by up to a
    half.
    """
    policy = RetryPolicy(failures_max=9, pause_s=2.0, pause_max_s=60.0)
    longest = [policy.pause(failures, 0.999_999).total_seconds() for failures in range(1, 8)]
    assert [round(seconds) for seconds in longest] == [2, 4, 8, 16, 32, 60, 60]
    assert policy.pause(1, 0.0) == timedelta(seconds=1)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 -- made aware below
def test_a_job_id_carries_its_time(moment: datetime) -> None:
    """The time of an id is the moment of its making, to the millisecond."""
    moment = moment.replace(tzinfo=UTC)
    assert timedelta(0) <= moment - job_id_time(new_job_id(moment)) < timedelta(milliseconds=1)
