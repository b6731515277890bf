"""The block SDK: what a block author imports; it never runs a graph and never reaches a database or Temporal."""

from blocks.sdk.block import Block, BlockDefinitionError, BlockInput, BlockOutput, Example, pin
from blocks.sdk.context import ChildProgress, Context, Http, HttpResponse
from blocks.sdk.credentials import ApiKey, Credential, CredentialsField, HostScoped, OAuth2, UserPassword
from blocks.sdk.directives import AwaitChild, Directive, Emission, Sleep, StartChild, Yield
from schema.block import Kind, Queue
from schema.errors import BlockFailed, CredentialUnusable, RateLimited, Unavailable

__all__ = [
    "ApiKey",
    "AwaitChild",
    "Block",
    "BlockDefinitionError",
    "BlockFailed",
    "BlockInput",
    "BlockOutput",
    "ChildProgress",
    "Context",
    "Credential",
    "CredentialUnusable",
    "CredentialsField",
    "Directive",
    "Emission",
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
    "Unavailable",
    "UserPassword",
    "Yield",
    "pin",
]
