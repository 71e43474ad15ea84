"""The elements that parts of resources are made by are those of FHIR R4's own definitions."""

import csv
import tarfile
from pathlib import Path

import orjson

from services.gateway.fhir.resource_types import resource_types
from services.gateway.fhir.subset import ELEMENTS

PACKAGES = Path(__file__).parents[2] / ".venv-validators" / "lib"
DEFINITIONS = next(
    PACKAGES.glob("python*/site-packages/google/fhir/r4/data/hl7.fhir.r4.core.tgz"), None
)


def defined() -> list[list[str]]:
    """Type, element, and whether it is mandatory, a modifier, part of the summary: of each
    top-level element.
    """
    assert DEFINITIONS is not None, "the definitions are not installed: make validators"
    rows = []
    with tarfile.open(DEFINITIONS) as package:
        for name in resource_types():
            definition = package.extractfile(f"package/StructureDefinition-{name}.json")
            assert definition is not None
            for element in orjson.loads(definition.read())["snapshot"]["element"]:
                match element["path"].split("."):
                    case [_, own]:
                        marks = (
                            element["min"] > 0,
                            element.get("isModifier", False),
                            element.get("isSummary", False),
                        )
                        rows.append([name, own, *(str(int(mark)) for mark in marks)])
    return rows


def test_the_table_says_what_the_definitions_say() -> None:
    """Every top-level element of every served type, mandatory, modifier and summary as R4 has
    them.
    """
    with ELEMENTS.open(encoding="utf-8", newline="") as lines:
        assert list(csv.reader(lines))[1:] == defined()
