"""The resources around evacuation, reports and devices made the slow and obvious way, to compare
with.
"""

from collections.abc import Iterator
from typing import Any

from shared.clinical import tables
from shared.records import vocabulary as v

Resource = dict[str, Any]
CODE_SYSTEMS = "http://terminology.hl7.org/CodeSystem/"
PROGRAM = "Lazaret, simulator of casualties"
CODE_NAMES = ("system", "code", "display")
DEVICES = {
    "tourniquet": "Tourniquet",
    "pelvic_binder": "Pelvic binder",
    "splint": "Splint",
    "cervical_collar": "Cervical collar",
    "chest_drain": "Chest drain",
    "external_fixation": "External fixator",
    "internal_fixation_femur": "Internal fixation implant of femur",
}
PRIORITIES = {
    "URGENT": "stat",
    "URGENT_SURGICAL": "stat",
    "PRIORITY": "urgent",
    "ROUTINE": "routine",
    "CONVENIENCE": "routine",
}
ENDS = {
    v.EventKind.DISCHARGED,
    v.EventKind.RETURNED_TO_DUTY,
    v.EventKind.DIED,
    v.EventKind.EVACUATED,
}
CBRN = {"nerve_agent", "blister_agent", "choking_agent", "radiation"}


def more_resources(patient: Any) -> Iterator[Resource]:
    """What is not about the casualty's body: reports, requests, flags, plans, devices,
    provenance.
    """
    yield from reports(patient)
    yield from requests(patient)
    yield from flags(patient)
    yield from care_plans(patient)
    yield from devices(patient)
    targets = [
        f"Patient/{patient.id}",
        *(f"Encounter/{patient.id}-stay{index}" for index in range(len(patient.stays))),
    ]
    test = {"system": f"{CODE_SYSTEMS}v3-ActReason", "code": "HTEST", "display": "test health data"}
    yield patient.start("Provenance", "-provenance") | {
        "target": [{"reference": target} for target in targets],
        "recorded": "2026-01-02T03:04:05.000Z",
        "reason": [{"coding": [test]}],
        "activity": coded_as("v3-DataOperation", "CREATE", "create"),
        "agent": [
            {
                "type": coded_as("provenance-participant-type", "assembler", "Assembler"),
                "who": {"display": PROGRAM},
            }
        ],
    }


def reports(patient: Any) -> Iterator[Resource]:
    def report(suffix: str, category: tuple[str, str], code: Resource, at_s: int) -> Resource:
        at = {"effectiveDateTime": patient.at(at_s), "issued": patient.at(at_s)}
        head = {
            "status": "final",
            "category": [coded_as("v2-0074", *category)],
            "code": {"coding": [code]},
        }
        return patient.start("DiagnosticReport", suffix) | head | patient.subject() | at

    blood = dict(
        zip(
            CODE_NAMES,
            ("http://loinc.org", "882-1", "ABO and Rh group [Type] in Blood"),
            strict=True,
        )
    )
    made = report("-blood-group-report", ("LAB", "Laboratory"), blood, patient.row["injured_at_s"])
    yield made | {"result": [{"reference": f"Observation/{patient.id}-blood-group"}]}
    vital = dict(zip(CODE_NAMES, ("http://loinc.org", "8716-3", "Vital signs"), strict=True))
    for index, row in enumerate(patient.row["vitals"]):
        if row["context"] == v.VitalsContext.CONTACT:
            kinds = ["heart-rate", "blood-pressure", "breathing", "spo2", "temperature", "gcs"] + [
                "pain"
            ] * (row["pain"] >= 0)
            results = {
                "result": [
                    {"reference": f"Observation/{patient.id}-{kind}{index}"} for kind in kinds
                ]
            }
            made = report(f"-contact-report{index}", ("OTH", "Other"), vital, row["at_s"]) | results
            yield made | patient.encounter(
                patient.stay_at(row["at_s"]) if row["facility"] >= 0 else None
            )


def requests(patient: Any) -> Iterator[Resource]:
    events = patient.row["events"]
    for index, event in enumerate(events):
        if event["kind"] != v.EventKind.EVACUATION_REQUESTED:
            continue
        following = {v.EventKind.DEPARTED, v.EventKind.EVACUATION_REQUESTED, *ENDS}
        later = next(
            (
                place
                for place in range(index + 1, len(events))
                if events[place]["kind"] in following
            ),
            None,
        )
        departed = (
            later if later is not None and events[later]["kind"] == v.EventKind.DEPARTED else None
        )
        arrived = arrival(events, departed)
        made = (
            patient.start("ServiceRequest", f"-evacuation{index}")
            | staying(patient, event)
            | patient.subject()
        )
        precedence = v.Precedence(event["detail"]).name
        made |= {
            "status": "completed"
            if arrived
            else "revoked"
            if later is not None and departed is None
            else "active",
            "intent": "order",
            "priority": PRIORITIES[precedence],
            "code": {"text": "Medical evacuation"},
            "orderDetail": [{"text": f"Precedence {precedence.lower().replace('_', ' ')}"}],
            "authoredOn": patient.at(event["at_s"]),
            "requester": staff(patient, event),
        }
        if departed is not None:
            made["occurrencePeriod"] = period(patient, events[departed], arrived)
        if arrived:
            made["locationReference"] = [
                {"reference": f"Location/{patient.context.job_id}-facility{arrived['facility']}"}
            ]
        yield made


