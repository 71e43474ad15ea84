"""Cards and messages about one casualty, as JSON and on pages."""

import io
import re

import orjson
import pypdf
import pytest

from shared.encoders.cards.casualties import age_years, handed_over_at
from shared.encoders.cards.encode import CARDS
from shared.encoders.cards.mist import mist
from shared.encoders.cards.nine_line import nine_lines
from shared.encoders.cards.pages.sheet import latin
from shared.encoders.cards.pdf_assembly import PdfAssembly
from shared.encoders.cards.precedence import DIALECTS
from shared.encoders.cards.tccc import MECHANISMS, SIGNS_COLUMNS_MAX, tccc
from shared.encoders.formats import FORMATS
from shared.encoders.interface.context import EncodingContext
from shared.records.vocabulary import Precedence
from shared.scenarios import load_preset
from shared.scenarios.vocabulary import PrecedenceDialect
from tests.unit.encoders.plain_documents import documents
from tests.unit.encoders.sample import sample

PRESET = "joint-operation"
SAMPLE = 20


def casualty(**fields: object) -> dict[str, object]:
    """A soldier shot in the leg, treated beside the road, and flown to a Role 2."""
    way = [
        ("injured", "08:00", None, None),
        ("triaged", "08:10", None, "T1"),
        ("evacuation_requested", "08:12", None, "urgent_surgical"),
    ]
    way += [("departed", "08:40", None, None), ("arrived", "08:55", "Role 2", None)]
    events = [
        {"kind": kind, "at": f"2027-05-10T{at}:00Z", "facility": place, "detail": detail}
        for kind, at, place, detail in way
    ]
    signs = {
        "diastolic": 70,
        "respiratory_rate": 22,
        "spo2_pct": 96,
        "temperature_c": 36.5,
        "pain": 6,
        "facility": None,
    }
    vitals = [
        {
            "at": f"2027-05-10T08:{minute}:00Z",
            "heart_rate": rate,
            "systolic": systolic,
            "gcs": gcs,
            **signs,
        }
        for minute, rate, systolic, gcs in (
            ("10", 100, 120, 15),
            ("20", 110, 110, 15),
            ("30", 120, 100, 13),
            ("40", 125, 95, 12),
            ("50", 130, 90, 8),
        )
    ]
    done = (
        ("tourniquet", "08:05", None, None),
        ("ketamine", "08:15", 30, None),
        ("oxygen", "08:56", None, "Role 2"),
    )
    treatments = [
        {
            "treatment": {"name": name, "display": name.title()},
            "at": f"2027-05-10T{at}:00Z",
            "ended_at": f"2027-05-10T{at}:30Z",
            "dose": dose,
            "unit": "mg" if dose else None,
            "facility": place,
        }
        for name, at, dose, place in done
    ]
    wound = {
        "condition": {"display": "Gunshot wound of limb"},
        "region": "extremities",
        "side": "left",
        "ais": 3,
        "onset_at": "2027-05-10T08:00:00Z",
    }
    late = {**wound, "condition": {"display": "Sepsis"}, "onset_at": "2027-05-12T08:00:00Z"}
    return {
        "id": "job-7", "family_name": "Horváth", "given_name": "Éva", "service_number": "90012345678", "birth_date": "2000-05-11",
        "sex": "female", "nation": {"code": "HUN"}, "branch": "army", "unit": "Brigade 1", "allergies": [], "precedence": "urgent_surgical",
        "mechanism": {"name": "gunshot", "display": "Gunshot"}, "latitude_deg": 54.64611, "longitude_deg": 19.928737, "burn_tbsa_pct": 0,
        "injured_at": "2027-05-10T08:00:00Z", "triage_first": "T1", "ended_at": "2027-05-20T08:00:00Z", "events": events, "vitals": vitals,
        "treatments": treatments, "conditions": [wound, late], **fields,
    }  # fmt: skip


