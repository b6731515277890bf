"""Presets in GraphQL: inputs and credentials that a person saved for an agent, and runs of it with them.

A preset keeps no secret: an input that the agent marks secret is refused when a preset is saved, and given when it is run. If a
later version marks an input that is in a preset already, answers show it as `***`. Credentials are references.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.connections import Connection, connect, decode_cursor, encode_cursor, page_size
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.market_texts import TEXT_CHARACTERS_MAX, line_of, text_of
from api.graphql.node import Node, add_finders
from api.graphql.people import DonePayload
from api.graphql.problems import Payload
from api.graphql.run_operations import RunCredentialInput, RunPayload, given_credentials, given_inputs, started
from api.installing import owner_of
from api.starting import Wanted
from schema.access import Right
from schema.db.presets import AgentKey, PresetContent
from schema.db.presets import Preset as PresetRow
from schema.graph import parse_graph
from schema.interface import check_some_inputs, input_schema, secret_inputs

#: What stands in an answer in place of a secret.
MASKED: Final = "***"


@strawberry.type(description="A credential that was chosen for one of an agent's credential groups.")
class ChosenCredential:
    key: str = strawberry.field(description="The group's key in the agent's credentials schema.")
    credential_id: strawberry.ID


@strawberry.type(description="Inputs and credentials that the caller saved for an agent.")
class Preset(Node):
    row: strawberry.Private[PresetRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id("Preset", self.row.id)

    @strawberry.field
    def name(self) -> str:
        return self.row.content.name

    @strawberry.field
    def description(self) -> str:
        return self.row.content.description

    @strawberry.field
    def graph_id(self) -> strawberry.ID:
        return encode_id("Graph", self.row.graph_id)

    @strawberry.field(description="The version that it runs; null: the active one.")
    def graph_version(self) -> int | None:
        return self.row.content.graph_version

    @strawberry.field(description="{input's name: value}; of an input that is secret now, `***`.")
    async def inputs(self, info: strawberry.Info) -> JSON:
        return await shown_inputs(info.context, self.row.agent, self.row.content.inputs)

    @strawberry.field
    def credentials(self) -> list[ChosenCredential]:
        chosen = self.row.content.credentials
        return [ChosenCredential(key=key, credential_id=encode_id("Credential", each)) for key, each in chosen.items()]

    @strawberry.field(description="Inputs that the agent needs and the preset has not; a run must give them.")
    async def missing_inputs(self, info: strawberry.Info) -> list[str]:
        schema = await _input_schema(info.context, self.row.agent)
        return _missing(schema, self.row.content.inputs)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at


async def _find(call: Call, parts: list[str]) -> Preset:
    return Preset(row=await call.stores.presets.get(owner_of(call), UUID(parts[0])))


add_finders({"Preset": (Right.READ_LIBRARY, _find)})


@strawberry.input
class CreatePresetInput:
    graph_id: strawberry.ID
    name: str
    description: str = ""
    graph_version: int | None = strawberry.field(default=None, description="Pins the preset to a version.")
    inputs: JSON = strawberry.field(default_factory=dict, description="{input's name: value}; none that is secret.")
    credentials: list[RunCredentialInput] = strawberry.field(default_factory=list)


@strawberry.input(description="What is not named stays.")
class UpdatePresetInput:
    preset_id: strawberry.ID
    name: str | None = None
    description: str | None = None
    graph_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Pins the preset to a version; null: it runs the active one."
    )
    inputs: JSON | None = strawberry.field(default=None, description="All of them; they take the place of those saved.")
    credentials: list[RunCredentialInput] | None = None


@strawberry.input(description="What is given for one run goes before what was saved.")
class PresetOverrides:
    inputs: JSON = strawberry.field(
        default_factory=dict, description="{input's name: value}; also those that are secret."
    )
    credentials: list[RunCredentialInput] = strawberry.field(default_factory=list)


@strawberry.input
class RunPresetInput:
    preset_id: strawberry.ID
    overrides: PresetOverrides = strawberry.field(default_factory=PresetOverrides)
    idempotency_key: str | None = None


@strawberry.type
class PresetPayload(Payload):
    preset: Preset | None = None
    warnings: list[str] = strawberry.field(default_factory=list, description="What a run will still have to be given.")


@strawberry.type
class PresetsQuery:
    @query(Right.READ_LIBRARY, "The caller's presets of an agent, the newest first.")
    async def presets(
        self, info: strawberry.Info, graph_id: strawberry.ID, first: int | None = None, after: str | None = None
    ) -> Connection[Preset]:
        call: Call = info.context
        size = page_size(first)
        graph = decode_uuid("Graph", graph_id)
        key = decode_cursor("presets", after, UUID)
        rows = await call.stores.presets.page(owner_of(call), graph, size + 1, None if key is None else key[0])
        return connect(
            rows, size, lambda row: Preset(row=row), lambda row: encode_cursor("presets", row.id), after=after
        )


@strawberry.type
class PresetsMutation:
    @mutation(Right.WRITE_LIBRARY, "Save inputs and credentials for an agent.")
    async def create_preset(self, info: strawberry.Info, input: CreatePresetInput) -> PresetPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        content = PresetContent(
            graph_version=input.graph_version,
            name=line_of(input.name, "name"),
            description=text_of(input.description, "description", TEXT_CHARACTERS_MAX),
            inputs=given_inputs(input.inputs),
            credentials=given_credentials(input.credentials),
        )
        warnings = await _check(call, graph_id, content)
        made = await call.stores.presets.add(owner_of(call), graph_id, content)
        return await _payload(call, made, warnings)

    @mutation(Right.WRITE_LIBRARY, "Change a preset.")
    async def update_preset(self, info: strawberry.Info, input: UpdatePresetInput) -> PresetPayload:
        call: Call = info.context
        row = await call.stores.presets.get(owner_of(call), decode_uuid("Preset", input.preset_id))
        old = row.content
        content = PresetContent(
            graph_version=old.graph_version if input.graph_version is strawberry.UNSET else input.graph_version,
            name=old.name if input.name is None else line_of(input.name, "name"),
            description=old.description if input.description is None else text_of(input.description, "description"),
            inputs=old.inputs if input.inputs is None else given_inputs(input.inputs),
            credentials=old.credentials if input.credentials is None else given_credentials(input.credentials),
        )
        warnings = await _check(call, row.graph_id, content)
        await call.stores.presets.change(owner_of(call), row, content)
        return await _payload(call, row.id, warnings)

    @mutation(Right.WRITE_LIBRARY, "Delete a preset; runs that it started stay.")
    async def delete_preset(self, info: strawberry.Info, id: strawberry.ID) -> DonePayload:
        call: Call = info.context
        await call.stores.presets.delete(owner_of(call), decode_uuid("Preset", id))
        return DonePayload(is_done=True)

    @mutation(Right.EXECUTE_RUNS, "Start a run with what a preset has.")
    async def run_preset(self, info: strawberry.Info, input: RunPresetInput) -> RunPayload:
        call: Call = info.context
        row = await call.stores.presets.get(owner_of(call), decode_uuid("Preset", input.preset_id))
        wanted = Wanted(
            graph_id=row.graph_id,
            graph_version=row.content.graph_version,
            inputs={**row.content.inputs, **given_inputs(input.overrides.inputs)},
            credentials={**row.content.credentials, **given_credentials(input.overrides.credentials)},
            idempotency_key=input.idempotency_key,
            trigger="preset",
        )
        return await started(call, wanted)


async def _payload(call: Call, preset_id: UUID, warnings: list[str]) -> PresetPayload:
    row = await call.stores.presets.get(owner_of(call), preset_id)
    return PresetPayload(preset=Preset(row=row), warnings=warnings)


async def _check(call: Call, graph_id: UUID, content: PresetContent) -> list[str]:
    """Give what a run of a preset will still need; raise NotFound for no such agent, and InvalidRunInput or BadUserInput."""
    await call.stores.library.need_graph(call.tenant, graph_id, content.graph_version)
    body = await call.stores.graphs.get(call.tenant, graph_id, content.graph_version, is_living=True)
    schema = input_schema(parse_graph(body), call.services.registry.specs)
    check_some_inputs(schema, content.inputs)
    secret = secret_inputs(schema, content.inputs)
    if secret:
        named = ", ".join(secret)
        raise BadUserInput(f"A preset keeps no secret: give {named} when it is run.", where=f"inputs.{secret[0]}")
    return [f"The input {name!r} is needed; a run must give it." for name in _missing(schema, content.inputs)]


async def shown_inputs(call: Call, agent: AgentKey, inputs: Mapping[str, Any]) -> JSON:
    """Give inputs that are kept for an agent, as they are shown: without those that are secret by now."""
    secret = secret_inputs(await _input_schema(call, agent), inputs)
    return JSON({name: MASKED if name in secret else value for name, value in inputs.items()})


async def _input_schema(call: Call, agent: AgentKey) -> Mapping[str, Any]:
    """Give the input schema of a preset's agent, as it is now; all that one operation asks for are read at once."""

    async def load(agents: Sequence[AgentKey]) -> dict[AgentKey, Mapping[str, Any]]:
        bodies = await call.stores.presets.bodies(call.tenant, agents)
        return {key: input_schema(parse_graph(body), call.services.registry.specs) for key, body in bodies.items()}

    return await call.loader("input_schema", load).load(agent) or {}


def _missing(schema: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    return [name for name in schema.get("required", []) if inputs.get(name) is None]
