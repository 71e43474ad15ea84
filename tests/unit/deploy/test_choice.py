from pathlib import Path

import pytest

from deploy.local.choice import choose
from deploy.local.docker_stack import DockerStack, can_use_docker
from deploy.local.native_stack import NativeStack
from deploy.local.stack_folder import StackFolder

COMPOSE_FAILS = '#!/bin/sh\n[ "$1" = info ]\n'


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    """A checkout's folder before its first start."""
    return StackFolder(tmp_path / ".lazaret")


@pytest.fixture
def no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Docker: an empty folder is all its path."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return programs


@pytest.mark.usefixtures("no_docker")
def test_without_docker_the_stack_is_native(folder: StackFolder) -> None:
    """Nothing has to be said on a machine that has no engine."""
    assert isinstance(choose(folder, "auto"), NativeStack)


@pytest.mark.usefixtures("no_docker")
def test_the_choice_does_not_place_the_servers(folder: StackFolder) -> None:
    """A fresh machine has no users for them until their packages are installed, which comes
    later.
    """
    choose(folder, "native")
    assert folder.root.exists()
    assert not folder.servers.exists()


def test_an_engine_without_compose_does_not_count(no_docker: Path) -> None:
    """The engine answers, but there is nothing that reads the compose file."""
    program = no_docker / "docker"
    program.write_text(COMPOSE_FAILS)
    program.chmod(0o755)
    assert not can_use_docker()


@pytest.mark.usefixtures("no_docker")
def test_the_choice_is_remembered(folder: StackFolder) -> None:
    """A checkout keeps its stack, and with it its data, until somebody asks for the other."""
    assert isinstance(choose(folder, "docker"), DockerStack)
    assert isinstance(choose(folder, "auto"), DockerStack)
    assert isinstance(choose(folder, "native"), NativeStack)
    assert isinstance(choose(folder, "auto"), NativeStack)
