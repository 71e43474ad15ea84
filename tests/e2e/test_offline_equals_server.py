import io
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import pytest

from lazaret.offline import render as render_module
from lazaret.offline.files import write_files
from lazaret.offline.job import OfflineJob
from lazaret.offline.render import Wanted
from shared.encoders.casualty.flat_tables import TABLES
from shared.scenarios import load_preset
from tests.e2e.deployment import FAST, PRESET, Deployment
from tests.e2e.test_job_runs import SERVICES

COUNT, SEED = 2_500, 7


@pytest.mark.timeout(300)
async def test_offline_files_are_a_server_s_exports(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The laptop without a server and the server give the same bytes for a job of the same id: ids
    and service numbers are made of it.
    """
    monkeypatch.setattr(render_module, "BATCH_PATIENTS", int(FAST["LAZARET_BATCH_PATIENTS"]))
    await deployment.start(*SERVICES)
    job_id = await deployment.submit(COUNT, SEED)
    job = OfflineJob(load_preset(PRESET), SEED, COUNT)
    monkeypatch.setattr(OfflineJob, "id", UUID(job_id))
    for format_name in ("ndjson", "csv", "parquet"):
        assert list(write_files(job, Wanted(format_name), 1, tmp_path))[-1] == COUNT
    await deployment.finished(job_id)
    exported = await _export(deployment, job_id, "ndjson")
    assert exported == (tmp_path / "patients.ndjson").read_bytes()
    for table in TABLES:
        rows = await _export(deployment, job_id, "csv", table)
        assert rows == (tmp_path / f"{table}.csv").read_bytes()
        _assert_same_table(
            await _export(deployment, job_id, "parquet", table), tmp_path / f"{table}.parquet"
        )


async def _export(
    deployment: Deployment, job_id: str, format_name: str, table: str | None = None
) -> bytes:
    wanted = {"format": format_name} | ({"table": table} if table else {})
    answer = await deployment.http("GET", f"/api/v1/jobs/{job_id}/export", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.content


def _assert_same_table(exported: bytes, path: Path) -> None:
    """The values are compared, and the cut into row groups."""
    server, offline = pq.ParquetFile(io.BytesIO(exported)), pq.ParquetFile(path)
    assert server.num_row_groups == offline.num_row_groups
    assert server.read().equals(offline.read())
