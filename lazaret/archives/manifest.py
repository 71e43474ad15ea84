"""An archive's manifest: what is in it, where it came from, and whose codes it uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANIFEST_NAME = "manifest.json"
MANIFEST_VERSION = 1
SYNTHETIC = (
    "All persons, events and records are synthetic. They are about nobody and must not be "
    "used to care for anybody."
)
LICENCES: Mapping[str, str] = {
    "SNOMED CT": (
        "Codes are used by reference; using them needs a licence of SNOMED International in "
        "countries that are not members."
    ),
    "LOINC": "Copyright Regenstrief Institute; free under the LOINC licence (loinc.org/license).",
    "ICD-10": "Copyright World Health Organization.",
    "RxNorm": "Courtesy of the U.S. National Library of Medicine; public domain.",
    "ATC": "Copyright WHO Collaborating Centre for Drug Statistics Methodology.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The export that an archive holds. `digest` is the job's, where it is known."""

    job_id: str
    scenario_title: str
    seed: int
    patients: int
    format: str
    encoder_version: int
    engine_version: str
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive; `sha256` in hexadecimal."""

    name: str
    bytes: int
    sha256: str


def manifest_document(origin: Origin, members: list[Member]) -> dict[str, Any]:
    """The manifest as it is written."""
    return {
        "manifest_version": MANIFEST_VERSION,
        "job": origin.job_id,
        "scenario": origin.scenario_title,
        "seed": origin.seed,
        "patients": origin.patients,
        "digest": origin.digest,
        "engine_version": origin.engine_version,
        "format": origin.format,
        "encoder_version": origin.encoder_version,
        "files": [
            {"name": member.name, "bytes": member.bytes, "sha256": member.sha256}
            for member in members
        ],
        "synthetic": SYNTHETIC,
        "licences": dict(LICENCES),
    }