def test_the_tccc_card_ends_at_the_first_facility() -> None:
    """The card has what was done and seen before, not what the facility did or found."""
    (card,) = tccc(casualty(), load_preset(PRESET))
    assert card["handed_over_at"] == "2027-05-10T08:55:00Z"
    assert [each["display"] for each in card["injuries"]] == ["Gunshot wound of limb"]
    assert card["tourniquets"] == [{"limb": None, "at": "2027-05-10T08:05:00Z"}]
    assert card["care"]["breathing"] == []
    ketamine = {
        "display": "Ketamine",
        "dose": 30,
        "unit": "mg",
        "route": "intravenous",
        "at": "2027-05-10T08:15:00Z",
    }
    assert card["care"]["analgesics"] == [ketamine]


def test_the_tccc_card_has_four_columns_of_signs() -> None:
    """The first three measurements and the last, with the Glasgow coma score as AVPU."""
    (card,) = tccc(casualty(), load_preset(PRESET))
    assert [each["pulse"] for each in card["signs"]] == [100, 110, 120, 130]
    assert [each["avpu"] for each in card["signs"]] == ["A", "A", "V", "P"]
    assert card["signs"][0]["blood_pressure"] == "120/70"
    assert len(card["signs"]) == SIGNS_COLUMNS_MAX


def test_the_tccc_card_says_who_it_is() -> None:
    """Roster number, mechanism and allergies are as medics write them."""
    (card,) = tccc(casualty(), load_preset(PRESET))
    assert (card["battle_roster_number"], card["last_4"], card["allergies"]) == (
        "ÉH5678",
        "5678",
        ["NKDA"],
    )
    assert card["mechanism"] == {"box": "gsw", "display": "Gunshot"}
    (other,) = tccc(
        casualty(mechanism={"name": "sports", "display": "Sports"}), load_preset(PRESET)
    )
    assert other["mechanism"]["box"] == "other"


def test_mist_tells_the_trend() -> None:
    """Signs are the first and last before the hand-over, and their difference; without any they are
    null.
    """
    (card,) = mist(casualty(), load_preset(PRESET))
    assert card["age"] == {"years": 26, "group": "adult"}
    assert card["signs"]["trend"] == {
        "heart_rate": 30,
        "systolic": -30,
        "respiratory_rate": 0,
        "spo2_pct": 0,
        "gcs": -7,
    }
    assert [each["display"] for each in card["treatment"]] == ["Tourniquet", "Ketamine"]
    (unseen,) = mist(casualty(vitals=[]), load_preset(PRESET))
    assert unseen["signs"] is None


@pytest.mark.parametrize(
    ("dialect", "precedence", "status"),
    [(PrecedenceDialect.US, ("B", 60), "C"), (PrecedenceDialect.NATO, ("A", 90), "A")],
)
def test_the_nine_line_speaks_the_scenarios_dialect(
    dialect: PrecedenceDialect, precedence: tuple[str, int], status: str
) -> None:
    """Letters and time limits are those of the dialect that the scenario chose."""
    scenario = load_preset(PRESET)
    scenario = scenario.model_copy(
        update={"evacuation": scenario.evacuation.model_copy(update={"precedence": dialect})}
    )
    (card,) = nine_lines(casualty(), scenario)
    assert card["id"] == "job-7-evacuation0"
    assert (card["lines"]["3"]["letter"], card["lines"]["3"]["minutes_max"]) == precedence
    assert card["lines"]["8"]["letter"] == status
    assert card["lines"]["1"]["mgrs"] == "34UDF30875593"
    assert (card["lines"]["5"]["letter"], card["lines"]["9"]["display"]) == ("L", "None")
    assert card["lines"]["6"]["letter"] is None


def test_the_nine_line_of_an_earthquake_is_peacetimes() -> None:
    """Lines 6 and 9 ask for wounds and terrain where nobody fights."""
    (card,) = nine_lines(casualty(), load_preset("earthquake-city"))
    assert card["lines"]["6"]["display"] == "Gunshot"
    assert card["lines"]["9"]["name"] == "Terrain at pick-up site"


