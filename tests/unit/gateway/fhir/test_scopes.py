"""SMART scopes: what they grant, and what is left of what was asked for."""

import pytest

from services.gateway.identity.scopes import EVERYTHING, Scopes


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("system/*.rs", "system/*.rs"),
        ("system/*.read", "system/*.rs"),
        ("system/*.*", "system/*.rs"),
        ("system/Patient.r system/Observation.s", "system/Observation.s system/Patient.r"),
        ("system/Patient.cruds", "system/Patient.rs"),
        ("system/Patient.write system/Patient. user/*.rs launch openid", ""),
        ("system/Patient.rs?category=x", ""),
    ],
)
def test_scopes_are_read(text: str, granted: str) -> None:
    """Both versions of the grammar are known; writing is never granted, other scopes grant
    nothing.
    """
    assert Scopes.read(text).text() == granted


@pytest.mark.parametrize(
    ("asked", "allowed", "left"),
    [
        ("system/*.rs", "system/*.rs", "system/*.rs"),
        ("system/*.rs", "system/Patient.r", "system/Patient.r"),
        ("system/Patient.rs", "system/*.s", "system/Patient.s"),
        ("system/Patient.rs", "system/Condition.rs", ""),
        (
            "system/Patient.rs system/*.r",
            "system/Patient.rs system/Flag.rs",
            "system/Flag.r system/Patient.rs",
        ),
    ],
)
def test_nothing_is_granted_beyond_what_is_allowed(asked: str, allowed: str, left: str) -> None:
    """The grant is what both say."""
    assert Scopes.read(asked).within(Scopes.read(allowed)).text() == left


def test_a_star_allows_every_type() -> None:
    """A type of its own allows itself only."""
    assert EVERYTHING.allows("Patient", "r")
    assert Scopes.read("system/Patient.r").allows("Patient", "r")
    assert not Scopes.read("system/Patient.r").allows("Patient", "s")
    assert not Scopes.read("system/Patient.r").allows("Condition", "r")
