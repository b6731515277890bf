"""The block that calls a tool of an MCP server; how a session goes is `blocks.mcp`'s."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

from blocks.mcp.asking import call_tool, server_at
from blocks.mcp.content import checked_arguments, value_of
from blocks.sdk import (
    ApiKey,
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Example,
    HostScoped,
    OAuth2,
    Yield,
    pin,
)
from schema.credentials import Reference
from schema.pins import is_dynamic

_KEY: Final = ApiKey(
    Reference("00000000-0000-4000-8000-000000000006", "mcp", "api_key", "Example"),
    hosts=("mcp.example.com",),
    key="example-key",
)
_ADD: Final[dict[str, Any]] = {
    "server_url": "https://mcp.example.com/mcp",
    "selected_tool": "add",
    "tool_description": "Add two numbers.",
    "tool_input_schema": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
    "tool_arguments": {"a": 2, "b": 3},
}


def _event(result: str) -> tuple[int, Mapping[str, str], bytes]:
    """Give a server's answer as a stream of one event."""
    text = f'event: message\ndata: {{"jsonrpc": "2.0", "id": 1, "result": {result}}}\n\n'
    return 200, {"content-type": "text/event-stream"}, text.encode()


_HELLO: Final = _event(
    '{"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "ttlMs": 0, '
    '"cacheScope": "public"}'
)
_FAILED: Final = _event(
    '{"resultType": "complete", "content": [{"type": "text", "text": "too large"}], "isError": true}'
)
_FIVE: Final = _event('{"resultType": "complete", "content": [{"type": "text", "text": "5"}], "isError": false}')


class MCPTool(Block):
    """Call a tool of an MCP server, over streamable HTTP.

    The tool's parameters are pins of the node; what comes there goes before `tool_arguments`. A result of one part is that part,
    one of several a list; a text that is JSON is read, a picture is a data URI. A repeated attempt calls the tool again, with the
    same key in the call's `_meta` (`drystone/idempotency-key`).
    """

    id = "a0a4b1c2-d3e4-4f56-a7b8-c9d0e1f2a3b4"
    name = "MCPToolBlock"
    categories = ("DEVELOPER_TOOLS",)
    has_dynamic_inputs = True

    class Input(BlockInput):
        server_url: str = pin(description="The server's address, such as https://mcp.example.com/mcp.")
        credentials: Annotated[
            ApiKey | OAuth2 | HostScoped | None,
            CredentialsField(providers=("mcp",), discriminator="server_url"),
        ] = pin(None, description="What the server asks for, if it does. It goes to the hosts that it names only.")
        selected_tool: str = pin("", description="The tool's name.")
        tool_input_schema: dict[str, Any] = pin(default_factory=dict, description="The JSON Schema of its parameters.")
        tool_description: str = pin("", description="What the tool does, as its server says.")
        tool_arguments: dict[str, Any] = pin(default_factory=dict, description="Its arguments, {name: value}.")

    class Output(BlockOutput):
        result: Any = pin(description="What the tool gave.")

    examples = (
        Example(input=_ADD, output=[("result", 5)], answers=[_HELLO, _FIVE]),
        Example(
            title="With a key, and a parameter as a pin",
            input={**_ADD, "credentials": _KEY.reference.to_wire(), "tool_arguments": {"a": 2}, "b": "3"},
            output=[("result", 5)],
            answers=[_HELLO, _FIVE],
            credentials={"credentials": _KEY},
        ),
        Example(
            title="The tool fails",
            input=_ADD,
            output=[],
            error="The tool 'add' failed: too large",
            answers=[_HELLO, _FAILED],
        ),
        Example(input={**_ADD, "tool_arguments": {"a": 2}}, output=[], error='"b" is a required property'),
        Example(input={"server_url": "https://mcp.example.com/mcp"}, output=[], error="Choose a tool"),
        Example(
            title="A key for another server",
            input={**_ADD, "server_url": "https://example.org/mcp", "credentials": _KEY.reference.to_wire()},
            output=[],
            error="is not for example.org",
            credentials={"credentials": _KEY},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        tool = inputs.selected_tool.strip()
        if not tool:
            raise BlockFailed("Choose a tool of the server: its name goes into selected_tool.")
        server = server_at(inputs.server_url, inputs.credentials)
        given = {**inputs.tool_arguments, **_pins_of_tool(inputs, context.raw_inputs)}
        arguments = checked_arguments(tool, given, inputs.tool_input_schema)
        result = await call_tool(context.http, server, tool, arguments, key=context.idempotency_key())
        yield "result", value_of(tool, result)


def _pins_of_tool(inputs: MCPTool.Input, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments that came as pins of this node."""
    properties = inputs.tool_input_schema.get("properties")
    names = properties if isinstance(properties, Mapping) else {}
    return {
        name: value
        for name, value in raw.items()
        if name in names and not is_dynamic(name) and name not in MCPTool.Input.model_fields
    }
