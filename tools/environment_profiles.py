"""`deploy/environments/*.env`: every setting of the services with its meaning, and what an
environment sets otherwise, and why. They hold no secret: secrets come from files that they name.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.config import FILE_SUFFIX, variable_name
from tools.configuration_reference import configured_groups, default_text, limits_text

SECRETS_FOLDER = "/run/secrets"
ENVIRONMENTS = Path(__file__).resolve().parents[1] / "deploy" / "environments"


class Choice(NamedTuple):
    """A value that an environment sets, and why."""

    value: str
    reason: str


PROFILES: Mapping[str, Mapping[str, Choice]] = {
    "development": {
        "log_level": Choice("debug", "everything is of interest, and nobody pays for it"),
        "jwks_http_allowed": Choice("true", "test clients have no certificates"),
        "jwks_private_allowed": Choice("true", "and run on this machine"),
        "job_patients_max": Choice("1000000", "a slip should not fill the disk"),
    },
    "staging": {
        "otlp_endpoint": Choice("http://collector:4318", "the collector beside the services"),
        "admin_host": Choice("0.0.0.0", "probes and Prometheus come from other machines"),  # noqa: S104 -- it is a container
        "http_host": Choice("0.0.0.0", "the proxy does too"),  # noqa: S104 -- it is a container
        "job_age_max_s": Choice("604800", "a week is enough to look at a failure"),
    },
    "production": {
        "otlp_endpoint": Choice("http://collector:4318", "the collector beside the services"),
        "trace_sample_ratio": Choice("0.1", "enough for p95; errors are kept by the collector"),
        "admin_host": Choice("0.0.0.0", "probes and Prometheus come from other machines"),  # noqa: S104 -- it is a container
        "http_host": Choice("0.0.0.0", "the proxy does too"),  # noqa: S104 -- it is a container
        "job_age_max_s": Choice("7776000", "a quarter, as the retention table says"),
    },
}


def environment_file(profile: str) -> str:
    """Return the file of a profile."""
    chosen = PROFILES[profile]
    lines = [
        f"# Lazaret, {profile}. Written by `make docs` from the settings' own descriptions:",
        "# copy it, change the copy. What is commented out has its default. Secrets are files.",
    ]
    for title, users, settings in configured_groups():
        lines += ["", f"## {title}: {users}"]
        for name, field in settings.model_fields.items():
            if name in settings.__annotations__:
                lines += _setting(name, field, chosen.get(name))
    return "\n".join(lines) + "\n"


def _setting(name: str, field: FieldInfo, choice: Choice | None) -> Iterator[str]:
    limits = limits_text(field)
    yield f"# {field.description}" + (f" ({limits})" if limits else "")
    if field.annotation is SecretStr:
        yield f"{variable_name(name)}{FILE_SUFFIX}={SECRETS_FOLDER}/{name}"
    elif choice:
        yield f"# Here because {choice.reason}."
        yield f"{variable_name(name)}={choice.value}"
    else:
        default = default_text(field).strip("`")
        yield f"#{variable_name(name)}={'' if default in {'unset', 'None'} else default}"


def write_environments() -> None:
    """Write every profile's file."""
    for profile in PROFILES:
        (ENVIRONMENTS / f"{profile}.env").write_text(environment_file(profile), encoding="utf-8")
