"""The block SDK: what a block author imports; it never runs a graph and never reaches a database or Temporal."""

from blocks.sdk.block import Block, BlockDefinitionError, BlockInput, BlockOutput, Example, pin
from blocks.sdk.context import Answer, ChildProgress, Context, EventArrival, Http, HttpResponse, Tool, ToolResult
from blocks.sdk.credentials import ApiKey, Credential, CredentialsField, HostScoped, OAuth2, UserPassword
from blocks.sdk.directives import (
    AskPerson,
    AwaitChild,
    AwaitEvent,
    CallTools,
    Directive,
    Emission,
    Sleep,
    StartChild,
    ToolCall,
    Yield,
)
from schema.block import Kind, Queue
from schema.errors import BlockFailed, CredentialUnusable, RateLimited, Unavailable

__all__ = [
    "Answer",
    "ApiKey",
    "AskPerson",
    "AwaitChild",
    "AwaitEvent",
    "Block",
    "BlockDefinitionError",
    "BlockFailed",
    "BlockInput",
    "BlockOutput",
    "CallTools",
    "ChildProgress",
    "Context",
    "Credential",
    "CredentialUnusable",
    "CredentialsField",
    "Directive",
    "Emission",
    "EventArrival",
    "Example",
    "HostScoped",
    "Http",
    "HttpResponse",
    "Kind",
    "OAuth2",
    "Queue",
    "RateLimited",
    "Sleep",
    "StartChild",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Unavailable",
    "UserPassword",
    "Yield",
    "pin",
]
