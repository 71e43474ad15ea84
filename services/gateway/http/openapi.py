"""The OpenAPI 3.1 document, made of the operations that the router serves and their models."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from services.gateway.http.operation import Operation
from services.gateway.http.problems import PROBLEM_TYPE, ProblemDocument

SCHEMES = ("bearer", "api_key")
REFERENCE = "#/components/schemas/{model}"
PATH_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "job_id": {"type": "string", "format": "uuid"},
    "ordinal": {"type": "integer", "minimum": 0},
    "sector": {"type": "integer", "minimum": 0},
    "name": {"type": "string"},
    "request_id": {"type": "string", "format": "uuid"},
    "file_name": {"type": "string"},
    "resource_id": {"type": "string", "maxLength": 64},
}

_PATH_PARAMETER = re.compile(r"{(\w+)}")
_Schemas = Mapping[Any, Mapping[str, Any]]


def openapi_document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Describe the operations. Answers with a problem document are described once, as `default`."""
    operations = tuple(operations)
    schemas, definitions = models_json_schema(_models(operations), ref_template=REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lazaret",
            "version": version("lazaret"),
            "description": "Synthetic casualties and patients.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _models(operations: Iterable[Operation]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    asked = [
        model
        for operation in operations
        for model in (operation.query, operation.headers, operation.body)
        if model is not None
    ]
    answered = [
        model
        for operation in operations
        for model in operation.answers.values()
        if isinstance(model, type)
    ]
    return [
        *((model, "validation") for model in asked),
        *((model, "serialization") for model in answered),
        (ProblemDocument, "serialization"),
    ]


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    parameters = [
        *_path_parameters(operation),
        *_parameters("query", operation.query),
        *_parameters("header", operation.headers),
    ]
    responses = {
        str(status): _response(status, answer, schemas)
        for status, answer in operation.answers.items()
    }
    problem = {
        "description": "A problem",
        "content": {PROBLEM_TYPE: {"schema": schemas[ProblemDocument, "serialization"]}},
    }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": operation_id(operation),
        "tags": list(operation.tags),
        "responses": {**responses, "default": problem},
    }
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        body = schemas[operation.body, "validation"]
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    # The roles of OpenAPI 3.1: for schemes without scopes they say what the caller must have.
    needed = [] if operation.permission is None else [operation.permission.value]
    described["security"] = [{scheme: needed} for scheme in SCHEMES] if needed else []
    return described


def operation_id(operation: Operation) -> str:
    """Return a name that is unique among the operations: `get_jobs_job_id_patients`."""
    words = re.findall(r"\w+", operation.path.removeprefix("/api/v1"))
    return "_".join([operation.method.lower(), *(word.replace(".", "_") for word in words)])


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    known = {**PATH_PARAMETERS, **operation.path_parameters}
    return [
        {"name": name, "in": "path", "required": True, "schema": known[name]}
        for name in _PATH_PARAMETER.findall(operation.path)
    ]


def _parameters(place: str, model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(ref_template=REFERENCE)
    required = schema.get("required", [])
    return [
        {"name": name, "in": place, "required": name in required, "schema": property_}
        for name, property_ in schema["properties"].items()
    ]


def _response(
    status: int, answer: type[BaseModel] | str | None, schemas: _Schemas
) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if isinstance(answer, str):
        described["content"] = {answer: {}}
    elif answer is not None:
        described["content"] = {"application/json": {"schema": schemas[answer, "serialization"]}}
    return described
