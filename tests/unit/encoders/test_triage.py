"""START, JumpSTART and SALT, and the tags with the facts for them."""

import io
from collections import Counter
from typing import Any

import orjson
import pypdf
import pytest

from shared.encoders.cards.triage import jumpstart, salt, start
from shared.encoders.formats import FORMATS
from tests.unit.encoders.sample import PATIENTS, sample

WELL = {
    "walks": False,
    "breathes": True,
    "respiratory_rate": 20,
    "radial_pulse": True,
    "obeys_commands": True,
    "spo2_pct": 97,
}


def but(**facts: Any) -> dict[str, Any]:
    return {**WELL, **facts}


@pytest.mark.parametrize(
    ("facts", "adult", "child", "by_salt"),
    [
        (but(), "delayed", "delayed", "delayed"),
        (but(walks=True), "minor", "minor", "minimal"),
        (but(breathes=False, respiratory_rate=0), "deceased", "deceased", "dead"),
        (but(respiratory_rate=30), "delayed", "delayed", "immediate"),
        (but(respiratory_rate=31), "immediate", "delayed", "immediate"),
        (but(respiratory_rate=46), "immediate", "immediate", "immediate"),
        (but(respiratory_rate=14), "delayed", "immediate", "delayed"),
        (but(radial_pulse=False), "immediate", "immediate", "immediate"),
        (but(obeys_commands=False), "immediate", "immediate", "immediate"),
        (but(spo2_pct=89), "delayed", "delayed", "immediate"),
    ],
)
def test_the_rules_are_those_that_are_taught(
    facts: dict[str, Any], adult: str, child: str, by_salt: str
) -> None:
    """Each criterion decides at its limit."""
    assert (start(facts), jumpstart(facts)) == (adult, child)
    assert salt(facts, expectant=False) == by_salt


def test_salt_gives_up_those_who_would_not_live() -> None:
    """Only where the casualty would be immediate otherwise."""
    assert salt(but(radial_pulse=False), expectant=True) == "expectant"
    assert salt(but(), expectant=True) == "delayed"


def test_every_casualty_has_a_category_and_a_tag() -> None:
    """Numbered from 1; children by JumpSTART, others by START; the dead of both systems agree."""
    batch, context = sample("joint-operation")
    cards = [
        orjson.loads(line) for line in FORMATS["triage"].encode(batch, context, "").splitlines()
    ]
    assert [card["number"] for card in cards] == list(range(1, PATIENTS + 1))
    for card in cards:
        by_age = card["jumpstart"] if card["facts"]["age_years"] <= 8 else card["start"]
        assert by_age is not None
        assert (card["start"] is None) != (card["jumpstart"] is None)
        assert (by_age == "deceased") == (card["salt"] == "dead")
    assert len(Counter(card["start"] for card in cards)) >= 4


def test_a_tag_shows_the_facts_and_a_code() -> None:
    """A page each; the code is drawn, the id stands below it."""
    batch, context = sample("joint-operation")
    pages = pypdf.PdfReader(
        io.BytesIO(FORMATS["triage-pdf"].encode(batch.slice(0, 3), context, ""))
    ).pages
    assert len(pages) == 3
    for number, page in enumerate(pages):
        text = page.extract_text()
        assert f"TRIAGE TAG {number + 1}" in text
        assert f"{context.job_id}-{number}" in text
        assert page.get_contents().get_data().count(b" re") > 200
