"""Clients that others have written, as they are, from the validators' environment."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import orjson

from services.gateway.identity.keys import NewKey
from services.gateway.smart.clients import Registration, create_client
from shared.db.pool import Database
from tests.integration.gateway.fhir.smart_client import new_key, public_set
from tests.integration.gateway.stored_job import PATIENTS

ENVIRONMENT = Path(__file__).parents[4] / ".venv-validators" / "bin"


async def run(*command: str | Path) -> str:
    """Run a program to its end; it must succeed."""
    assert ENVIRONMENT.exists(), "the clients are not installed: make validators"
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    return output


async def test_rest_clients_read_and_search(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, key: NewKey, job_id: str, often_treated: str
) -> None:
    """Fhirpy and fhirclient read, search, count and follow pages, and find what the export has."""
    patient, ordinal = often_treated, int(often_treated.removeprefix(f"{job_id}-"))
    script = Path(__file__).with_name("third_party_rest.py")
    output = await run(
        ENVIRONMENT / "python", script, f"{fhir.base_url}".rstrip("/"), key.api_key, patient
    )
    fhirpy, fhirclient = json.loads(output.splitlines()[-1])
    params: dict[str, Any] = {
        "format": "fhir-ndjson",
        "table": "Observation",
        "from_ordinal": ordinal,
        "to_ordinal": ordinal,
    }
    observations = len(
        (await http.get(f"/api/v1/jobs/{job_id}/export", params=params)).content.splitlines()
    )
    assert fhirpy == {
        "count": PATIENTS,
        "pages": PATIENTS,
        "since": PATIENTS,
        "read": patient,
        "searched": patient,
        "observations": observations,
        "included": [patient],
        "absent": "not found",
    }
    assert fhirclient == {"version": "4.0.1", "read": patient, "observations": observations}


async def test_a_bulk_client_exports_a_group(
    fhir: httpx.AsyncClient, database: Database, tmp_path: Path, job_id: str
) -> None:
    """smart-fetch signs in by its key alone, exports a group in bulk, and writes every patient and
    condition.
    """
    signing = new_key("ES384")
    async with database.transaction() as connection:
        registration = Registration(
            tenant="first", name="smart-fetch", scopes="system/*.rs", jwks=public_set(signing)
        )
        client_id = await create_client(connection, registration)
    keys, out = tmp_path / "key.jwks", tmp_path / "out"
    private = signing.as_dict(private=True) | {"alg": "ES384", "key_ops": ["sign"]}
    keys.write_bytes(orjson.dumps({"keys": [private]}))
    options = (
        "--smart-client-id",
        client_id,
        "--smart-key",
        str(keys),
        "--group",
        job_id,
        "--type",
        "Patient,Condition",
    )
    server = ("--fhir-url", f"{fhir.base_url}".rstrip("/"))
    await run(
        ENVIRONMENT / "smart-fetch",
        "bulk",
        out,
        *server,
        *options,
        "--no-default-filters",
        "--no-compression",
    )
    patients = [
        orjson.loads(line)
        for file in out.rglob("Patient*.ndjson")
        for line in file.read_bytes().splitlines()
    ]
    assert [each["id"] for each in patients] == [
        f"{job_id}-{ordinal}" for ordinal in range(PATIENTS)
    ]
    assert any(out.rglob("Condition*.ndjson"))
