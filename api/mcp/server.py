"""The MCP server's half of the protocol, by the official SDK, which this module loads: lists of tools, calls, and their errors.

Each request is whole in itself: who asks is known by its token each time, and nothing is kept between two. Where a client asks to
be told of progress, its answer is a stream of events, else it is JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
import structlog
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from api.call import Call
from api.errors import as_known
from api.mcp.offering import AgentTool, offers_of, tool_of
from api.mcp.runs import call_agent
from api.mcp.tools import RUN_TOOLS, Result, use_tool
from blocks.mcp.session import KEY_META
from schema.access import Right
from schema.errors import Unavailable, shorten

log = structlog.get_logger()

#: Where a request's call stands in the scope that the SDK is given.
CALL: Final = "drystone.call"
#: Agents that are described at once.
PAGE: Final = 50
_NAME: Final = "drystone"
_INSTRUCTIONS: Final = (
    "Tools whose names begin with agent_ run an agent: a durable run, which goes on whatever happens to this call. Where it takes "
    "longer than the call waits, the result has is_over false and a run_id: ask get_run for its end. The same "
    f"`_meta` {{{KEY_META!r}: KEY}} in a repeated call gives the run that is there instead of another one."
)

Context = ServerRequestContext[Any, Any]


def both_ways() -> tuple[StreamableHTTPSessionManager, StreamableHTTPSessionManager]:
    """Give what answers requests as JSON, and what answers them by streams of events."""
    server: Server[Any] = Server(
        _NAME, title="Drystone", instructions=_INSTRUCTIONS, on_list_tools=_list, on_call_tool=_call
    )
    # Hosts and origins were looked at before the request came here.
    as_json = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    return as_json, StreamableHTTPSessionManager(server, json_response=False, stateless=True)


def _call_of(context: Context) -> Call:
    assert context.request is not None, "every request comes by HTTP"
    found: Call = context.request.scope[CALL]
    return found


async def _list(context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
    """Give a page of the caller's tools; behind its cursor, the name of an agent's tool, the next one begins."""
    call = _call_of(context)
    try:
        offers = await offers_of(call)
        names = list(offers)
        after = None if params is None else params.cursor
        if after is not None and after not in offers:
            raise MCPError(INVALID_PARAMS, "There is no such cursor here: list the tools from the beginning.")
        begin = 0 if after is None else names.index(after) + 1
        page = names[begin : begin + PAGE]
        agents = [await tool_of(call, name, offers[name]) for name in page]
    except MCPError:
        raise
    except Exception as error:
        # A list has no place for errors of its own; what is not ours to show is logged.
        raise MCPError(INTERNAL_ERROR, _words(error)) from error
    tools = [_shown(tool, ToolAnnotations(open_world_hint=True)) for tool in agents if tool is not None]
    if after is None:
        ours = [one for one in RUN_TOOLS.values() if call.principal.may(one.right)]
        tools = [_shown(one.tool, ToolAnnotations(read_only_hint=one.is_reading)) for one in ours] + tools
    return ListToolsResult(tools=tools, next_cursor=page[-1] if begin + PAGE < len(names) else None)


def _shown(tool: AgentTool, annotations: ToolAnnotations) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=dict(tool.input_schema),
        output_schema=dict(tool.output_schema),
        annotations=annotations,
    )


async def _call(context: Context, params: CallToolRequestParams) -> CallToolResult:
    call = _call_of(context)

    async def progress(looks: int, message: str) -> None:
        await context.session.report_progress(looks, message=message)

    try:
        result = await _result(call, params, _key_of(context), progress)
    except MCPError:
        raise
    except Exception as error:  # noqa: BLE001 - a tool's failure is told to the model that called it, whatever it is
        await call.note("callTool", "REFUSED", getattr(error, "code", None), shorten(params.name, 100))
        return CallToolResult(content=[TextContent(text=_words(error))], is_error=True)
    return CallToolResult(
        content=[TextContent(text=result.text)], structured_content=dict(result.structured), is_error=result.is_failure
    )


async def _result(call: Call, params: CallToolRequestParams, key: str | None, progress: Any) -> Result:
    arguments: Mapping[str, Any] = params.arguments or {}
    if params.name in RUN_TOOLS:
        return await use_tool(call, params.name, arguments, progress)
    # A caller who may not run agents is told so, whether there is such a tool or not.
    call.need(Right.EXECUTE_RUNS)
    offer = (await offers_of(call)).get(params.name)
    if offer is None:
        raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name[:100]}")
    told = await call_agent(call, offer, arguments, key, progress)
    wire = told.to_wire()
    text = orjson.dumps(wire["outputs"]).decode() if told.run.is_over and not told.is_failure else told.message
    return Result(wire, text, told.is_failure)


def _key_of(context: Context) -> str | None:
    """Give the key under which a call starts one run: of its `_meta`, or of its request's header."""
    given = (context.meta or {}).get(KEY_META)
    if isinstance(given, str):
        return given
    assert context.request is not None, "every request comes by HTTP"
    found: str | None = context.request.headers.get("idempotency-key")
    return found


def _words(error: Exception) -> str:
    known = as_known(error)
    if known is None:
        log.error("a tool failed", exc_info=error)
        return "Something went wrong on our side."
    again = " Try again in a moment." if isinstance(known, Unavailable) else ""
    return f"{known.message} ({known.code}){again}"