def care_plans(patient: Any) -> Iterator[Resource]:
    events = patient.row["events"]
    for index, event in enumerate(events):
        if event["kind"] != v.EventKind.DEPARTED:
            continue
        arrived = arrival(events, index)
        asked = [
            place
            for place in range(index)
            if events[place]["kind"] in {v.EventKind.EVACUATION_REQUESTED, v.EventKind.DEPARTED}
        ]
        who = "First responders and crews"
        if event["facility"] >= 0:
            who = f"Staff of {patient.context.scenario.facilities[event['facility']].name}"
        div = (
            '<div xmlns="http://www.w3.org/1999/xhtml"><p>Hand-over for evacuation by: '
            f"{who}</p></div>"
        )
        system = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"
        known = [
            place
            for place, row in enumerate(patient.row["conditions"])
            if row["onset_s"] <= event["at_s"]
        ]
        made = (
            patient.start("CarePlan", f"-handover{index}")
            | staying(patient, event)
            | patient.subject()
        )
        made |= {
            "text": {"status": "generated", "div": div},
            "status": "completed" if arrived else "active",
            "intent": "plan",
            "category": [
                {
                    "coding": [{"system": system, "code": "assess-plan"}],
                    "text": "Assessment and plan of treatment",
                }
            ],
            "title": "Hand-over for evacuation",
            "period": period(patient, event, arrived),
            "created": patient.at(event["at_s"]),
            "author": staff(patient, event),
        }
        if known:
            made["addresses"] = [
                {"reference": f"Condition/{patient.id}-condition{place}"} for place in known
            ]
        if asked and events[asked[-1]]["kind"] == v.EventKind.EVACUATION_REQUESTED:
            made["activity"] = [
                {"reference": {"reference": f"ServiceRequest/{patient.id}-evacuation{asked[-1]}"}}
            ]
        yield made


def flags(patient: Any) -> Iterator[Resource]:
    row = patient.row
    alive = row["outcome"] in {v.Outcome.IN_CARE, v.Outcome.EVACUATED}
    end = {} if alive else {"end": patient.at(row["ended_at_s"])}

    def flag(suffix: str, category: tuple[str, str], text: str, start_s: int) -> Resource:
        made = (
            patient.start("Flag", suffix)
            | {"status": "active" if alive else "inactive", "code": {"text": text}}
            | patient.subject()
        )
        return made | {
            "category": [coded_as("flag-category", *category)],
            "period": {"start": patient.at(start_s)} | end,
        }

    triages = [event for event in row["events"] if event["kind"] == v.EventKind.TRIAGED]
    if triages:
        word = (
            "dead"
            if triages[-1]["detail"] == v.Triage.DEAD
            else v.Triage(triages[-1]["detail"]).name
        )
        yield flag(
            "-triage-flag", ("clinical", "Clinical"), f"Triage category {word}", triages[-1]["at_s"]
        )
    mechanism = tables.mechanisms()[row["mechanism"] - 1]
    if mechanism.kind in CBRN:
        yield flag(
            "-cbrn-flag", ("safety", "Safety"), f"Exposed: {mechanism.display}", row["injured_at_s"]
        )


def devices(patient: Any) -> Iterator[Resource]:
    for index, row in enumerate(patient.row["treatments"]):
        if word := DEVICES.get(tables.treatments()[row["treatment"] - 1].name):
            name = [{"name": word, "type": "user-friendly-name"}]
            made = patient.start("Device", f"-device{index}") | {
                "status": "active",
                "deviceName": name,
                "type": {"text": word},
            }
            yield made | {"patient": {"reference": f"Patient/{patient.id}"}}


def arrival(events: list[dict[str, Any]], departed: int | None) -> dict[str, Any] | None:
    if departed is None:
        return None
    wanted = {v.EventKind.ARRIVED, v.EventKind.DEPARTED, *ENDS}
    found = next((event for event in events[departed + 1 :] if event["kind"] in wanted), None)
    return found if found and found["kind"] == v.EventKind.ARRIVED else None


def period(patient: Any, departed: dict[str, Any], arrived: dict[str, Any] | None) -> Resource:
    return {"start": patient.at(departed["at_s"])} | (
        {"end": patient.at(arrived["at_s"])} if arrived else {}
    )


def staying(patient: Any, event: dict[str, Any]) -> Resource:
    encounter: Resource = patient.encounter(
        patient.stay_at(event["at_s"]) if event["facility"] >= 0 else None
    )
    return encounter


def staff(patient: Any, event: dict[str, Any]) -> Resource:
    place = (
        event["facility"] if event["facility"] >= 0 else len(patient.context.scenario.facilities)
    )
    return {"reference": f"Practitioner/{patient.context.job_id}-staff{place}"}


def coded_as(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": CODE_SYSTEMS + system, "code": code, "display": display}]}
