"""Attaching agents to webhooks: what is asked for is checked when it is said, not only when a delivery comes; it starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from api.call import Call
from api.errors import BadUserInput
from api.installing import owner_of
from schema.block import PAYLOAD
from schema.db.attachments import AttachmentContent
from schema.graph import Graph, parse_graph
from schema.interface import check_some_inputs, has_trigger, input_schema, secret_inputs
from schema.webhooks import EVENT_CHARS_MAX

EVENTS_MAX: Final = 50


@dataclass(frozen=True)
class Asked:
    """What somebody wants to attach: an agent, or a preset of one."""

    graph_id: UUID | None
    preset_id: UUID | None
    graph_version: int | None = None
    input_name: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, UUID] = field(default_factory=dict)
    events: Sequence[str] = ()
    is_paused: bool = False


async def checked(call: Call, asked: Asked) -> tuple[UUID, AttachmentContent, list[str]]:
    """Give the agent, the attachment's content, and what a run of it will miss.

    Raises NotFound for an agent or a preset that is not there, BadUserInput or InvalidRunInput for what does not fit, and
    MissingCredentials for credentials that the caller may not use, or that are missing.
    """
    version, inputs, credentials, graph_id = asked.graph_version, dict(asked.inputs), dict(asked.credentials), None
    if asked.preset_id is not None:
        preset = await call.stores.presets.get(owner_of(call), asked.preset_id)
        graph_id = preset.graph_id
        version = preset.content.graph_version if version is None else version
        inputs, credentials = {**preset.content.inputs, **inputs}, {**preset.content.credentials, **credentials}
    graph_id = asked.graph_id if graph_id is None else graph_id
    if graph_id is None:
        raise BadUserInput("Name the agent by `graphId`, or a preset of it by `presetId`.", where="graphId")
    await call.stores.library.need_graph(call.tenant, graph_id, version)
    graph = parse_graph(await call.stores.graphs.get(call.tenant, graph_id, version, is_living=True))
    specs = call.services.registry.specs
    missing = _check_inputs(call, graph, asked, inputs)
    await call.stores.granting.masks(call.tenant, call.principal.person_id, graph, specs, credentials)
    content = AttachmentContent(
        graph_version=asked.graph_version,
        preset_id=asked.preset_id,
        input_name=asked.input_name,
        inputs=asked.inputs,
        credentials=asked.credentials,
        events=_events(asked.events),
        is_paused=asked.is_paused,
    )
    return graph_id, content, missing


def _check_inputs(call: Call, graph: Graph, asked: Asked, inputs: Mapping[str, Any]) -> list[str]:
    """Give what a run will miss; raise where what comes has no place to go, or an input has none."""
    specs = call.services.registry.specs
    schema = input_schema(graph, specs)
    names = schema["properties"]
    if asked.input_name is None and not has_trigger(graph, specs):
        known = ", ".join(names) or "none"
        text = f"The agent has no trigger, so say by `inputName` which input takes what comes; it has: {known}."
        raise BadUserInput(text, where="inputName")
    if asked.input_name is not None and asked.input_name not in names:
        raise BadUserInput(f"The agent has no input {asked.input_name[:100]!r}.", where="inputName")
    check_some_inputs(schema, inputs)
    secret = secret_inputs(schema, asked.inputs)
    if secret:
        raise BadUserInput(f"An attachment keeps no secret, such as {secret[0]!r}.", where=f"inputs.{secret[0]}")
    taken = PAYLOAD if asked.input_name is None else asked.input_name
    missing = [name for name in schema["required"] if inputs.get(name) is None and name != taken]
    return [f"The input {name!r} is needed and not given: a delivery will not run." for name in missing]


def _events(given: Sequence[str]) -> list[str]:
    events = list(dict.fromkeys(given))
    if len(events) > EVENTS_MAX or not all(1 <= len(one) <= EVENT_CHARS_MAX and one.isprintable() for one in events):
        raise BadUserInput(f"Events are at most {EVENTS_MAX} names.", where="events")
    return events
