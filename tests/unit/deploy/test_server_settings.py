import socket
from dataclasses import asdict
from pathlib import Path

from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.server_settings import FILE_NAME, prepare_settings, read_settings


def test_free_ports_are_distinct_and_free() -> None:
    """No port comes twice in one request."""
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(map(is_free, ports))


def test_a_listening_port_is_not_free() -> None:
    """A server on the loopback interface takes its port."""
    with socket.create_server((LOOPBACK, 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_settings_are_kept_and_private(tmp_path: Path) -> None:
    """A second start uses the same passwords, names and ports, from a file that only its owner
    reads.
    """
    first = prepare_settings(tmp_path)
    assert prepare_settings(tmp_path) == first == read_settings(tmp_path)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_replaced_alone(tmp_path: Path) -> None:
    """Somebody on the database's port costs the stack that port and nothing else."""
    first = prepare_settings(tmp_path)
    with socket.create_server((LOOPBACK, first.postgres_port)):
        second = prepare_settings(tmp_path)
    assert {name for name, value in asdict(second).items() if value != asdict(first)[name]} == {
        "postgres_port"
    }


def test_two_stacks_share_nothing(tmp_path: Path) -> None:
    """Two checkouts on one machine have no port, password, node name or cookie in common."""
    one, other = (
        set(asdict(prepare_settings(tmp_path / name)).values()) for name in ("one", "other")
    )
    assert not one & other
