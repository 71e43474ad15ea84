from importlib import import_module

import pytest

from deploy.services import SERVICES
from shared.config import Settings
from tools.environment_profiles import ENVIRONMENTS, PROFILES, environment_file


@pytest.mark.parametrize("profile", PROFILES)
def test_the_file_is_what_the_settings_say(profile: str) -> None:
    """A setting that is added, changed or removed changes the profiles: make docs."""
    path = ENVIRONMENTS / f"{profile}.env"
    assert path.read_text(encoding="utf-8") == environment_file(profile)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_service_starts_from_it(profile: str, tmp_path: object) -> None:
    """Each line is known and within its limits, once the secrets' files are there."""
    text = environment_file(profile).replace("/run/secrets", str(tmp_path))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines)
    for name, value in variables.items():
        if name.endswith("_FILE"):
            _write_secret(name, value)
    for service in SERVICES:
        config: type[Settings] = getattr(
            import_module(f"{service.module}.config"), service.config_class
        )
        config.load(variables)
    known = {name for line in text.splitlines() for name in [line.lstrip("#").split("=")[0]]}
    assert set(variables) <= known


@pytest.mark.parametrize("profile", PROFILES)
def test_it_holds_no_secret_and_nothing_unknown(profile: str) -> None:
    """Secrets are files; whatever a profile chooses exists, and differs from the default."""
    text = environment_file(profile)
    assert "PEPPER=" not in text
    assert "_URL=p" not in text
    for name, choice in PROFILES[profile].items():
        assert f"\nLAZARET_{name.upper()}={choice.value}\n" in text
        assert f"# Here because {choice.reason}." in text


def _write_secret(name: str, path: str) -> None:
    urls = {
        "LAZARET_DATABASE_URL_FILE": "postgresql://l:p@127.0.0.1/l",
        "LAZARET_BROKER_URL_FILE": "amqp://l:p@127.0.0.1/",
    }
    with open(path, "w") as file:  # noqa: PTH123 -- a path as text, as the variable has it
        file.write(urls.get(name, "a secret of at least thirty-two characters"))
