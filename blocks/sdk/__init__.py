"""The block SDK: what a block author imports; it never runs a graph and never reaches a database or Temporal."""

from blocks.sdk.block import Block, BlockDefinitionError, BlockInput, BlockOutput, Example, pin
from blocks.sdk.context import ChildProgress, Context, Http, HttpResponse
from blocks.sdk.directives import AwaitChild, Directive, Emission, Sleep, StartChild, Yield
from schema.block import Kind, Queue
from schema.errors import BlockFailed, RateLimited, Unavailable

__all__ = [
    "AwaitChild",
    "Block",
    "BlockDefinitionError",
    "BlockFailed",
    "BlockInput",
    "BlockOutput",
    "ChildProgress",
    "Context",
    "Directive",
    "Emission",
    "Example",
    "Http",
    "HttpResponse",
    "Kind",
    "Queue",
    "RateLimited",
    "Sleep",
    "StartChild",
    "Unavailable",
    "Yield",
    "pin",
]
