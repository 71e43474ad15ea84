from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.config import (
    AdminSettings,
    BrokerSettings,
    DatabaseSettings,
    ServiceConfig,
    TelemetrySettings,
    variable_name,
)
from shared.errors import Invalid

SECRET = "postgresql://u:hunter2@h/d"


class Everything(DatabaseSettings, BrokerSettings, TelemetrySettings, AdminSettings, ServiceConfig):
    """A service with every group of settings."""


def test_variables_fill_fields_and_the_rest_has_defaults() -> None:
    """A variable is the field's name in capitals behind the prefix; foreign and empty ones are
    ignored.
    """
    environ = {
        "LAZARET_DATABASE_URL": SECRET,
        "LAZARET_DATABASE_POOL_MAX": "3",
        "LAZARET_DATABASE_LOCK_TIMEOUT_S": "",
        "HOME": "/root",
    }
    settings = DatabaseSettings.load(environ)
    assert settings.database_pool_max == 3
    assert (
        settings.database_lock_timeout_s
        == DatabaseSettings.model_fields["database_lock_timeout_s"].default
    )
    assert settings.database_url.get_secret_value() == SECRET


def test_every_problem_is_reported_at_once_by_variable() -> None:
    """Missing, malformed and out-of-range variables come in one error, without their values."""
    with pytest.raises(Invalid) as caught:
        Everything.load(
            {
                "LAZARET_DATABASE_POOL_MAX": "hunter2",
                "LAZARET_ADMIN_PORT": "70000",
                "LAZARET_DATABASE_URL": SECRET,
            }
        )
    assert {problem.field for problem in caught.value.problems} == {
        "LAZARET_BROKER_URL",
        "LAZARET_DATABASE_POOL_MAX",
        "LAZARET_ADMIN_PORT",
    }
    assert "65535" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_show() -> None:
    """A printed configuration hides addresses with passwords."""
    assert "hunter2" not in repr(DatabaseSettings.load({"LAZARET_DATABASE_URL": SECRET}))


def test_a_file_may_hold_the_value(tmp_path: Path) -> None:
    """A secret comes from the file that the variable names, unless the variable itself is set; a
    missing file is named.
    """
    file = tmp_path / "database_url"
    file.write_text(f"{SECRET}\n")
    from_file = {"LAZARET_DATABASE_URL_FILE": str(file)}
    assert DatabaseSettings.load(from_file).database_url.get_secret_value() == SECRET
    assert (
        DatabaseSettings.load({**from_file, "LAZARET_DATABASE_URL": "postgresql://nearer"})
        .database_url.get_secret_value()
        .endswith("nearer")
    )
    with pytest.raises(Invalid, match="LAZARET_DATABASE_URL_FILE"):
        DatabaseSettings.load({"LAZARET_DATABASE_URL_FILE": str(tmp_path / "none")})


def test_settings_are_frozen() -> None:
    """Nobody changes a setting after start."""
    settings = AdminSettings.load({})
    with pytest.raises(ValidationError):
        settings.admin_port = 1


UNITS = ("_s", "_ms", "_max", "_min", "_bytes", "_mb", "_patients", "_port", "_ratio")


@pytest.mark.parametrize("name", Everything.model_fields)
def test_every_field_is_described_and_every_number_has_its_unit(name: str) -> None:
    """The reference is made of the descriptions; a number without a unit is a guess."""
    field = Everything.model_fields[name]
    assert field.description
    if field.annotation in (int, float):
        assert name.endswith(UNITS), variable_name(name)
