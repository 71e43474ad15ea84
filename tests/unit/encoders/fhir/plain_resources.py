"""FHIR resources made the slow and obvious way, to compare with."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa

from shared.clinical import tables
from shared.clinical.tables import code_by_value
from shared.encoders.interface.context import EncodingContext
from shared.records import vocabulary as v
from shared.records.identifiers import first_number
from tests.unit.encoders.fhir.plain_care import DEVICES, more_resources
from tests.unit.encoders.plain_documents import coded

CODE_SYSTEMS = "http://terminology.hl7.org/CodeSystem/"
LEAVINGS = {
    v.EventKind.ARRIVED,
    v.EventKind.DEPARTED,
    v.EventKind.DISCHARGED,
    v.EventKind.RETURNED_TO_DUTY,
    v.EventKind.DIED,
    v.EventKind.EVACUATED,
}
SITES = {1: "69536005", 2: "89545001", 3: "51185008", 4: "113345001", 6: "39937001"}
REGION_WORDS = {
    1: "head and neck",
    2: "face",
    3: "chest",
    4: "abdomen",
    5: "extremities",
    6: "external",
}
Resource = dict[str, Any]


def resources(batch: pa.RecordBatch, context: EncodingContext) -> dict[str, list[Resource]]:
    """Every resource of these patients by type, in order."""
    made: dict[str, list[Resource]] = {}
    for row in batch.to_pylist():
        for each in _Patient(row, context).resources():
            made.setdefault(each["resourceType"], []).append(each)
    return made


class _Patient:
    def __init__(self, row: dict[str, Any], context: EncodingContext) -> None:
        self.row = row
        self.context = context
        self.id = f"{context.job_id}-{row['ordinal']}"
        self.stays = list(self.find_stays())

    def find_stays(self) -> Iterator[dict[str, Any]]:
        events = self.row["events"]
        for place, event in enumerate(events):
            if event["kind"] == v.EventKind.ARRIVED and event["facility"] >= 0:
                end = next(
                    (later for later in events[place + 1 :] if later["kind"] in LEAVINGS),
                    {"at_s": None, "kind": None},
                )
                stay = {
                    "facility": event["facility"],
                    "role": event["role"],
                    "start": event["at_s"],
                }
                yield stay | {"end": end["at_s"], "end_kind": end["kind"]}

    def resources(self) -> Iterator[Resource]:
        yield self.patient()
        yield from self.encounters()
        yield from self.old_conditions()
        yield from self.conditions()
        yield from self.observations()
        yield from self.treatments()
        yield from self.allergies()
        yield from more_resources(self)

    def start(self, name: str, suffix: str) -> Resource:
        tag = {
            "system": f"{CODE_SYSTEMS}v3-ActReason",
            "code": "HTEST",
            "display": "test health data",
        }
        return {
            "resourceType": name,
            "id": self.id + suffix,
            "meta": {"lastUpdated": "2026-01-02T03:04:05.000Z", "tag": [tag]},
        }

    def patient(self) -> Resource:
        row = self.row
        people = {each.id: each.name for each in tables.names()}
        nation = tables.nations()[row["nation"] - 1]
        country = coding("urn:iso:std:iso:3166", nation.code, nation.name)
        civilian = row["branch"] == v.Branch.CIVILIAN
        code, display = ("PN", "Person number") if civilian else ("MI", "Military ID number")
        number = {
            "use": "official",
            "type": coding(f"{CODE_SYSTEMS}v2-0203", code, display),
            "system": f"urn:lazaret:{'person' if civilian else 'service'}-number",
            "value": str(first_number(self.context.job_id) + row["ordinal"]),
        }
        made = self.start("Patient", "") | {
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/patient-nationality",
                    "extension": [{"url": "code", "valueCodeableConcept": country}],
                }
            ],
            "identifier": [number],
            "active": True,
            "name": [
                {
                    "use": "official",
                    "family": people[row["family_id"]],
                    "given": [people[row["given_id"]]],
                }
            ],
            "gender": v.Sex(row["sex"]).name.lower(),
            "birthDate": row["birth_date"].isoformat(),
        }
        died = row["outcome"] in {v.Outcome.KIA, v.Outcome.DOW, v.Outcome.DIED_NON_BATTLE}
        return made | ({"deceasedDateTime": self.at(row["ended_at_s"])} if died else {})

    def encounters(self) -> Iterator[Resource]:
        for index, stay in enumerate(self.stays):
            inpatient = stay["role"] >= v.Role.ROLE_2
            kind = ("IMP", "inpatient encounter") if inpatient else ("EMER", "emergency")
            period = {"start": self.at(stay["start"])} | (
                {} if stay["end"] is None else {"end": self.at(stay["end"])}
            )
            facility = f"{self.context.job_id}-facility{stay['facility']}"
            yield self.start("Encounter", f"-stay{index}") | {
                "status": "in-progress" if stay["end"] is None else "finished",
                "class": {
                    "system": f"{CODE_SYSTEMS}v3-ActCode",
                    "code": kind[0],
                    "display": kind[1],
                },
                "type": [{"text": f"Stay at a Role {stay['role']} medical treatment facility"}],
                **self.subject(),
                "participant": [
                    {
                        "individual": {
                            "reference": f"Practitioner/{self.context.job_id}-staff{stay['facility']}"
                        }
                    }
                ],
                "period": period,
                "hospitalization": self.hospitalization(index),
                "location": [{"location": {"reference": f"Location/{facility}"}}],
                "serviceProvider": {"reference": f"Organization/{facility}"},
            }

    def hospitalization(self, index: int) -> Resource:
        def place(name: str, other: int) -> Resource:
            if not 0 <= other < len(self.stays):
                return {}
            return {
                name: {
                    "reference": f"Location/{self.context.job_id}-facility{self.stays[other]['facility']}"
                }
            }

        transfer = coding(
            f"{CODE_SYSTEMS}admit-source", "hosp-trans", "Transferred from other hospital"
        )
        made = (
            {"admitSource": transfer if index else {"text": "From the field"}}
            | place("origin", index - 1)
            | place("destination", index + 1)
        )
        dispositions = {
            None: {},
            v.EventKind.DEPARTED: coding(
                f"{CODE_SYSTEMS}discharge-disposition", "other-hcf", "Other healthcare facility"
            ),
            v.EventKind.DISCHARGED: {"text": "Discharged"},
            v.EventKind.RETURNED_TO_DUTY: {"text": "Returned to duty"},
            v.EventKind.DIED: coding(f"{CODE_SYSTEMS}discharge-disposition", "exp", "Expired"),
            v.EventKind.EVACUATED: {"text": "Evacuated out of the theatre"},
        }
        found = dispositions[self.stays[index]["end_kind"]]
        return made | ({"dischargeDisposition": found} if found else {})

    def old_conditions(self) -> Iterator[Resource]:
        for index, number in enumerate(self.row["background"]):
            category = coding(
                f"{CODE_SYSTEMS}condition-category", "problem-list-item", "Problem List Item"
            )
            code = concept(tables.backgrounds()[number - 1])
            yield self.start("Condition", f"-background{index}") | {
                **state("condition"),
                "category": [category],
                "code": code,
                **self.subject(),
            }

    def conditions(self) -> Iterator[Resource]:
        for index, row in enumerate(self.row["conditions"]):
            made = self.start("Condition", f"-condition{index}") | state("condition")
            made["category"] = [
                coding(
                    f"{CODE_SYSTEMS}condition-category",
                    "encounter-diagnosis",
                    "Encounter Diagnosis",
                )
            ]
            made["code"] = concept(tables.conditions()[row["condition"] - 1])
            made |= body_site(row["region"], row["side"]) | self.subject()
            stay = self.stay_at(row["onset_s"])
            made |= self.encounter(stay if stay is not None or not self.stays else 0)
            made["onsetDateTime"] = self.at(row["onset_s"])
            yield made | ({"note": [{"text": f"AIS {row['ais']}"}]} if row["ais"] else {})

    def observations(self) -> Iterator[Resource]:
        row, hurt = self.row, {"effectiveDateTime": self.at(self.row["injured_at_s"])}
        group = (
            v.BloodGroup(row["blood_group"])
            .name.replace("_POSITIVE", "+")
            .replace("_NEGATIVE", "-")
        )
        blood = {"valueCodeableConcept": {"text": group}}
        yield (
            self.start("Observation", "-blood-group")
            | head("laboratory", "Laboratory", "882-1")
            | self.subject()
            | hurt
            | blood
        )
        for kind, words, code, value in (
            (
                "height",
                ("vital-signs", "Vital Signs"),
                "8302-2",
                quantity(row["height_cm"], "cm", "cm"),
            ),
            (
                "weight",
                ("vital-signs", "Vital Signs"),
                "29463-7",
                quantity(row["weight_hg"] / 10, "kg", "kg"),
            ),
            ("iss", ("survey", "Survey"), "74471-4", quantity(row["iss"], "score", "{score}")),
        ):
            yield (
                self.start("Observation", f"-{kind}")
                | head(*words, code)
                | self.subject()
                | hurt
                | {"valueQuantity": value}
            )
        for index, event in enumerate(row["events"]):
            if event["kind"] == v.EventKind.TRIAGED:
                word = (
                    "dead" if event["detail"] == v.Triage.DEAD else v.Triage(event["detail"]).name
                )
                value = {"valueCodeableConcept": {"text": word}}
                yield self.measured(
                    f"-triage{index}", event, head("exam", "Exam", "77941-3"), value
                )
        for index, vitals in enumerate(row["vitals"]):
            yield from self.vital_signs(index, vitals)

    def vital_signs(self, index: int, row: dict[str, Any]) -> Iterator[Resource]:
        vital, survey = ("vital-signs", "Vital Signs"), ("survey", "Survey")
        pressures = [
            {
                "code": {"coding": [loinc(code)]},
                "valueQuantity": quantity(row[name], "mmHg", "mm[Hg]"),
            }
            for code, name in (("8480-6", "systolic"), ("8462-4", "diastolic"))
        ]
        lines = [
            (
                "heart-rate",
                head(*vital, "8867-4"),
                {"valueQuantity": quantity(row["heart_rate"], "beats/minute", "/min")},
            ),
            ("blood-pressure", head(*vital, "85354-9"), {"component": pressures}),
            (
                "breathing",
                head(*vital, "9279-1"),
                {"valueQuantity": quantity(row["respiratory_rate"], "breaths/minute", "/min")},
            ),
            (
                "spo2",
                head(*vital, "2708-6", "59408-5"),
                {"valueQuantity": quantity(row["spo2"], "%", "%")},
            ),
            (
                "temperature",
                head(*vital, "8310-5"),
                {"valueQuantity": quantity(row["temperature_dc"] / 10, "C", "Cel")},
            ),
            (
                "gcs",
                head(*survey, "9269-2"),
                {"valueQuantity": quantity(row["gcs"], "score", "{score}")},
            ),
        ]
        if row["pain"] >= 0:
            lines.append(
                (
                    "pain",
                    head(*survey, "72514-3"),
                    {"valueQuantity": quantity(row["pain"], "score", "{score}")},
                )
            )
        for kind, what, value in lines:
            yield self.measured(f"-{kind}{index}", row, what, value)

    def measured(
        self, suffix: str, row: dict[str, Any], what: Resource, value: Resource
    ) -> Resource:
        encounter = self.encounter(self.stay_at(row["at_s"]) if row["facility"] >= 0 else None)
        return (
            self.start("Observation", suffix)
            | what
            | self.subject()
            | encounter
            | {"effectiveDateTime": self.at(row["at_s"])}
            | value
        )

    def treatments(self) -> Iterator[Resource]:
        for index, row in enumerate(self.row["treatments"]):
            given = tables.treatments()[row["treatment"] - 1]
            period = {"start": self.at(row["at_s"]), "end": self.at(row["ended_at_s"])}
            stay = self.stay_at(row["at_s"]) if row["facility"] >= 0 else None
            if given.kind in {"drug", "fluid"}:
                made = self.start("MedicationAdministration", f"-treatment{index}")
                made |= {
                    "status": "completed",
                    "medicationCodeableConcept": concept(given),
                    **self.subject(),
                    **self.encounter(stay, "context"),
                }
                dose = quantity(round(row["dose"], 3), given.unit, given.unit)
                yield (
                    made
                    | {"effectivePeriod": period}
                    | (
                        {"dosage": {"route": {"text": given.route}, "dose": dose}}
                        if row["dose"]
                        else {}
                    )
                )
            else:
                made = self.start("Procedure", f"-treatment{index}") | {
                    "status": "completed",
                    "code": concept(given),
                    **self.subject(),
                }
                made |= (
                    self.encounter(stay)
                    | {"performedPeriod": period}
                    | body_site(row["region"], v.Side.NONE)
                )
                device = {"manipulated": {"reference": f"Device/{self.id}-device{index}"}}
                yield made | ({"focalDevice": [device]} if given.name in DEVICES else {})

    def allergies(self) -> Iterator[Resource]:
        for index, number in enumerate(self.row["allergies"]):
            made = self.start("AllergyIntolerance", f"-allergy{index}") | state(
                "allergyintolerance"
            )
            yield made | {
                "code": concept(tables.allergies()[number - 1]),
                "patient": {"reference": f"Patient/{self.id}"},
            }

    def subject(self) -> Resource:
        return {"subject": {"reference": f"Patient/{self.id}"}}

    def stay_at(self, second: int) -> int | None:
        begun = [index for index, stay in enumerate(self.stays) if stay["start"] <= second]
        return begun[-1] if begun else None

    def encounter(self, stay: int | None, name: str = "encounter") -> Resource:
        return {} if stay is None else {name: {"reference": f"Encounter/{self.id}-stay{stay}"}}

    def at(self, seconds: int) -> str:
        return f"{self.context.scenario.starts_at + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def coding(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def loinc(code: str) -> Resource:
    return {
        "system": "http://loinc.org",
        "code": code,
        "display": code_by_value()["LOINC", code].display,
    }


def head(category: str, display: str, *codes: str) -> Resource:
    coded_as = [loinc(code) for code in codes]
    category_concept = coding(f"{CODE_SYSTEMS}observation-category", category, display)
    return {
        "status": "final",
        "category": [category_concept],
        "code": {"coding": coded_as, "text": coded_as[-1]["display"]},
    }


def quantity(value: float, unit: str, code: str) -> Resource:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code}


def concept(row: Any) -> Resource:
    codes = coded(row)["codes"]
    return ({"coding": codes} if codes else {}) | {"text": row.display}


def state(kind: str) -> Resource:
    verification = (
        "condition-ver-status" if kind == "condition" else "allergyintolerance-verification"
    )
    return {
        "clinicalStatus": coding(f"{CODE_SYSTEMS}{kind}-clinical", "active", "Active"),
        "verificationStatus": coding(f"{CODE_SYSTEMS}{verification}", "confirmed", "Confirmed"),
    }


def body_site(region: int, side: int) -> Resource:
    if not region:
        return {}
    words = f"{v.Side(side).name.lower()} {REGION_WORDS[region]}" if side else REGION_WORDS[region]
    text = {"text": words.capitalize()}
    if region not in SITES:
        return {"bodySite": [text]}
    snomed = {
        "system": "http://snomed.info/sct",
        "code": SITES[region],
        "display": code_by_value()["SNOMED CT", SITES[region]].display,
    }
    return {"bodySite": [{"coding": [snomed]} | text]}