def test_chemical_casualties_are_announced() -> None:
    """A casualty of a nerve agent has the letter of chemical contamination in line 9."""
    (card,) = nine_lines(
        casualty(mechanism={"name": "nerve_agent", "display": "Nerve agent"}), load_preset(PRESET)
    )
    assert card["lines"]["9"]["letter"] == "C"


def test_every_precedence_has_its_words_in_every_dialect() -> None:
    """No precedence that a record can hold is without a letter."""
    assert all(
        {each.name.lower() for each in Precedence} == set(words) for words in DIALECTS.values()
    )


@pytest.mark.parametrize("name", CARDS)
def test_json_and_pages_have_the_same_cards(name: str) -> None:
    """One page a document, with the document's patient on it; a range's file is complete, and so is
    one without cards.
    """
    batch, context = sample(PRESET)
    listed = [
        orjson.loads(line)
        for line in FORMATS[name].encode(batch.slice(0, SAMPLE), context, "").splitlines()
    ]
    pages = _assembled(f"{name}-pdf", context, 7)
    assert len(pages) == len(listed)
    for page, document in zip(pages, listed, strict=True):
        assert document["patient_id"] in page.extract_text()
        assert "SYNTHETIC TEST DATA" in page.extract_text()
    assert FORMATS[f"{name}-pdf"].encode(batch.slice(0, 0), context, "") == b""
    nothing = PdfAssembly()
    assert (
        len(pypdf.PdfReader(io.BytesIO(nothing.add(b"") + nothing.end()), strict=True).pages) == 0
    )


def _assembled(name: str, context: EncodingContext, step: int) -> list[pypdf.PageObject]:
    batch, _ = sample(PRESET)
    assembly = FORMATS[name].assembly()
    pieces = [
        FORMATS[name].encode(batch.slice(start, min(step, SAMPLE - start)), context, "")
        for start in range(0, SAMPLE, step)
    ]
    file = b"".join(map(assembly.add, pieces)) + assembly.end()
    return list(pypdf.PdfReader(io.BytesIO(file), strict=True).pages)


@pytest.mark.parametrize("name", [f"{name}-pdf" for name in CARDS])
def test_the_same_cards_are_the_same_bytes(name: str) -> None:
    """No time and no chance stands in a PDF."""
    batch, context = sample(PRESET)
    first, second = (FORMATS[name].encode(batch.slice(3, 2), context, "") for _ in range(2))
    assert first == second


def test_cards_agree_with_the_documents() -> None:
    """Every casualty has a card and a report, every request for evacuation a 9-line, and none
    speaks of a time after its end.
    """
    batch, context = sample(PRESET)
    patients = {patient["id"]: patient for patient in documents(batch, context)}
    found = {
        name: [orjson.loads(line) for line in FORMATS[name].encode(batch, context, "").splitlines()]
        for name in CARDS
    }
    assert (
        [card["patient_id"] for card in found["dd1380"]]
        == [card["patient_id"] for card in found["mist"]]
        == list(patients)
    )
    requests = [(patient["id"], event["at"]) for patient in patients.values() for event in patient["events"] if event["kind"] == "evacuation_requested"]  # fmt: skip
    assert [(card["patient_id"], card["requested_at"]) for card in found["nine-line"]] == requests
    for card in found["dd1380"]:
        patient = patients[card["patient_id"]]
        assert card["handed_over_at"] == handed_over_at(patient) <= patient["ended_at"]
        assert (card["mechanism"]["box"] != "other") == (patient["mechanism"]["name"] in MECHANISMS)


def test_ages_are_completed_years() -> None:
    """The day before a birthday counts as the year before."""
    assert age_years(casualty(birth_date="2000-05-10")) == 27
    assert age_years(casualty(birth_date="2000-05-11")) == 26


def test_pages_write_names_in_latin_letters() -> None:
    """The built-in fonts have Western letters; others are transliterated, none is lost."""
    assert latin("Éva Müller") == "Éva Müller"
    assert latin("Łukasz Šimić") == "Lukasz Šimic"
    assert re.fullmatch(r"[ -~]+", latin("Γεώργιος Шевченко 佐藤"))
