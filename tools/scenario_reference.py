"""The page that explains every field of a scenario, from its JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.scenarios import json_schema, list_presets

_INTRODUCTION = """# Scenarios

Written by `make docs` from the scenario's schema and the presets; a test keeps it true.

A scenario is one JSON or TOML document. Begin with a preset
(`lazaret describe --scenario brigade-urban --document > mine.json`), change what differs, and
preview it (`lazaret describe --scenario mine.json`).
Unknown fields are refused with the nearest known name; every problem of the fields is told at once,
under its dotted path, and then every broken rule between them.

## Rules between fields

- Shares of `injury_mix`, of `nations` and of `fronts` each sum to 1.
- Every nation and every front that has casualties has a unit.
- Names are unique in their list; a unit's front and nation, a facility's front and the names in
  `evacuates_to` exist.
- `evacuates_to` leads to the same role or a higher one, never back; some transport goes that way in
  the scenario's weather.
- Every front is served by a facility that some transport reaches from the point of injury.
- Surgery and intensive care begin at Role 2.

"""


def scenario_page() -> str:
    """The page in Markdown."""
    schema = json_schema()
    parts = {name: part for name, part in schema["$defs"].items() if "properties" in part}
    sections = [
        _section("Scenario", schema),
        *(_section(name, part) for name, part in parts.items()),
    ]
    return _INTRODUCTION + _presets() + "\n".join(sections)


def _presets() -> str:
    rows = "".join(
        f"| `{preset.name}` | {preset.scenario.title} | {preset.scenario.description} |\n"
        for preset in list_presets()
    )
    return f"## Presets\n\n| name | title | what happens |\n| --- | --- | --- |\n{rows}\n"


def _section(name: str, part: Mapping[str, Any]) -> str:
    required = part.get("required", ())
    rows = (
        (
            f"| `{field}` | {', '.join(_type(rules))} | "
            f"{_default(rules, needed=field in required)} | {rules['description']} |"
        )
        for field, rules in part["properties"].items()
    )
    purpose = " ".join(part["description"].partition("\n\n")[0].split())
    titles = "| field | value | default | meaning |\n| --- | --- | --- | --- |"
    head = f"## {name}\n\n{purpose}\n\n{titles}"
    return "\n".join((head, *rows, ""))


def _default(rules: Mapping[str, Any], *, needed: bool) -> str:
    default = rules.get("default")
    if needed:
        return "required"
    if isinstance(default, dict):
        return "its defaults"
    return f"`{str(default).lower()}`" if default not in (None, "", []) else "none"


def _type(rules: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in rules:
        yield from _referenced(rules["$ref"])
    elif "anyOf" in rules:
        yield " or ".join(", ".join(_type(choice)) for choice in rules["anyOf"])
    elif "const" in rules:
        yield f"`{rules['const']}`"
    elif rules["type"] == "array":
        yield f"list of {', '.join(_type(rules['items']))}"
    else:
        yield rules.get("format", rules["type"])
    yield from _limits(rules)


def _referenced(reference: str) -> Iterator[str]:
    name = reference.rpartition("/")[2]
    part = json_schema()["$defs"][name]
    if "enum" in part:
        yield ", ".join(f"`{value}`" for value in part["enum"])
    else:
        yield f"[{name}](#{name.lower()})"


def _limits(rules: Mapping[str, Any]) -> Iterator[str]:
    for low, high, what in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        if low in rules and high in rules:
            yield f"{rules[low]} to {rules[high]}{what}"
        elif high in rules:
            yield f"at most {rules[high]}{what}"
