"""Parts of agents in GraphQL: one node that runs by itself, and outputs that are pinned to a node of a draft for tests."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.graph_changes import GraphPayload, as_draft, draft_at, with_problems
from api.graphql.guard import mutation
from api.graphql.ids import decode_id, decode_uuid
from api.graphql.run_operations import (
    RunCredentialInput,
    RunPayload,
    given_credentials,
    given_inputs,
    started,
)
from api.parts import Part, WantedPart
from schema.access import Right
from schema.block import Kind
from schema.db.run_contents import INTEGER_MAX
from schema.db.values import resolve
from schema.errors import NotFound
from schema.graph import parse_graph, write_graph
from schema.states import State
from schema.values import encode

#: Values, and JSON bytes of them, that are pinned to one node: they stand in the agent's file.
PINNED_VALUES_MAX: Final = 1_000
PINNED_BYTES_MAX: Final = 256 * 1024


@strawberry.input
class RunNodeInput:
    graph_id: strawberry.ID
    version: int | None = strawberry.field(default=None, description="Absent: the active version.")
    is_draft: bool = strawberry.field(default=False, description="The node as the draft has it. Without `version`.")
    node_id: str
    inputs: JSON = strawberry.field(
        default_factory=dict, description="{pin: value}, beside and in place of its constants; nothing comes by links."
    )
    use_pinned_outputs: bool = False
    credentials: list[RunCredentialInput] | None = None
    idempotency_key: str | None = strawberry.field(default=None, description="As in `startRun`.")


@strawberry.input(description="What to pin: `outputs`, or what an execution of the node gave.")
class PinNodeOutputInput:
    graph_id: strawberry.ID
    revision: int = strawberry.field(description="The draft's revision that this change was made on.")
    node_id: str
    outputs: JSON | None = strawberry.field(default=None, description="{pin: [values]}")
    node_execution_id: strawberry.ID | None = strawberry.field(
        default=None, description="A node execution that has completed, of this node in any run of this agent."
    )


@strawberry.input
class UnpinNodeOutputInput:
    graph_id: strawberry.ID
    revision: int
    node_id: str


@strawberry.type
class PartsMutation:
    @mutation(Right.EXECUTE_RUNS, "Run one node by itself, as a durable run of its own, with inputs that you give.")
    async def run_node(self, info: strawberry.Info, input: RunNodeInput) -> RunPayload:
        wanted = WantedPart(
            graph_id=decode_uuid("Graph", input.graph_id),
            graph_version=input.version,
            credentials=given_credentials(input.credentials or []),
            idempotency_key=input.idempotency_key,
            part=Part(
                only_node=input.node_id,
                node_inputs=given_inputs(input.inputs),
                uses_pins=input.use_pinned_outputs,
                is_draft=input.is_draft,
            ),
        )
        return await started(info.context, wanted)

    @mutation(
        Right.WRITE_GRAPHS,
        "Pin outputs to a node of a draft: a run with `usePinnedOutputs` gives them instead of running the node.",
    )
    async def pin_node_output(self, info: strawberry.Info, input: PinNodeOutputInput) -> GraphPayload:
        call: Call = info.context
        graph_id = decode_uuid("Graph", input.graph_id)
        await draft_at(call, graph_id, input.revision)
        if (input.outputs is None) == (input.node_execution_id is None):
            raise BadUserInput("Give `outputs` or a `nodeExecutionId`, one of the two.", where="outputs")
        outputs: Any = input.outputs
        if input.node_execution_id is not None:
            call.need(Right.READ_RUNS)
            outputs = await _outputs_of(call, graph_id, input.node_id, input.node_execution_id)
        return await _change(call, graph_id, input.revision, input.node_id, outputs)

    @mutation(Right.WRITE_GRAPHS, "Take the pinned outputs of a node of a draft away.")
    async def unpin_node_output(self, info: strawberry.Info, input: UnpinNodeOutputInput) -> GraphPayload:
        return await _change(info.context, decode_uuid("Graph", input.graph_id), input.revision, input.node_id, None)


async def _change(call: Call, graph_id: UUID, revision: int, node_id: str, outputs: Any) -> GraphPayload:
    """Write a draft with these outputs pinned to a node, or with none."""
    draft = await draft_at(call, graph_id, revision)
    graph = parse_graph(draft.body)
    node = next((one for one in graph.nodes if one.id == node_id), None)
    if node is None:
        raise BadUserInput(f"The draft has no node {node_id!r}.", where="nodeId")
    if outputs is not None:
        _check(call, node.block_id, outputs)
    document = write_graph(graph)
    for row in document["nodes"]:
        if row["id"] == node_id:
            row["pinned_output"] = outputs
    changed = as_draft(document, graph_id, call.services.registry.specs)
    person = call.principal.person_id
    await call.stores.drafts.update(call.tenant, graph_id, revision, write_graph(changed), person)
    return await with_problems(call, graph_id, changed)


def _check(call: Call, block_id: str, outputs: Any) -> None:
    """Raise BadUserInput where these are no outputs of such a block."""
    if not isinstance(outputs, dict) or any(not isinstance(values, list) for values in outputs.values()):
        raise BadUserInput("Pinned outputs are {pin: [values]}.", where="outputs")
    if sum(map(len, outputs.values())) > PINNED_VALUES_MAX or len(encode(outputs, "outputs")) > PINNED_BYTES_MAX:
        raise BadUserInput(
            f"At most {PINNED_VALUES_MAX} values of together {PINNED_BYTES_MAX} bytes are pinned.", where="outputs"
        )
    spec = call.services.registry.specs.get(block_id)
    if spec is None:
        return
    if spec.kind in (Kind.OUTPUT, Kind.NOTE):
        raise BadUserInput(f"Nothing is pinned to a node of {spec.name}.", where="nodeId")
    wrong = [pin for pin in outputs if not spec.has_output(pin)]
    if wrong:
        raise BadUserInput(f"The node gives nothing on {wrong[0]!r}.", where="outputs")


async def _outputs_of(call: Call, graph_id: UUID, node_id: str, given: str) -> dict[str, list[Any]]:
    """Give what an execution gave; raise NotFound where it is not one of this node of this agent that completed."""
    missing = NotFound("There is no such NodeExecution of this node here.")
    try:
        run, number = decode_id("NodeExecution", given)
        key = (UUID(run), int(number))
    except (NotFound, ValueError) as error:
        raise missing from error
    if abs(key[1]) > INTEGER_MAX:
        raise missing
    row = (await call.stores.run_contents.by_number(call.tenant, [key])).get(key)
    runs = {} if row is None else await call.stores.run_pages.by_id(call.tenant, [key[0]])
    if row is None or row.node_id != node_id or runs[key[0]].graph_id != graph_id or row.status != State.COMPLETED:
        raise missing
    wanted = (*key, -1)
    cells = (await call.stores.run_contents.emissions(call.tenant, [wanted], PINNED_VALUES_MAX + 1))[wanted]
    sizes = sum(0 if cell.handle is None else int(cell.handle["size"]) for cell in cells)
    if len(cells) > PINNED_VALUES_MAX or sizes > PINNED_BYTES_MAX:
        raise BadUserInput("The execution gave more than is pinned to a node.", where="nodeExecutionId")
    values = await resolve(call.stores.values, call.tenant, [(cell.value, cell.handle) for cell in cells])
    outputs: dict[str, list[Any]] = {}
    for cell, value in zip(cells, values, strict=True):
        outputs.setdefault(cell.name, []).append(value)
    return outputs
