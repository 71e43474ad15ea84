"""The documents of NDJSON made the slow and obvious way, to compare with."""

from datetime import timedelta
from typing import Any

import pyarrow as pa

from shared.clinical import tables
from shared.encoders.interface.context import EncodingContext
from shared.records import vocabulary as v
from shared.records.identifiers import first_number

SYSTEMS = {
    "snomed": ("SNOMED CT", "http://snomed.info/sct"),
    "icd10": ("ICD-10", "http://hl7.org/fhir/sid/icd-10"),
    "rxnorm": ("RxNorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    "atc": ("ATC", "http://www.whocc.no/atc"),
}
DETAILS = {
    v.EventKind.TRIAGED: v.Triage,
    v.EventKind.EVACUATION_REQUESTED: v.Precedence,
    v.EventKind.DIED: v.DeathCause,
}


def documents(batch: pa.RecordBatch, context: EncodingContext) -> list[dict[str, Any]]:
    """One document a patient."""
    return [_Plain(context).patient(row) for row in batch.to_pylist()]


class _Plain:
    def __init__(self, context: EncodingContext) -> None:
        self.context = context

    def patient(self, row: dict[str, Any]) -> dict[str, Any]:
        scenario = self.context.scenario
        person = {each.id: each.name for each in tables.names()}
        nation = tables.nations()[row["nation"] - 1]
        rank = next((each for each in tables.ranks() if each.id == row["rank"]), None)
        return {
            "id": f"{self.context.job_id}-{row['ordinal']}",
            "ordinal": row["ordinal"],
            "sector": row["sector"],
            "family_name": person[row["family_id"]],
            "given_name": person[row["given_id"]],
            "service_number": str(first_number(self.context.job_id) + row["ordinal"]),
            "birth_date": row["birth_date"].isoformat(),
            "sex": word(v.Sex, row["sex"]),
            "nation": {"code": nation.code, "name": nation.name},
            "blood_group": v.BloodGroup(row["blood_group"])
            .name.replace("_POSITIVE", "+")
            .replace("_NEGATIVE", "-"),
            "branch": word(v.Branch, row["branch"]),
            "rank": rank and {"code": rank.nato_code, "display": rank.display},
            "unit": name_of(scenario.units, row["unit"]),
            "height_cm": row["height_cm"],
            "weight_kg": row["weight_hg"] / 10,
            "allergies": [coded(tables.allergies()[each - 1]) for each in row["allergies"]],
            "background": [coded(tables.backgrounds()[each - 1]) for each in row["background"]],
            "category": word(v.Category, row["category"]),
            "mechanism": coded(tables.mechanisms()[row["mechanism"] - 1]),
            "compound_event": row["compound_event"] if row["compound_event"] >= 0 else None,
            "front": name_of(scenario.fronts, row["front"]),
            "latitude_deg": row["latitude_udeg"] / 10**6,
            "longitude_deg": row["longitude_udeg"] / 10**6,
            "injured_at": self.at(row["injured_at_s"]),
            "triage_first": triage(row["triage_first"]),
            "precedence": word(v.Precedence, row["precedence"]),
            "iss": row["iss"],
            "niss": row["niss"],
            "rts": row["rts_e4"] / 10**4,
            "triss": row["triss_e4"] / 10**4 if row["triss_e4"] >= 0 else None,
            "blood_volume_min_pct": row["blood_volume_min_pct"],
            "burn_tbsa_pct": row["burn_tbsa_pct"],
            "transfused_units": row["transfused_units"],
            "outcome": word(v.Outcome, row["outcome"]),
            "death_cause": word(v.DeathCause, row["death_cause"]),
            "returned_within_72h": row["returned_within_72h"] == 1,
            "role_first": word(v.Role, row["role_first"]),
            "role_last": word(v.Role, row["role_last"]),
            "facility_last": name_of(scenario.facilities, row["facility_last"]),
            "ended_at": self.at(row["ended_at_s"]),
            "events": [self.event(each) for each in row["events"]],
            "vitals": [self.vital_signs(each) for each in row["vitals"]],
            "conditions": [self.condition(each) for each in row["conditions"]],
            "treatments": [self.treatment(each) for each in row["treatments"]],
        }

    def event(self, row: dict[str, Any]) -> dict[str, Any]:
        kind = v.EventKind(row["kind"])
        detail = DETAILS.get(kind)
        return {
            "at": self.at(row["at_s"]),
            "kind": word(v.EventKind, kind),
            "role": word(v.Role, row["role"]),
            "facility": name_of(self.context.scenario.facilities, row["facility"]),
            "vehicle": name_of(self.context.scenario.transport, row["vehicle"]),
            "detail": triage(row["detail"])
            if detail is v.Triage
            else detail and word(detail, row["detail"]),
        }

    def vital_signs(self, row: dict[str, Any]) -> dict[str, Any]:
        same = ("heart_rate", "systolic", "diastolic", "respiratory_rate")
        return {
            "at": self.at(row["at_s"]),
            "context": word(v.VitalsContext, row["context"]),
            "facility": name_of(self.context.scenario.facilities, row["facility"]),
            **{name: row[name] for name in same},
            "spo2_pct": row["spo2"],
            "gcs": row["gcs"],
            "temperature_c": row["temperature_dc"] / 10,
            "pain": row["pain"] if row["pain"] >= 0 else None,
        }

    def condition(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "condition": coded(tables.conditions()[row["condition"] - 1]),
            "region": word(v.BodyRegion, row["region"]),
            "side": word(v.Side, row["side"]),
            "ais": row["ais"] or None,
            "onset_at": self.at(row["onset_s"]),
        }

    def treatment(self, row: dict[str, Any]) -> dict[str, Any]:
        given = tables.treatments()[row["treatment"] - 1]
        return {
            "at": self.at(row["at_s"]),
            "ended_at": self.at(row["ended_at_s"]),
            "treatment": coded(given),
            "role": word(v.Role, row["role"]),
            "facility": name_of(self.context.scenario.facilities, row["facility"]),
            "region": word(v.BodyRegion, row["region"]),
            "dose": round(row["dose"], 3) or None,
            "unit": given.unit or None,
        }

    def at(self, seconds: int) -> str:
        return f"{self.context.scenario.starts_at + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def word(vocabulary: Any, number: int) -> str | None:
    names = {member.value: member.name.lower() for member in vocabulary if member.name != "NONE"}
    return names.get(number)


def triage(number: int) -> str:
    return "dead" if number == v.Triage.DEAD else v.Triage(number).name


def name_of(places: Any, position: int) -> str | None:
    return None if position < 0 else places[position].name


def coded(row: Any) -> dict[str, Any]:
    codes = [
        {"system": system, "code": code, "display": tables.code_by_value()[table, code].display}
        for field, (table, system) in SYSTEMS.items()
        if (code := getattr(row, field, ""))
    ]
    return {"name": row.name, "display": row.display, "codes": codes}
