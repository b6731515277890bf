"""The OpenAPI document of the REST routes: what every route tells alike is put in here; api/openapi.json is its snapshot."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.rest.problems import ProblemAnswer

#: Raised when something is removed or changes its meaning.
VERSION: Final = "1"
_ABOUT: Final = (
    "Drystone over REST, where REST is the convention: health, files, the Agent Protocol. All else is done over GraphQL, at "
    "POST /graphql. Every problem is told as RFC 9457 has it, with a code from a closed list. `agent_id` in a path is the id of "
    "a graph: its UUID, or the id that GraphQL has for it."
)
_TAGS: Final = [
    {"name": "health", "description": "Whether the process lives and can serve; without a token."},
    {"name": "files", "description": "Upload, download, delete. Bytes only: lists and facts of files are in GraphQL."},
    {"name": "values", "description": "Large values of runs."},
    {"name": "signals", "description": "Events, sent by programs to runs that wait for them."},
    {"name": "MCP", "description": "Agents as tools of the Model Context Protocol: docs/mcp.md."},
    {
        "name": "Agent Protocol",
        "description": "Version 1, under /ap/v1, where a task names its agent as `additional_input.agent_id`, and under "
        "/agents/AGENT_ID/ap/v1, where all tasks are that agent's.",
    },
]
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
_FRAMEWORKS_OWN: Final = ("HTTPValidationError", "ValidationError")


def document_of(app: FastAPI) -> dict[str, Any]:
    """Give the document of an application's routes."""
    document = get_openapi(title="Drystone", version=VERSION, description=_ABOUT, routes=app.routes, tags=list(_TAGS))
    # GraphQL has a schema of its own.
    document["paths"].pop("/graphql", None)
    schemas = document["components"]["schemas"]
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    shape = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(shape.pop("$defs"), ProblemAnswer=shape)
    for operations in document["paths"].values():
        for operation in operations.values():
            _tell_refusal(operation["responses"])
    return document


def describe(app: FastAPI) -> None:
    """Have an application serve this document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document_of(app)
        return app.openapi_schema

    # FastAPI's own way to serve another document; mypy takes a method for a thing that is never set.
    app.openapi = openapi  # type: ignore[method-assign]


def _tell_refusal(responses: dict[str, Any]) -> None:
    """Put our shape where the framework tells its own for a request that it cannot read."""
    given = responses.get("422")
    if given is not None and "HTTPValidationError" in str(given):
        responses["422"] = {"description": "The request has not the form of its route", "content": dict(_PROBLEM)}
