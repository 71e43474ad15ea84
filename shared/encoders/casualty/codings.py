"""Codes of the clinical tables with their systems' canonical addresses and their displays."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.clinical.rows import Allergy, Background, Condition, Mechanism, Treatment
from shared.clinical.tables import code_by_value

SYSTEMS = {
    "SNOMED CT": "http://snomed.info/sct",
    "ICD-10": "http://hl7.org/fhir/sid/icd-10",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ATC": "http://www.whocc.no/atc",
    "LOINC": "http://loinc.org",
}
_FIELDS = {"snomed": "SNOMED CT", "icd10": "ICD-10", "rxnorm": "RxNorm", "atc": "ATC"}

CodedRow = Allergy | Background | Condition | Mechanism | Treatment


@dataclass(frozen=True, slots=True)
class Coding:
    """A code, its system's canonical address, and what it means in the system's own words."""

    system: str
    code: str
    display: str


def codings(row: CodedRow) -> Iterator[Coding]:
    """The codes that a clinical row has."""
    for field, system in _FIELDS.items():
        if code := getattr(row, field, ""):
            yield Coding(SYSTEMS[system], code, code_by_value()[system, code].display)
