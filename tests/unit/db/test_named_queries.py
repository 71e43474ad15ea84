from pathlib import Path

import pytest

from shared.db.named_queries import load_queries, query_name

TWO = """-- name: find_one
-- The one that is asked for.
SELECT 1;

-- name: find_all
-- All of them.
SELECT 1
UNION SELECT 2;
"""


def test_statements_are_found_by_name(tmp_path: Path) -> None:
    """Each statement keeps its name and purpose, so that the server's log shows what it is for."""
    (tmp_path / "queries.sql").write_text(TWO)
    queries = load_queries(tmp_path / "queries.sql")
    assert list(queries) == ["find_one", "find_all"]
    assert queries["find_all"] == "-- name: find_all\n-- All of them.\nSELECT 1\nUNION SELECT 2;"
    assert query_name(queries["find_all"]) == "find_all"


def test_other_text_has_no_name() -> None:
    """Only what comes from a file of named statements is a named statement."""
    assert query_name("SELECT 1 -- name: me") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1;\n" + TWO, "before the first name"),
        (TWO + TWO, "find_one is named twice"),
        ("-- name: lost\nSELECT 1;\n", "lost needs one purpose line"),
        ("-- name: lost\n-- Nothing follows.\n", "lost needs one purpose line and a statement"),
    ],
)
def test_a_careless_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """The file is named, and what is wrong with it."""
    (tmp_path / "queries.sql").write_text(text)
    with pytest.raises(ValueError, match=problem):
        load_queries(tmp_path / "queries.sql")
