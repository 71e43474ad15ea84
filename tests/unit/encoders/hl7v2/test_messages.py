"""HL7 v2.5.1 messages of simulated patients."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.encoders.hl7v2.encode import encode
from shared.encoders.hl7v2.trigger import Trigger
from shared.records import vocabulary as v
from shared.scenarios import list_presets
from tests.unit.encoders.hl7v2.plain_messages import messages
from tests.unit.encoders.sample import PATIENTS, sample

PRESETS = [preset.name for preset in list_presets()]
PRESET = "joint-operation"
FEW = 60  # patients of every preset
VALIDATED_PER_TYPE = 2  # the validator reads 70 messages a second
# Tables that everybody extends: SNOMED CT, UCUM and ISO 3166 have no entry in that of coding
# systems, NATO none in those of service.
OPEN_TABLES = re.compile(
    r"Warning: Value (SCT|UCUM|ISO3166|RXNORM) not in table HL70396|Warning: Value .* not "
    r"in table HL7014[01]"
)


def split(text: bytes) -> list[str]:
    """The messages of a file."""
    return [f"MSH|{rest}" for rest in text.decode().removeprefix("MSH|").split("\rMSH|")]


def field(message: str, segment: str, number: int) -> str:
    """A field of the message's first segment of that name."""
    fields = next(line for line in message.split("\r") if line.startswith(segment)).split("|")
    place = number - 1 if segment == "MSH" else number
    return fields[place] if place < len(fields) else ""


def trigger(message: str) -> str:
    return field(message, "MSH", 9).split("^")[1]


def strict(message: str, report: Path | None = None) -> Message:
    """Parse with all of the validator's checks; values and lengths are only reported. Raises
    HL7apyException or ValueError.
    """
    parsed = parse_message(message, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
    parsed.validate(report_file=report)
    return parsed


def encoded(preset: str, patients: int = PATIENTS) -> list[str]:
    batch, context = sample(preset)
    return split(encode(batch.slice(0, patients), context))


def by_patient(preset: str = PRESET) -> Iterator[list[str]]:
    for _, group in groupby(
        encoded(preset), key=lambda message: field(message, "MSH", 10).split(".")[1]
    ):
        yield list(group)


@pytest.mark.parametrize("preset", PRESETS)
def test_templates_say_what_a_plain_encoder_says(preset: str) -> None:
    """Every message is what ordinary code makes of the same patient."""
    batch, context = sample(preset)
    few = batch.slice(0, FEW)
    assert encode(few, context).decode() == "".join(messages(few, context))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_strict_validator_finds_nothing(preset: str, tmp_path: Path) -> None:
    """hl7apy, strict, takes messages of each type of each preset; values are in their tables, none
    is longer than its field.
    """
    validated: Counter[str] = Counter()
    report = tmp_path / "report"
    for message in encoded(preset):
        kind = trigger(message)
        validated[kind] += 1
        if validated[kind] <= VALIDATED_PER_TYPE:
            assert strict(message, report).msh.msh_9.msh_9_2.value == kind
            assert [
                line for line in report.read_text().splitlines() if not OPEN_TABLES.match(line)
            ] == []


@pytest.mark.parametrize(
    ("kind", "correct", "wrong"),
    [
        ("A04", "\rPV1|1|", "\rZZ1|1|"),
        ("A04", "\rPV1|1|E|", "\rPV1|1||"),
        ("A04", "\rEVN|A04|2", "\rEVN|A04|x"),
        ("A04", "|W\r", "|\r"),
        ("A40", "\rMRG|", "\rOBX|"),
        ("A03", "\rPID|1||", "\rPID|1|||"),
        ("A01", "|T|2.5.1|", "||2.5.1|"),
        ("A02", "|M|", "|M^N|"),
        ("R01", "|VITALS^Vital signs^L|", "||"),
    ],
    ids=[
        "no PV1",
        "no class",
        "a wrong date",
        "no DG1-6",
        "no MRG",
        "no PID-3",
        "no MSH-11",
        "a component too many",
        "no order code",
    ],
)
def test_the_validator_catches_planted_faults(kind: str, correct: str, wrong: str) -> None:
    """What is broken is refused, so that silence means something."""
    message = next(each for each in encoded(PRESET) if trigger(each) == kind and correct in each)
    strict(message)
    with pytest.raises((HL7apyException, ValueError)):
        strict(message.replace(correct, wrong, 1))


def test_every_trigger_occurs() -> None:
    """A few hundred casualties of a joint operation cause every kind of message."""
    assert {trigger(message) for message in encoded(PRESET)} == {each.name for each in Trigger}


def test_a_casualty_has_one_stream_in_time() -> None:
    """It begins with the registration, ends with the discharge, never goes back in time, and counts
    its messages.
    """
    for stream in by_patient():
        triggers = [trigger(message) for message in stream]
        assert triggers[0] == "A04"
        assert "A04" not in triggers[1:]
        assert "A03" not in triggers[:-1]
        times = [field(message, "MSH", 7) for message in stream]
        assert times == sorted(times)
        numbers = [int(field(message, "MSH", 10).split(".")[2]) for message in stream]
        assert numbers == list(range(1, len(stream) + 1))


def test_control_ids_are_unique_and_fit() -> None:
    """No two messages have the same MSH-10, and none is longer than its 20 characters."""
    ids = [field(message, "MSH", 10) for message in encoded(PRESET)]
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) <= 20


