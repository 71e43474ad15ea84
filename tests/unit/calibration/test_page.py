import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from lazaret.calibration.page import calibration_page
from lazaret.calibration.report import Finding
from lazaret.calibration.survival import kaplan_meier
from lazaret.cli import main
from shared.clinical.tables import calibration_omissions, calibration_targets

VOID = {"meta", "br"}


class _Balance(HTMLParser):
    """Fails at an end tag that does not close what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _check_balance(page: str) -> None:
    balance = _Balance()
    balance.feed(page)
    assert balance.open == []


def test_the_page_needs_nothing_else(page: str) -> None:
    """No script, no style sheet, no image, no font from elsewhere; every element is closed."""
    assert not re.findall(
        r"(?:src|href)=\"(?!#)[^\"]*\"|<script|<link|@import|url\((?!#)[^)]*\)", page
    )
    _check_balance(page)
    with pytest.raises(AssertionError):
        _check_balance(page.replace("</table>", "", 1))


def test_the_page_shows_every_target_and_six_plots(page: str) -> None:
    """A row a target with its interval, a row an omission, a drawing a plot."""
    assert page.count("<figure>") == 6
    for plot in re.findall(r"<figure>(.*?)</figure>", page, re.DOTALL):
        assert plot.count("<path") > 3
    targets, omissions = re.findall(r"<table>(.*?)</table>", page, re.DOTALL)
    assert targets.count("<tr") == len(calibration_targets()) + 1
    assert omissions.count("<tr") == len(calibration_omissions()) + 1
    for target in calibration_targets():
        assert f"{target.low:.4g} to {target.high:.4g}" in targets


def test_the_page_is_the_same_twice(page: str, found: Sequence[Finding]) -> None:
    """Neither the time nor chance is in it."""
    assert calibration_page(found, 1_000, 2) == page


def test_survival_follows_kaplan_and_meier() -> None:
    """Six people by hand: who is lost to sight counts until then and no longer."""
    curve = kaplan_meier(
        np.array([6, 1, 3, 4, 3, 9]), np.array([True, True, True, False, False, True])
    )
    assert curve.people == 6
    assert curve.at.tolist() == [0, 1, 3, 6, 9]
    assert curve.share == pytest.approx([1, 5 / 6, 5 / 6 * 4 / 5, 5 / 6 * 4 / 5 * 1 / 2, 0])


def test_a_page_cannot_be_written_into_a_folder(tmp_path: Path) -> None:
    """The command says so before it simulates."""
    result = CliRunner().invoke(main, ["calibrate", "--html", str(tmp_path)])
    assert result.exit_code == 2
    assert "is a directory" in result.output
