"""The route of the MCP server: who calls is recognised here, and it answers nothing itself; each tool that acts is audited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.requests import Request
from fastapi.responses import Response

from api.call import Call
from api.mcp.serving import McpServing
from api.rest.callers import BEARER, Needs
from api.rest.problems import answers
from schema.access import Right

_MESSAGE: Final[dict[str, Any]] = {
    "requestBody": {"description": "One message of JSON-RPC.", "content": {"application/json": {}}, "required": True}
}
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Its answer.", "content": {"application/json": {}, "text/event-stream": {}}},
    202: {"description": "A notification was taken."},
}


@dataclass(frozen=True)
class _AtTheDoor(Needs):
    """The dependency of this route: who is refused at the door has a line in the audit log, who comes in has one for each deed."""

    async def _note(self, call: Call, outcome: str, code: str | None, object_id: str | None) -> None:
        if outcome == "DENIED":
            await super()._note(call, outcome, code, object_id)


mcp_router: Final = APIRouter(tags=["MCP"], dependencies=[BEARER])


@mcp_router.post(
    "/mcp",
    summary="Speak MCP",
    response_class=Response,
    openapi_extra=_MESSAGE,
    responses={**_ANSWER, **answers(401, 403, 413, 429, 503)},
)
async def speak(request: Request, call: Annotated[Call, Depends(_AtTheDoor(Right.READ_GRAPHS, "mcp"))]) -> Response:
    """The Model Context Protocol over streamable HTTP, without sessions: agents are its tools, and so is reading their runs."""
    serving: McpServing = request.app.state.mcp
    return await serving.answer(call, request)
