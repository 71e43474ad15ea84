"""The `--scenario` option: a preset's name, or a JSON or TOML file."""

import json
import tomllib
from pathlib import Path
from typing import Any

from lazaret.cli import EXIT_USAGE, Failure
from shared.errors import FieldProblem, Invalid, NotFound
from shared.scenarios import Scenario, load_preset, parse_scenario
from shared.scenarios.unique_names import unique_names


def is_file(scenario: str) -> bool:
    """Whether the option's value names a file, by its suffix."""
    return Path(scenario).suffix in {".json", ".toml"}


def read_document(path: Path) -> Any:
    """The document in a scenario file. Raises Failure when the file cannot be read as what its
    suffix says.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return json.loads(text, object_pairs_hook=unique_names)
        return json.loads(json.dumps(tomllib.loads(text), default=_in_iso_8601))
    except OSError as error:
        raise Failure(f"--scenario: cannot read {path}: {error.strerror}", EXIT_USAGE) from error
    except (ValueError, RecursionError) as error:
        raise Failure(
            f"--scenario: {path} is not valid {path.suffix[1:].upper()}: {error}", EXIT_USAGE
        ) from error


def load_scenario(scenario: str) -> Scenario:
    """The checked scenario. Raises Invalid with every problem of the file, or naming the nearest
    preset.
    """
    if is_file(scenario):
        return parse_scenario(read_document(Path(scenario)))
    try:
        return load_preset(scenario)
    except NotFound as error:
        raise Invalid(
            (FieldProblem("--scenario", f"{error}; a file's name ends in .json or .toml"),)
        ) from error


def _in_iso_8601(moment: Any) -> str:
    return str(moment.isoformat())
