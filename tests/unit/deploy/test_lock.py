from pathlib import Path

import pytest
from click.testing import CliRunner

from tools import lock

PINNED = (
    "one==1.0 \\\n    --hash=sha256:aa\ntwo==2.0 ; sys_platform == 'win32' \\\n    "
    "--hash=sha256:bb\n"
)


def test_the_lock_files_hold_what_the_project_pins() -> None:
    """Every pin of pyproject.toml is locked, and everything locked has hashes."""
    result = CliRunner().invoke(lock.main, ["check"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PINNED.replace("one==1.0", "one==1.1"), "lacks one==1.0"),
        (PINNED.replace(" \\\n    --hash=sha256:bb", ""), "no hash for two==2.0"),
    ],
)
def test_a_stale_lock_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    """A pin that was changed without `make lock`, and a requirement without a hash, are both
    refused.
    """
    project = (
        '[project]\ndependencies = ["One[fast]==1.0"]\n[dependency-groups]\ndev = '
        "[]\nvalidators = []\n"
    )
    pyproject = f'[build-system]\nrequires = ["one==1.0"]\n{project}'
    (tmp_path / "pyproject.toml").write_text(pyproject)
    for name in ("build.txt", "uv.txt", "runtime.txt", "dev.txt", "validators.txt"):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(lock, "PROJECT", tmp_path)
    monkeypatch.setattr(lock, "LOCKS", tmp_path)
    monkeypatch.setattr(lock, "UV", "one==1.0")
    result = CliRunner().invoke(lock.main, ["check"])
    assert result.exit_code == 1
    assert problem in result.output
    assert ("lacks" in result.output) is ("lacks" in problem)
