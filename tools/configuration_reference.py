"""`docs/configuration.md`: every variable that the project reads, from the settings' own
descriptions.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from deploy.services import SERVICES, Service
from shared.config import ENV_PREFIX, FILE_SUFFIX, Settings, variable_name

HEAD = f"""# Configuration

Written by `make docs` from the settings' own descriptions; do not edit.

A process reads its variables once, when it starts, and refuses to start with every missing or wrong
one named. Variables that it does not know are left alone. Any variable can be given as a file
instead: `{ENV_PREFIX}DATABASE_URL{FILE_SUFFIX}` names a file that holds the value.
"""
OUTSIDE_THE_SERVICES: Mapping[str, Mapping[str, str]] = {
    "Command line": {
        "LAZARET_URL": (
            "Where the gateway answers; without it the nearest `.lazaret/local.env` upward says so"
        ),
        "LAZARET_API_KEY": "API key that commands send; found in the same file",
        "LAZARET_ARCHIVE_PASSPHRASE": (
            "Passphrase of encrypted archives, where no --key-file is given"
        ),
    },
    "Docker Compose": {
        "LAZARET_BASE_IMAGE": "Image that the services' images are built on",
        "LAZARET_BUILD_NETWORK": "Docker network of the image builds",
        "LAZARET_GATEWAY_IMAGE": "Image of the gateway",
        "LAZARET_GENERATOR_IMAGE": "Image of the generator",
        "LAZARET_WRITER_IMAGE": "Image of the writer",
        "LAZARET_SCHEDULER_IMAGE": "Image of the scheduler",
        "LAZARET_MIGRATE_IMAGE": "Image that applies the migrations and makes the first API key",
        "LAZARET_POSTGRES_IMAGE": "Image of PostgreSQL",
        "LAZARET_RABBITMQ_IMAGE": "Image of RabbitMQ",
        "LAZARET_COLLECTOR_IMAGE": "Image of the collector (profile `observability`)",
        "LAZARET_TEMPO_IMAGE": "Image of Tempo (profile `observability`)",
        "LAZARET_LOKI_IMAGE": "Image of Loki (profile `observability`)",
        "LAZARET_PROMETHEUS_IMAGE": "Image of Prometheus (profile `observability`)",
        "LAZARET_ALERTMANAGER_IMAGE": "Image of Alertmanager (profile `observability`)",
        "LAZARET_GRAFANA_IMAGE": "Image of Grafana (profile `observability`)",
        "LAZARET_GRAFANA_PORT": "Port of the loopback interface that reaches Grafana",
        "LAZARET_GATEWAY_PORT": "Port of the host that reaches the gateway",
    },
    "Tests": {
        "LAZARET_TEST_SERVERS": "Folder of running test servers to use instead of starting new ones"
    },
}


def configuration_page() -> str:
    """Return the whole page."""
    sections = [HEAD]
    for title, users, group in configured_groups():
        read_by = "" if users == title.lower() else f" Read by: {users}."
        sections.append(_section(title, f"{group.__doc__}{read_by}", group))
    for title, variables in OUTSIDE_THE_SERVICES.items():
        rows = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in variables.items())
        sections.append(f"## {title}\n\n| variable | meaning |\n|---|---|\n{rows}\n")
    return "\n".join(sections)


def configured_groups() -> Iterator[tuple[str, str, type[Settings]]]:
    """Yield title, services and settings: groups that several may share first, then each service's
    own.
    """
    configs = {service.name: _config_class(service) for service in SERVICES}
    for group in _groups(configs):
        users = ", ".join(name for name, config in configs.items() if issubclass(config, group))
        yield group.__name__.removesuffix("Settings").removesuffix("Config"), users, group
    for name, config in configs.items():
        yield name.title(), name, config


def _config_class(service: Service) -> type[Settings]:
    config: type[Settings] = getattr(
        import_module(f"{service.module}.config"), service.config_class
    )
    return config


def _groups(configs: Mapping[str, type[Settings]]) -> Iterator[type[Settings]]:
    """Yield each group of settings that several services share, once."""
    seen: set[type] = {Settings, *configs.values()}
    for config in configs.values():
        for base in config.__mro__:
            if issubclass(base, Settings) and base not in seen:
                seen.add(base)
                yield base


def _section(title: str, text: str, settings: type[Settings]) -> str:
    own = {
        name: field
        for name, field in settings.model_fields.items()
        if name in settings.__annotations__
    }
    rows = "\n".join(_row(name, field) for name, field in own.items())
    table = (
        f"\n| variable | default | limits | meaning |\n|---|---|---|---|\n{rows}\n" if own else ""
    )
    return f"## {title}\n\n{text}\n{table}"


def _row(name: str, field: FieldInfo) -> str:
    limits = limits_text(field)
    return f"| `{variable_name(name)}` | {default_text(field)} | {limits} | {field.description} |"


def default_text(field: FieldInfo) -> str:
    """Return what a setting is when nothing sets it."""
    if field.is_required():
        return "required"
    if field.default_factory is not None or field.default == "":
        return "unset"
    return f"`{field.default}`"


def limits_text(field: FieldInfo) -> str:
    """Return its bounds in words."""
    words = {Ge: "from", Gt: "above", Le: "to", Lt: "below"}
    bounds = [
        f"{words[type(each)]} {_bound(each)}" for each in field.metadata if type(each) in words
    ]
    return " ".join(bounds)


def _bound(each: Ge | Gt | Le | Lt) -> str:
    value = next(getattr(each, name) for name in ("ge", "gt", "le", "lt") if hasattr(each, name))
    return f"{value:,}".replace(",", " ")
