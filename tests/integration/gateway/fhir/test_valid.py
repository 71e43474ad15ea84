"""What the server says of its own is valid FHIR too, not only the resources that the encoders
write.
"""

from typing import Any

import fhirkit
import httpx

from services.gateway.fhir.resource_types import resource_types
from tests.integration.gateway.stored_job import PATIENTS


def problems(document: dict[str, Any]) -> list[object]:
    """What fhirkit, which knows all of R4's elements, has to say."""
    return list(fhirkit.validate(document))


async def test_bundles_statements_and_outcomes_are_valid(
    fhir: httpx.AsyncClient, job_id: str
) -> None:
    """Nothing is found in any kind of answer, and a planted fault is."""
    patient = f"{job_id}-{PATIENTS - 1}"
    answers = {
        path: (await fhir.get(path, headers={"Prefer": "handling=lenient"})).json()
        for path in (
            "/metadata",
            "/Patient?_count=3&colour=red",
            "/Patient?family=nobody",
            "/Patient?_summary=count",
            f"/Encounter?patient={patient}&_include=Encounter:location&_include=Encounter:patient",
            f"/Patient/{patient}/$everything",
            f"/Patient/{patient}/$summary",
            "/Spaceship",
            "/Patient?birthdate=never&_count=x",
            "/$export?_type=Patient",
        )
    }
    assert {path: problems(answer) for path, answer in answers.items()} == {
        path: [] for path in answers
    }
    for each in resource_types():
        for subset in ("_summary=true", "_summary=text", "_elements=id"):
            found = (await fhir.get(f"/{each}?_count=3&{subset}")).json()
            assert problems(found) == [], (each, subset)
    for path, element in (
        ("/metadata", "kind"),
        ("/Patient?_count=3&colour=red", "type"),
        ("/Spaceship", "issue"),
    ):
        assert problems({name: value for name, value in answers[path].items() if name != element})
