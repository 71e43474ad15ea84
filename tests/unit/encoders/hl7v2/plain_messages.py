"""HL7 messages made the slow and obvious way, to compare with."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pyarrow as pa

from shared.clinical import tables
from shared.clinical.tables import code_by_value
from shared.encoders.interface.context import EncodingContext
from shared.records import vocabulary as v
from shared.records.identifiers import first_number
from tests.unit.encoders.plain_documents import coded

ORDER = ("A04", "A02", "A40", "A01", "A08", "R01", "A11", "A03")
STRUCTURES = {
    "A01": "ADT_A01",
    "A04": "ADT_A01",
    "A08": "ADT_A01",
    "A02": "ADT_A02",
    "A03": "ADT_A03",
    "A11": "ADT_A09",
    "A40": "ADT_A39",
}
SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10": "I10",
    "http://snomed.info/sct": "SCT",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://www.whocc.no/atc": "ATC",
}
ENDS = (
    v.EventKind.DISCHARGED,
    v.EventKind.RETURNED_TO_DUTY,
    v.EventKind.DIED,
    v.EventKind.EVACUATED,
)
BRANCHES = {
    v.Branch.ARMY: "ARMY",
    v.Branch.NAVY: "NAVY",
    v.Branch.AIR_FORCE: "AF",
    v.Branch.MARINES: "MAR",
}
MODES = {"ground": "A", "rotary": "H"}
SIGNS = (
    ("8867-4", "heart_rate", "/min"),
    ("8480-6", "systolic", "mm[Hg]"),
    ("8462-4", "diastolic", "mm[Hg]"),
    ("9279-1", "respiratory_rate", "/min"),
    ("59408-5", "spo2", "%"),
    ("8310-5", "temperature_dc", "Cel"),
    ("9269-2", "gcs", "{score}"),
    ("72514-3", "pain", "{score}"),
)
Row = dict[str, Any]


def messages(batch: pa.RecordBatch, context: EncodingContext) -> list[str]:
    """Every message of these patients, in order."""
    return [message for row in batch.to_pylist() for message in _Visit(row, context).messages()]


class _Visit:
    def __init__(self, row: Row, context: EncodingContext) -> None:
        self.row = row
        self.context = context
        self.events = row["events"]
        self.arrivals = [
            event
            for event in self.events
            if event["kind"] == v.EventKind.ARRIVED and event["facility"] >= 0
        ]
        self.begin = self.arrivals[0]["at_s"] if self.arrivals else None
        ends = (
            event
            for event in self.events
            if self.arrivals and event["kind"] in ENDS and event["at_s"] >= self.begin
        )
        self.end = next(ends, None)
        self.end_s = self.end["at_s"] if self.end else 2**31
        inside = [
            signs
            for signs in row["vitals"]
            if self.arrivals and signs["facility"] >= 0 and self.is_open(signs["at_s"])
        ]
        self.unidentified = bool(inside) and inside[0]["gcs"] <= 8
        self.known_s = min(
            [signs["at_s"] for signs in inside if signs["gcs"] >= 14]
            + [event["at_s"] for event in self.arrivals[1:]]
            + [self.end_s]
        )
        self.admitted = False

    def is_open(self, at_s: int) -> bool:
        return self.begin <= at_s <= self.end_s

    def messages(self) -> Iterator[str]:
        if not self.arrivals:
            return
        moments = sorted(
            self.moments(), key=lambda moment: (moment[0], ORDER.index(moment[1]), moment[2])
        )
        for number, (at_s, trigger, item) in enumerate(moments, 1):
            if trigger == "A40":
                self.unidentified = False
            if trigger in {"A01", "A11"}:
                self.admitted = trigger == "A01"
            yield "".join(f"{segment}\r" for segment in self.message(at_s, trigger, item, number))

    def moments(self) -> Iterator[tuple[int, str, int]]:
        for arrival in self.arrivals:
            yield (
                arrival["at_s"],
                "A04" if arrival is self.arrivals[0] else "A02",
                self.events.index(arrival),
            )
        if self.end:
            yield self.end_s, "A03", self.events.index(self.end)
        if self.unidentified and self.known_s < 2**31:
            yield self.known_s, "A40", -1
        yield from self.admissions()
        yield from self.triages()
        for onset_s in {each["onset_s"] for each in self.row["conditions"]}:
            if onset_s > self.begin and self.is_open(onset_s):
                yield onset_s, "A08", -1
        for place, signs in enumerate(self.row["vitals"]):
            if self.is_open(max(signs["at_s"], self.begin)):
                yield max(signs["at_s"], self.begin), "R01", place

    def admissions(self) -> Iterator[tuple[int, str, int]]:
        for place, event in enumerate(self.events):
            if (
                event["kind"] == v.EventKind.ADMITTED
                and event["facility"] >= 0
                and event["role"] >= 2
            ):
                yield event["at_s"], "A01", place
                after = self.events[place + 1] if place + 1 < len(self.events) else {"kind": 0}
                if (
                    after["kind"] != v.EventKind.EVACUATION_REQUESTED
                    or after["at_s"] - event["at_s"] > 300
                ):
                    return
                yield after["at_s"], "A11", place + 1

    def triages(self) -> Iterator[tuple[int, str, int]]:
        before = None
        for place, event in enumerate(self.events):
            if event["kind"] == v.EventKind.TRIAGED:
                if before not in {None, event["detail"]} and self.is_open(event["at_s"]):
                    yield event["at_s"], "A08", place
                before = event["detail"]

    def message(self, at_s: int, trigger: str, item: int, number: int) -> Iterator[str]:
        """The segments."""
        stay = sum(arrival["at_s"] <= at_s for arrival in self.arrivals) - 1
        here = f"facility{self.arrivals[stay]['facility']}"
        kind = f"ADT^{trigger}^{STRUCTURES[trigger]}" if trigger != "R01" else "ORU^R01^ORU_R01"
        control = f"{self.context.job_id.hex[-6:]}.{self.row['ordinal']}.{number}"
        yield f"MSH|^~\\&|LAZARET|{here}|||{self.time(at_s)}||{kind}|{control}|T|2.5.1||||||UNICODE UTF-8"
        if trigger != "R01":
            yield f"EVN|{trigger}|{self.time(at_s)}||||{self.time(at_s)}|{here}"
        ended = self.events[item] if trigger == "A03" else None
        yield self.pid(self.time(at_s) if ended and ended["kind"] == v.EventKind.DIED else "")
        if self.row["rank"] and not self.unidentified:
            rank = next(each.nato_code for each in tables.ranks() if each.id == self.row["rank"])
            rank = GRADES.get(rank, "")
            yield segment("PD1", {19: BRANCHES[self.row["branch"]], 20: rank, 21: "ACT"})
        if trigger == "A40":
            yield f"MRG|T{self.number('PI')}"
        yield self.pv1(stay, trigger, ended)
        yield from self.body(trigger, at_s, item)

    def body(self, trigger: str, at_s: int, item: int) -> Iterator[str]:
        if trigger in {"A04", "A02", "A01"}:
            yield self.pv2(self.events[item] if trigger != "A01" else None)
        if trigger == "A04":
            yield self.obx(1, "8302-2", self.row["height_cm"], "cm", at_s)
            yield self.obx(2, "29463-7", f"{self.row['weight_hg'] / 10:.1f}", "kg", at_s)
            group = (
                v.BloodGroup(self.row["blood_group"])
                .name.replace("_POSITIVE", "+")
                .replace("_NEGATIVE", "-")
            )
            yield self.obx(3, "882-1", group, "", at_s)
        if trigger in {"A04", "A08"} and item >= 0:
            yield from self.triage(4 if trigger == "A04" else 1, item, at_s)
        if trigger in {"A04", "A01", "A08", "A03"}:
            yield from self.known_conditions(trigger, at_s)
        if trigger == "A03":
            yield from self.procedures()
            yield self.obx(1, "74471-4", self.row["iss"], "{score}", at_s)
        if trigger == "R01":
            yield from self.signs(item, at_s)

    def pid(self, death: str) -> str:
        known = not self.unidentified
        nation = tables.nations()[self.row["nation"] - 1]
        kind, code = (
            ("PERSON", "PN") if self.row["branch"] == v.Branch.CIVILIAN else ("SERVICE", "MI")
        )
        number = first_number(self.context.job_id) + self.row["ordinal"]
        service = f"{number}^^^{kind}&urn:lazaret:{kind.lower()}-number&URI^{code}"
        return segment(
            "PID",
            {
                1: "1",
                3: f"{self.number('PI')}~{service}" if known else f"T{self.number('PI')}",
                5: f"{people()[self.row['family_id']]}^{people()[self.row['given_id']]}^^^^^L"
                if known
                else "UNKNOWN^^^^^^U",
                7: f"{self.row['birth_date']:%Y%m%d}" if known else "",
                8: v.Sex(self.row["sex"]).name[0],
                28: f"{nation.code}^{nation.name}^ISO3166" if known else "",
                29: death,
                30: "Y" if death else "N",
                31: "N" if known else "Y",
            },
        )

    def pv1(self, stay: int, trigger: str, ended: Row | None) -> str:
        dispositions = {v.EventKind.DIED: "20", v.EventKind.EVACUATED: "02"}
        return segment(
            "PV1",
            {
                1: "1",
                2: "I" if self.admitted else "E",
                3: self.place(stay),
                4: "E",
                6: self.place(stay - 1) if trigger == "A02" else "",
                19: self.number("VN"),
                36: dispositions.get(ended["kind"], "01") if ended else "",
                44: self.time(self.begin),
                45: self.time(ended["at_s"]) if ended else "",
                50: self.number("VN").replace("^", f"-stay{stay}^", 1),
            },
        )

    def pv2(self, arrival: Row | None) -> str:
        reason = ce(tables.mechanisms()[self.row["mechanism"] - 1])
        if arrival is None or arrival["vehicle"] < 0:
            return f"PV2|||{reason}"
        return segment(
            "PV2",
            {
                3: reason,
                38: MODES.get(self.context.scenario.transport[arrival["vehicle"]].kind, "O"),
            },
        )

    def triage(self, set_id: int, item: int, at_s: int) -> Iterator[str]:
        told = [
            event["detail"]
            for event in self.events[: item + 1]
            if event["kind"] == v.EventKind.TRIAGED
        ]
        if told:
            yield self.obx(
                set_id,
                "77941-3",
                "dead" if told[-1] == v.Triage.DEAD else v.Triage(told[-1]).name,
                "",
                at_s,
            )

    def known_conditions(self, trigger: str, at_s: int) -> Iterator[str]:
        for number, allergy in enumerate(self.row["allergies"], 1):
            yield f"AL1|{number}||{ce(tables.allergies()[allergy - 1])}"
        known = [each for each in self.row["conditions"] if each["onset_s"] <= at_s]
        for number, each in enumerate(known, 1):
            diagnosis = ce(tables.conditions()[each["condition"] - 1])
            yield f"DG1|{number}||{diagnosis}||{self.time(each['onset_s'])}|{'F' if trigger == 'A03' else 'W'}"

    def procedures(self) -> Iterator[str]:
        rows = [
            (each, tables.treatments()[each["treatment"] - 1])
            for each in self.row["treatments"]
            if each["at_s"] <= self.end_s
        ]
        done = [(each, row) for each, row in rows if row.kind not in {"drug", "fluid"}]
        for number, (each, row) in enumerate(done, 1):
            yield f"PR1|{number}||{ce(row)}||{self.time(each['at_s'])}"

    def signs(self, place: int, at_s: int) -> Iterator[str]:
        signs = self.row["vitals"][place]
        order = {
            1: "1",
            3: f"{self.row['ordinal']}-vitals{place}^LAZARET",
            4: "VITALS^Vital signs^L",
        }
        yield segment("OBR", {**order, 7: self.time(signs["at_s"]), 22: self.time(at_s), 25: "F"})
        for number, (code, name, unit) in enumerate(SIGNS, 1):
            value = f"{signs[name] / 10:.1f}" if name == "temperature_dc" else signs[name]
            if value != -1:
                yield self.obx(number, code, value, unit, signs["at_s"])

    def obx(self, number: int, code: str, value: object, unit: str, at_s: int) -> str:
        display = code_by_value()["LOINC", code].display
        shown = (
            (f"NM|{code}^{display}^LN||{value}|{unit}^{unit}^UCUM")
            if unit
            else f"CE|{code}^{display}^LN||{value}^{value}^L|"
        )
        return f"OBX|{number}|{shown}|||||F|||{self.time(at_s)}"

    def place(self, stay: int) -> str:
        facility = self.arrivals[stay]["facility"]
        return (
            f"^^^facility{facility}^^^^^{escaped(self.context.scenario.facilities[facility].name)}"
        )

    def number(self, kind: str) -> str:
        own = f"{self.context.job_id.hex[-6:]}.{self.row['ordinal']}"
        return f"{own}^^^LAZARET&{self.context.job_id}&UUID^{kind}"

    def time(self, seconds: int) -> str:
        return f"{self.context.scenario.starts_at + timedelta(seconds=seconds):%Y%m%d%H%M%S}+0000"


# Written out, so that a change of the encoder's is seen.
GRADES = {
    **dict(zip(["OR-1", "OR-2", "OR-3", "OR-4", "OR-5", "OR-6", "OR-7", "OR-8", "OR-9"], ["E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9"], strict=True)),
    **dict(zip(["OF-1", "OF-2", "OF-3", "OF-4", "OF-5", "OF-6", "OF-7", "OF-8"], ["O1", "O3", "O4", "O5", "O6", "O7", "O8", "O9"], strict=True)),
}  # fmt: skip


@cache
def people() -> dict[int, str]:
    return {each.id: each.name for each in tables.names()}


def segment(name: str, fields: dict[int, str]) -> str:
    """Fields by number, up to the last one named."""
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def ce(row: Any) -> str:
    codes = {SYSTEMS[each["system"]]: each for each in coded(row)["codes"]}
    parts = [
        part
        for system in SYSTEMS.values()
        if system in codes
        for part in (codes[system]["code"], codes[system]["display"], system)
    ]
    return "^".join(map(escaped, parts[:6] or ["", row.display]))


def escaped(text: str) -> str:
    for plain, escape in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = (
            text.replace(plain, f"\\{escape}\\") if plain != "\\" else text.replace("\\", "\\E\\")
        )
    return text
