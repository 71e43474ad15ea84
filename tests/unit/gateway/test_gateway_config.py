import pytest

from services.gateway.config import GatewayConfig
from shared.errors import Invalid
from tests.secrets_of_tests import SECRET_VARIABLES

SERVERS = {
    "LAZARET_DATABASE_URL": "postgresql://u:p@h/d",
    "LAZARET_BROKER_URL": "amqp://u:p@h/v",
    **SECRET_VARIABLES,
}


def test_defaults_are_accepted() -> None:
    """The addresses of the servers are enough."""
    assert GatewayConfig.load(SERVERS).http_port == 8080


def test_backlog_must_hold_the_largest_job() -> None:
    """A job that the backlog could never take is a contradiction, and both settings are named."""
    with pytest.raises(Invalid, match=r"job_patients_max .* backlog_patients_max"):
        GatewayConfig.load(
            {**SERVERS, "LAZARET_JOB_PATIENTS_MAX": "11", "LAZARET_BACKLOG_PATIENTS_MAX": "10"}
        )
