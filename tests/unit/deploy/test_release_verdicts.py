from pathlib import Path

import pytest

from deploy.local.problem import Problem
from deploy.release.comparison import Decision, Sample, judge, sample
from deploy.release.expand_only import breaking_lines
from deploy.release.plan import Plan, read_plan

GOOD = Sample(events=1000, errors=0, p95_s=0.05)
ASKED = {
    "folder": "state",
    "proxy_socket": "proxy.sock",
    "prometheus_url": "http://127.0.0.1:9090",
    "database_url_file": "url",
    "slots": {"blue": 8081, "green": 8082},
    "check": ["check"],
    "migrate": ["migrate"],
    "gateway": ["gateway"],
}


@pytest.mark.parametrize(
    ("canary", "decision"),
    [
        (GOOD, Decision.BETTER_OR_EQUAL),
        (Sample(events=1000, errors=10, p95_s=0.05), Decision.WORSE),
        (Sample(events=1000, errors=4, p95_s=0.05), Decision.BETTER_OR_EQUAL),
        (Sample(events=1000, errors=0, p95_s=0.4), Decision.WORSE),
        (Sample(events=1000, errors=0, p95_s=0.14), Decision.BETTER_OR_EQUAL),
        (Sample(events=299, errors=0, p95_s=0.05), Decision.INCONCLUSIVE),
        (Sample(events=0, errors=0, p95_s=None), Decision.INCONCLUSIVE),
        (Sample(events=50, errors=20, p95_s=0.05), Decision.WORSE),
    ],
)
def test_a_version_is_judged_by_errors_time_and_number(canary: Sample, decision: Decision) -> None:
    """Few requests are no verdict, unless too many of them have failed already."""
    assert judge(GOOD, canary, Plan.model_validate(ASKED)).decision is decision


def test_a_current_version_without_requests_is_no_measure() -> None:
    """Nothing to compare with is inconclusive, not good."""
    verdict = judge(Sample(0, 0, None), GOOD, Plan.model_validate(ASKED))
    assert verdict.decision is Decision.INCONCLUSIVE


def test_a_sample_is_what_was_added_in_between() -> None:
    """Counters are subtracted by slot; p95 lies inside its bucket."""
    before = {
        ("blue", "200", ""): 50.0,
        ("blue", "200", "0.1"): 50.0,
        ("blue", "200", "+Inf"): 50.0,
    }
    after = {
        ("blue", "200", ""): 140.0,
        ("blue", "500", ""): 10.0,
        ("blue", "200", "0.1"): 100.0,
        ("blue", "200", "0.2"): 100.0,
        ("blue", "200", "+Inf"): 100.0,
        ("green", "200", ""): 7.0,
    }
    before[("blue", "200", "0.2")] = 50.0
    found = sample(before, after, "blue")
    assert (found.events, found.errors) == (100, 10)
    assert found.p95_s == pytest.approx(0.095)
    assert sample(before, after, "green") == Sample(7, 0, None)


def test_a_counter_that_fell_says_that_the_gateway_was_started_again() -> None:
    """A comparison across a restart would be wrong."""
    with pytest.raises(Problem, match="started again"):
        sample({("blue", "200", ""): 5.0}, {("blue", "200", ""): 1.0}, "blue")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE jobs DROP COLUMN seed;",
        "ALTER TABLE jobs RENAME COLUMN seed TO start;",
        "ALTER TABLE jobs ALTER COLUMN seed TYPE text;",
        "ALTER TABLE jobs ADD COLUMN noted text NOT NULL;",
        "CREATE INDEX jobs_by_seed ON jobs (seed);",
        "DROP FUNCTION has_rows(regclass);",
        "ALTER TYPE job_state RENAME VALUE 'queued' TO 'waiting';",
        "UPDATE jobs SET seed = 0;",
        "DELETE FROM jobs;",
        "TRUNCATE outbox;",
        "ALTER TABLE jobs ALTER COLUMN state DROP DEFAULT;",
        "ALTER TABLE jobs ADD CONSTRAINT small CHECK (seed < 7);",
        "REVOKE SELECT ON jobs FROM lazaret;",
        "LOCK TABLE jobs;",
        "ALTER TABLE jobs ADD COLUM noted text;",
    ],
)
def test_what_breaks_the_version_before_is_found(tmp_path: Path, statement: str) -> None:
    """Squawk's rules and our own."""
    (tmp_path / "0001_x.sql").write_text(f"-- Why.\n{statement}\n")
    assert breaking_lines([tmp_path / "0001_x.sql"])


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE jobs ADD COLUMN noted text;",
        "ALTER TABLE jobs ADD COLUMN noted text NOT NULL DEFAULT '';",
        "CREATE TABLE notes (noted text PRIMARY KEY);\nCREATE INDEX by_n ON notes (noted);",
        "CREATE INDEX CONCURRENTLY jobs_by_seed ON jobs (seed);",
        "ALTER TABLE jobs ADD CONSTRAINT small CHECK (seed < 7) NOT VALID;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM outbox; $$;",
        "-- DROP TABLE jobs;\nCOMMENT ON TABLE jobs IS 'x';",
    ],
)
def test_what_expands_is_let_through(tmp_path: Path, statement: str) -> None:
    """New things beside the old ones, and function bodies, which run later."""
    (tmp_path / "0001_x.sql").write_text(f"-- Why.\n{statement}\n")
    assert breaking_lines([tmp_path / "0001_x.sql"]) == []


def test_a_wrong_plan_names_every_line(tmp_path: Path) -> None:
    """Unknown settings, missing ones and limits, with the file's name."""
    path = tmp_path / "release.toml"
    path.write_text("canary_percent = 80\nspeed = 1\n[slots]\nblue = 1\ngreen = 1\n")
    with pytest.raises(Problem) as refused:
        read_plan(path)
    for word in ("canary_percent", "less than or equal to 50", "speed", "proxy_socket"):
        assert word in str(refused.value)
    assert str(path) in str(refused.value)
