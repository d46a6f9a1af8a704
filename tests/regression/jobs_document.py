"""A small OpenAPI document of somebody else, in the shape of real ones, and edits of it by pointer."""

import copy
from typing import Any

from generations_contract.api.pointers import at, path_of
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI

GONE = object()
_ERROR = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
JOBS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Jobs", "version": "2.3.0", "description": "Jobs that take their time.",
        "x-lifecycle": {"non-terminal": ["queued", "running"], "terminal": ["done", "failed"]},
        "x-error-codes": {"rate_limited": 429, "invalid": 400},
        "x-wait": {"maximum-seconds": 60},
    },
    "servers": [{"url": "https://jobs.example/v2"}],
    "security": [{"key": []}],
    "paths": {
        "/jobs": {
            "post": {
                "description": "Creates a job.",
                "requestBody": {
                    "required": False,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/NewJob"}},
                        "application/xml": {"schema": {"type": "string"}},
                    },
                },
                "responses": {
                    "201": {
                        "description": "Created.",
                        "headers": {
                            "Retry-After": {
                                "description": "Seconds.", "required": True, "schema": {"type": "integer"}
                            }
                        },
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Job"}},
                            "application/yaml": {"schema": {"type": "string"}},
                        },
                        "links": {"job": {"operationId": "getJob"}},
                    },
                    "400": {"description": "Bad.", **_ERROR},
                    "429": {"description": "Slow down.", "headers": {"Retry-After": {"schema": {}}}, **_ERROR},
                },
            },
        },
        "/jobs/{id}": {
            "get": {
                "security": [{"key": []}, {"login": ["read", "admin"]}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "wait", "in": "query", "schema": {"type": "integer", "default": 60, "maximum": 60}},
                    {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"description": "It.", "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Job"}}}},
                    "default": {"description": "Any refusal.", **_ERROR},
                },
            },
        },
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key", "description": "A key."},
            "login": {"type": "oauth2", "flows": {}},
        },
        "schemas": {
            "NewJob": {
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"type": "string", "enum": ["image", "video"]},
                    "size": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
                    "note": {"type": "string", "maxLength": 80, "deprecated": False},
                },
                "additionalProperties": False,
            },
            "Job": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "status": {"type": "string", "enum": ["queued", "running", "done", "failed"]},
                    "retries": {"type": "integer", "minimum": 0, "default": 0},
                },
            },
            "Problem": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
            "Unused": {"type": "integer", "default": 1},
        },
    },
}  # fmt: skip


def jobs(edits: dict[str, Any] | None = None) -> dict[str, Any]:
    """The document, with values set, or taken away, at JSON Pointers."""
    document = copy.deepcopy(JOBS)
    for pointer, value in (edits or {}).items():
        *path, last = path_of(pointer)
        holder: Any = at(document, tuple(path))
        if value is GONE:
            del holder[last]
        elif isinstance(holder, list):
            holder[int(last)] = value
        else:
            holder[last] = value
    return document


def contract(document: dict[str, Any]) -> Contract:
    """The document as a version of a contract."""
    return Contract("jobs", {OPENAPI: document})
