"""Packs of profiles."""

from dataclasses import replace
from typing import Any

import fhirkit
import orjson
import pytest

from shared.encoders.fhir import bundle, ips, ndjson
from shared.encoders.fhir.addresses import KINDS
from shared.encoders.fhir.profiles import PACKS
from shared.encoders.interface.options import OPTIONS, Options
from tests.unit.encoders.sample import sample

PRESET = "joint-operation"
FEW = 12
# What the profiles demand beyond R4, by the profile's name: fields that must be there, as paths.
DEMANDS = {
    "us-core-patient": ("identifier.system", "identifier.value", "name.family", "gender"),
    "us-core-encounter": ("status", "class", "type", "subject"),
    "us-core-condition-problems-health-concerns": ("clinicalStatus", "category", "code", "subject"),
    "us-core-condition-encounter-diagnosis": ("clinicalStatus", "category", "code", "subject"),
    "us-core-observation-lab": (
        "status",
        "category",
        "code",
        "subject",
        "effectiveDateTime",
        "valueCodeableConcept",
    ),
    "us-core-procedure": ("status", "code", "subject", "performedPeriod"),
    "us-core-allergyintolerance": ("clinicalStatus", "code", "patient"),
    "us-core-diagnosticreport-lab": (
        "status",
        "category",
        "code",
        "subject",
        "effectiveDateTime",
        "issued",
    ),
    "us-core-careplan": ("text.status", "text.div", "status", "intent", "category", "subject"),
    "us-core-organization": ("active", "name"),
    "us-core-location": ("name",),
    "us-core-practitioner": ("identifier.system", "identifier.value", "name.family"),
    "Bundle-uv-ips": ("identifier", "timestamp", "entry.fullUrl"),
    "Composition-uv-ips": ("subject.reference", "section.title", "section.code", "section.text"),
    "Patient-uv-ips": ("name.family", "name.given", "birthDate"),
    "Condition-uv-ips": ("code", "subject.reference"),
    "Procedure-uv-ips": ("code", "subject.reference", "performedPeriod"),
    "AllergyIntolerance-uv-ips": ("code", "patient.reference"),
    "Device-uv-ips": ("patient.reference",),
    "Organization-uv-ips": ("name",),
    "Practitioner-uv-ips": ("name",),
    "PractitionerRole-uv-ips": ("code",),
}
VITAL_SIGNS = {
    "us-core-body-height": ("8302-2", "cm"),
    "us-core-body-weight": ("29463-7", "kg"),
    "us-core-heart-rate": ("8867-4", "/min"),
    "us-core-respiratory-rate": ("9279-1", "/min"),
    "us-core-body-temperature": ("8310-5", "Cel"),
}


def documents(pack: str) -> list[dict[str, Any]]:
    batch, context = sample(PRESET)
    claiming = replace(context, options=Options((("profile", pack),)))
    lines = [
        line
        for name in ndjson.RESOURCES
        for line in ndjson.encode(batch.slice(0, FEW), claiming, name).splitlines()
    ]
    summaries = [
        orjson.loads(line) for line in ips.encode(batch.slice(0, FEW), claiming).splitlines()
    ]
    return [
        *(orjson.loads(line) for line in lines),
        *summaries,
        *(summary["entry"][0]["resource"] for summary in summaries),
    ]


def has(value: Any, path: str) -> bool:
    """Whether every object on the path has the next field."""
    name, _, rest = path.partition(".")
    if isinstance(value, list):
        return bool(value) and all(has(each, path) for each in value)
    return name in value and (not rest or has(value[name], rest))


@pytest.mark.parametrize("pack", ["us-core", "ips"])
def test_claims_hold(pack: str) -> None:
    """Whoever claims a profile has what it demands; every profile of the pack is claimed by
    somebody.
    """
    claimed = set()
    for resource in documents(pack):
        for url in resource["meta"].get("profile", ()):
            name = url.rpartition("/")[2]
            claimed.add(url)
            assert [path for path in DEMANDS.get(name, ()) if not has(resource, path)] == [], name
            if name in VITAL_SIGNS:
                code, unit = VITAL_SIGNS[name]
                assert code in {coding["code"] for coding in resource["code"]["coding"]}
                assert resource["valueQuantity"]["code"] == unit
            if name == "us-core-pulse-oximetry":
                assert {"59408-5", "2708-6"} == {
                    coding["code"] for coding in resource["code"]["coding"]
                }
            if name == "us-core-blood-pressure":
                assert [each["code"]["coding"][0]["code"] for each in resource["component"]] == [
                    "8480-6",
                    "8462-4",
                ]
    assert claimed == set(PACKS[pack].values())


def test_a_pack_changes_claims_only() -> None:
    """Without their claims, resources are the same in every pack; plain claims nothing."""
    plain = documents("plain")
    assert all("profile" not in each["meta"] for each in plain)
    for pack in ("us-core", "ips"):
        assert [without_claims(each) for each in documents(pack)] == plain


def without_claims(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_claims(inner) for name, inner in value.items() if name != "profile"}
    return [without_claims(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("pack", PACKS)
def test_a_validator_finds_nothing(pack: str) -> None:
    """Claims are legal where they stand, also inside Bundles."""
    batch, context = sample(PRESET)
    for line in bundle.encode_transactions(
        batch.slice(0, 2), replace(context, options=Options((("profile", pack),)))
    ).splitlines():
        assert fhirkit.validate(orjson.loads(line)) == []


def test_every_kind_with_a_profile_exists() -> None:
    """The packs name kinds of resources that there are."""
    assert all(kind in KINDS for pack in PACKS.values() for kind in pack)


def test_the_option_offers_every_pack() -> None:
    """And no other; the first claims nothing."""
    assert OPTIONS["profile"].values == tuple(PACKS)
    assert PACKS[OPTIONS["profile"].usual] == {}
