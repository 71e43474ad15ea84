from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.jobs.fairness import Backlogged, Level, Schedule, Window, choose
from shared.jobs.states import Priority

WEIGHTS = {Priority.HIGH: 8, Priority.NORMAL: 4, Priority.LOW: 1}
TENANT_WEIGHTS = {UUID(int=1): 1, UUID(int=2): 1, UUID(int=3): 3}
ONE_AT_A_TIME = Window(total=1, per_job=1, in_flight=0)
MANY = 10**9


def job(
    number: int,
    tenant: int = 1,
    priority: Priority = Priority.NORMAL,
    patients: int = 10_000,
    waiting: int = MANY,
    in_flight: int = 0,
) -> Backlogged:
    """A job with due batches."""
    return Backlogged(UUID(int=number), UUID(int=tenant), priority, patients, waiting, in_flight)


def new_schedule() -> Schedule:
    """Nobody was ever served."""
    tenants = Level(0, {}, TENANT_WEIGHTS)
    return Schedule(
        Level(0, dict.fromkeys(WEIGHTS, 0), WEIGHTS),
        tenants,
        {tenant: Level(0, {}, {}) for tenant in TENANT_WEIGHTS},
    )


def serve(schedule: Schedule, backlog: list[Backlogged], turns: int) -> list[int]:
    """Dispatch and charge one batch at a time, as the scheduler does; return the jobs in turn."""
    served = []
    for _ in range(turns):
        backlog = [job for job in backlog if job.waiting > 0]
        chosen = choose(schedule, backlog, ONE_AT_A_TIME)
        if not chosen:
            break
        turn = next(job for job in backlog if job.job_id == chosen[0])
        schedule.raise_floors(backlog)
        schedule.charge(turn, turn.patients)
        backlog = [replace(job, waiting=job.waiting - 1) if job is turn else job for job in backlog]
        served.append(turn.job_id.int)
    return served


def test_classes_share_by_their_weights() -> None:
    """With work in every class, high, normal and low get 8 : 4 : 1."""
    backlog = [
        job(1, priority=Priority.HIGH),
        job(2, priority=Priority.NORMAL),
        job(3, priority=Priority.LOW),
    ]
    assert Counter(serve(new_schedule(), backlog, 1300)) == {1: 800, 2: 400, 3: 100}


def test_tenants_share_by_their_weights_whatever_their_number_of_jobs() -> None:
    """A tenant with ten jobs gets no more than one with a single job; a weight of three gives three
    times as much.
    """
    backlog = [job(number, tenant=1) for number in range(10)] + [
        job(20, tenant=2),
        job(30, tenant=3),
    ]
    turns = Counter(
        "many" if number < 10 else number for number in serve(new_schedule(), backlog, 500)
    )
    assert turns == {"many": 100, 20: 100, 30: 300}


@given(st.lists(st.integers(1, 50_000), min_size=2, max_size=6))
def test_jobs_of_a_tenant_share_by_patients_not_by_batches(batch_sizes: list[int]) -> None:
    """Whatever their batches' sizes, the jobs' patients never differ by more than two of the
    largest batches.
    """
    schedule = new_schedule()
    backlog = [job(number, patients=patients) for number, patients in enumerate(batch_sizes)]
    given_patients = Counter(dict.fromkeys(range(len(batch_sizes)), 0))
    for number in serve(schedule, backlog, 200):
        given_patients[number] += batch_sizes[number]
        assert max(given_patients.values()) - min(given_patients.values()) <= 2 * max(batch_sizes)


@given(
    st.integers(1, 400),
    st.sampled_from([1, 2]),
    st.sampled_from(list(Priority)),
)
def test_a_small_job_never_waits_behind_a_large_one(
    turns_before: int, tenant: int, priority: Priority
) -> None:
    """A job of ten patients gets its turn after at most one batch of a large job of its own class,
    however long that one has run.
    """
    schedule = new_schedule()
    large = job(1, priority=priority)
    serve(schedule, [large], turns_before)
    assert 2 in serve(
        schedule, [large, job(2, tenant=tenant, priority=priority, patients=10, waiting=1)], 2
    )


def test_a_newcomer_is_not_paid_for_having_been_idle() -> None:
    """A tenant that had nothing to do for long shares evenly from then on; it does not catch up."""
    schedule = new_schedule()
    serve(schedule, [job(1, tenant=1)], 1000)
    turns = Counter(serve(schedule, [job(1, tenant=1), job(2, tenant=2)], 100))
    assert abs(turns[1] - turns[2]) <= 1


def test_leaving_for_a_moment_does_not_clear_an_account() -> None:
    """A tenant that submits one job after the other gets no more than one with a standing job."""
    schedule = new_schedule()
    turns: Counter[str] = Counter()
    for number in range(100, 200):
        backlog = [job(1, tenant=1), job(number, tenant=2, waiting=1)]
        turns.update(
            "standing" if turn == 1 else "one after the other"
            for turn in serve(schedule, backlog, 2)
        )
    assert turns["one after the other"] <= turns["standing"]


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 12), st.integers(1, 3)), min_size=1, max_size=8
    ),
    st.integers(1, 24),
    st.integers(0, 30),
)
def test_the_window_holds(jobs: list[tuple[int, int, int]], total: int, in_flight: int) -> None:
    """Never more in flight than the window, never more of a job than it has or, while others wait,
    than half the window.
    """
    backlog = [
        job(number, tenant, waiting=waiting, in_flight=flying)
        for number, (waiting, flying, tenant) in enumerate(jobs)
    ]
    window = Window(total, max(1, total // 2), in_flight)
    chosen = Counter(choose(new_schedule(), backlog, window))
    assert chosen.total() <= max(0, total - in_flight)
    for candidate in backlog:
        assert chosen[candidate.job_id] <= candidate.waiting
        if len(backlog) > 1 and chosen[candidate.job_id]:
            assert chosen[candidate.job_id] + candidate.in_flight <= window.per_job


def test_among_equals_the_job_with_the_least_in_flight_goes_first() -> None:
    """What was given before the accounts were equal counts, then age."""
    backlog = [job(1, in_flight=2), job(2, in_flight=1), job(3, in_flight=1)]
    assert [
        chosen.int
        for chosen in choose(new_schedule(), backlog, Window(total=5, per_job=5, in_flight=4))
    ] == [2]


def test_a_job_alone_fills_the_window() -> None:
    """Nobody else waits: the whole window is one job's."""
    assert choose(new_schedule(), [job(1)], Window(12, 6, 2)) == [UUID(int=1)] * 10


@pytest.mark.parametrize("turns", [1, 7])
def test_choosing_changes_nothing(turns: int) -> None:
    """What is chosen is charged only when it was leased."""
    schedule = new_schedule()
    choose(schedule, [job(1), job(2)], Window(turns, turns, 0))
    assert schedule == new_schedule()
