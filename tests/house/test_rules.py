"""The project keeps its own rules, and each rule catches what it is there for."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.house.project import Problem, Project, read_project
from tests.house.rules import agreements, habits, purity, shape

Rule = Callable[[Project], Iterator[Problem]]

RULES: tuple[Rule, ...] = (*purity.RULES, *shape.RULES, *agreements.RULES, *habits.RULES)
PLANTED: list[tuple[Rule, Mapping[str, str]]] = [
    *purity.PLANTED,
    *shape.PLANTED,
    *agreements.PLANTED,
    *habits.PLANTED,
]


@pytest.fixture(scope="module")
def project() -> Project:
    return read_project()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_its_rules(rule: Rule, project: Project) -> None:
    """No line of the project breaks the rule."""
    problems = [str(problem) for problem in rule(project)]
    assert not problems, "\n".join(["", *problems])


@pytest.mark.parametrize(("rule", "texts"), PLANTED, ids=[rule.__name__ for rule, _ in PLANTED])
def test_a_planted_fault_is_caught(rule: Rule, texts: Mapping[str, str]) -> None:
    """A project of one faulty file does not pass."""
    assert list(rule(Project(texts)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_planted_fault(rule: Rule) -> None:
    """A rule that catches nothing is no rule."""
    assert rule in {planted for planted, _ in PLANTED}