def test_visits_agree_with_the_record() -> None:
    """As many registrations as casualties who reached a facility, transfers as later arrivals,
    results as vital signs of theirs.
    """
    batch, _ = sample(PRESET)
    rows = [
        row
        for row in batch.to_pylist()
        if any(each["kind"] == v.EventKind.ARRIVED for each in row["events"])
    ]
    counts = Counter(map(trigger, encoded(PRESET)))
    arrivals = [
        event for row in rows for event in row["events"] if event["kind"] == v.EventKind.ARRIVED
    ]
    assert counts["A04"] == len(rows)
    assert counts["A02"] == len(arrivals) - len(rows)
    assert counts["R01"] == sum(len(row["vitals"]) for row in rows)
    assert counts["A03"] == sum(row["outcome"] != v.Outcome.IN_CARE for row in rows)


def test_who_is_unknown_gets_a_name_by_a_merge() -> None:
    """Until A40 there is a temporary number and no name; A40 merges just that number; afterwards
    the casualty's own.
    """
    merged = 0
    for stream in by_patient("earthquake-city"):
        known = field(stream[0], "PID", 31) == "N"
        for message in stream:
            if trigger(message) == "A40":
                assert not known
                assert field(message, "MRG", 1) == field(stream[0], "PID", 3)
                known, merged = True, merged + 1
            assert field(message, "PID", 31) == ("N" if known else "Y")
            assert ("UNKNOWN" in field(message, "PID", 5)) == (not known)
            assert field(message, "PID", 3).startswith("T") == (not known)
    assert merged


def test_a_cancelled_admission_is_no_admission() -> None:
    """A11 follows an A01 and takes the patient class back; nobody is admitted twice without it."""
    cancelled = 0
    for stream in by_patient():
        admitted = False
        for message in stream:
            if trigger(message) in {"A01", "A11"}:
                assert admitted == (trigger(message) == "A11")
                admitted, cancelled = not admitted, cancelled + admitted
            assert field(message, "PV1", 2) == ("I" if admitted else "E")
    assert cancelled


@settings(max_examples=25)
@given(st.sets(st.integers(1, FEW - 1), max_size=8))
def test_a_range_is_its_part_of_the_whole(cuts: set[int]) -> None:
    """Wherever the batch is cut, the pieces one behind the other are the whole."""
    batch, context = sample(PRESET)
    pieces = [batch.slice(start, stop - start) for start, stop in pairwise((0, *sorted(cuts), FEW))]
    assert b"".join(encode(piece, context) for piece in pieces) == encode(
        batch.slice(0, FEW), context
    )


def test_nobody_has_no_messages() -> None:
    """An empty batch, and one of casualties who died where they fell, make an empty file."""
    batch, context = sample(PRESET)
    fallen = next(
        place
        for place, row in enumerate(batch.to_pylist())
        if row["role_last"] == v.Role.POINT_OF_INJURY
    )
    assert encode(batch.slice(0, 0), context) == encode(batch.slice(fallen, 1), context) == b""


def test_delimiters_in_names_are_escaped() -> None:
    """A facility of any name comes back from a parser as it was."""
    batch, context = sample(PRESET)
    awkward = "A|B^C&D~E\\F"
    facilities = tuple(
        each.model_copy(update={"name": awkward}) for each in context.scenario.facilities
    )
    renamed = type(context)(
        context.scenario.model_copy(update={"facilities": facilities}),
        context.job_id,
        context.written_at,
    )
    message = split(encode(batch.slice(0, 20), renamed))[0]
    assert field(message, "PV1", 3).endswith("^A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F")
    strict(message)


def test_new_conditions_are_told_when_they_begin() -> None:
    """A complication that begins during the visit causes one A08, which carries it; the messages
    before do not.
    """
    batch, context = sample(PRESET)
    rows = batch.to_pylist()
    place, row = next(
        (place, row) for place, row in enumerate(rows) if row["outcome"] == v.Outcome.EVACUATED
    )
    arrival = next(event["at_s"] for event in row["events"] if event["kind"] == v.EventKind.ARRIVED)
    row["conditions"].append({**row["conditions"][0], "onset_s": arrival + 3600})
    changed = type(batch).from_pylist([row], schema=batch.schema)
    before, after = split(encode(batch.slice(place, 1), context)), split(encode(changed, context))
    assert len(after) == len(before) + 1
    assert "".join(f"{each}\r" for each in after).replace("\r\r", "\r") == "".join(
        messages(changed, context)
    )
