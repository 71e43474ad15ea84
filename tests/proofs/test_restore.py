"""The short form of `make prove-restore`, and what the commands say to wrong input."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.backup.metrics import write_metrics
from deploy.commands import main
from deploy.local.packages import install_missing_operating_programs
from tests.proofs.restore import LOST_MAX_S, prove

PATIENTS = 1_000


@pytest.mark.timeout(600)
async def test_a_drill_restores_to_before_a_delete_and_notices_what_is_missing(
    reachable_folder: Path,
) -> None:
    """Full, differential and logged jobs come back with their digests; the log alone brings back
    everything but what was deleted, and the drill names the job.
    """
    install_missing_operating_programs()
    proof = await prove(reachable_folder, PATIENTS, lambda _: None)
    assert proof.unexpected() == []
    assert proof.before.digests.jobs == len(proof.jobs)
    assert proof.before.lost_s is not None
    assert proof.before.lost_s < LOST_MAX_S


def test_a_moment_without_an_offset_is_refused() -> None:
    """The wrong hour would restore the wrong data."""
    done = CliRunner().invoke(main, ["drill", "--time", "2026-01-31T12:00:00"])
    assert done.exit_code == 2
    assert "append Z for UTC" in done.output


def test_nothing_is_restored_over_data(tmp_path: Path) -> None:
    """A folder that holds anything is named in the error."""
    (tmp_path / "kept").touch()
    done = CliRunner().invoke(main, ["restore", "--to", str(tmp_path)])
    assert done.exit_code == 1
    assert f"{tmp_path} is not empty" in done.output


def test_metrics_keep_what_is_not_written_anew(tmp_path: Path) -> None:
    """A backup does not forget the last drill."""
    path = tmp_path / "lazaret.prom"
    write_metrics(path, drill_recovery=12.5)
    write_metrics(path, backup=7.0)
    assert "lazaret_restore_drill_recovery_seconds 12.500\n" in path.read_text()
    assert "lazaret_backup_last_success_timestamp_seconds 7.000\n" in path.read_text()
