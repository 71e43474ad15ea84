"""What names a resource: its id, and its `urn:uuid:` inside a Bundle. Both follow from job,
patient, kind and index alone.

The UUID is of version 8: the job's last 8 hexadecimal digits, the place in `KINDS` (4 decimal
digits), the index (3 digits behind the version's and 3 behind the variant's) and the ordinal (12
digits).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.encoders.fhir.framing import FhirContext, Framing
from shared.encoders.rows.json_pieces import json_object, json_text
from shared.encoders.rows.pieces import Digits, Integer, Piece

# Append-only: the place of a kind is part of its resources' UUIDs.
KINDS: Sequence[tuple[str, str]] = (
    ("Bundle", "summary"),
    ("Composition", "summary"),
    ("Patient", ""),
    ("Encounter", "stay"),
    ("Condition", "background"),
    ("Condition", "condition"),
    ("Observation", "blood-group"),
    ("Observation", "height"),
    ("Observation", "weight"),
    ("Observation", "iss"),
    ("Observation", "triage"),
    ("Observation", "heart-rate"),
    ("Observation", "blood-pressure"),
    ("Observation", "breathing"),
    ("Observation", "spo2"),
    ("Observation", "temperature"),
    ("Observation", "gcs"),
    ("Observation", "pain"),
    ("Procedure", "treatment"),
    ("MedicationAdministration", "treatment"),
    ("AllergyIntolerance", "allergy"),
    ("DiagnosticReport", "blood-group-report"),
    ("DiagnosticReport", "contact-report"),
    ("ServiceRequest", "evacuation"),
    ("Flag", "triage-flag"),
    ("Flag", "cbrn-flag"),
    ("CarePlan", "handover"),
    ("Device", "device"),
    ("Provenance", "provenance"),
    ("Organization", "facility"),
    ("Location", "facility"),
    ("Practitioner", "staff"),
    ("PractitionerRole", "staff"),
    ("Group", ""),
)


@dataclass(frozen=True, slots=True)
class Address:
    """A kind of resource; `index` is the column that counts it (None: there is one), `of_job` says
    that it belongs to no patient.
    """

    resource_type: str
    kind: str
    index: str | None = None
    of_job: bool = False

    def id(self, context: FhirContext) -> list[Piece]:
        """`{job_id}[-{ordinal}][-{kind}[{index}]]`."""
        pieces: list[Piece] = [str(context.job_id).encode()]
        if not self.of_job:
            pieces += [b"-", Integer("ordinal")]
        if self.kind:
            pieces.append(f"-{self.kind}".encode())
        return [*pieces, Integer(self.index)] if self.index else pieces

    def urn(self, context: FhirContext) -> list[Piece]:
        """`urn:uuid:` and the UUID."""
        place = KINDS.index((self.resource_type, self.kind))
        start = f"urn:uuid:{context.job_id.hex[-8:]}-{place:04}-8".encode()
        thousands, rest = (
            [Digits(self.index, 3, 3), Digits(self.index, 3)] if self.index else [b"000", b"000"]
        )
        return [
            start,
            thousands,
            b"-8",
            rest,
            b"-",
            b"0" * 12 if self.of_job else Digits("ordinal", 12),
        ]

    def reference(self, context: FhirContext) -> list[Piece]:
        """A Reference."""
        if context.framing is Framing.LINE:
            return json_object(
                {"reference": json_text([f"{self.resource_type}/".encode(), *self.id(context)])}
            )
        return json_object({"reference": json_text(self.urn(context))})


PATIENT = Address("Patient", "")
GROUP = Address("Group", "", of_job=True)
PROVENANCE = Address("Provenance", "provenance")


def stay(index: str) -> Address:
    return Address("Encounter", "stay", index)


def facility(resource_type: str, index: str) -> Address:
    """The Organization or Location of the facility with the number in column `index`."""
    return Address(resource_type, "facility", index, of_job=True)


def staff(resource_type: str, index: str) -> Address:
    """The Practitioner or PractitionerRole for the staff with the number in column `index`."""
    return Address(resource_type, "staff", index, of_job=True)
