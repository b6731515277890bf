"""Continuing runs in GraphQL: what would run again and what would be taken over, and doing it; both by one computation."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.continuing import FAILED, Asked, Prepared, continued, prepare
from api.errors import BadUserInput
from api.graphql.guard import mutation, query
from api.graphql.ids import decode_uuid
from api.graphql.run_operations import (
    RunCredentialInput,
    RunPayload,
    given_credentials,
    given_inputs,
    naming_the_run,
)
from api.graphql.runs import Run
from schema.access import Right
from schema.errors import Conflict
from workflows.engine import continuation as nouns

#: Nodes and edits that one request names.
NAMED_MAX: Final = 500
ORDINAL_MAX: Final = 2**31 - 1


class ContinueMode(StrEnum):
    """What of a run is taken over by the one that continues it."""

    START = "START"
    FAILED = "FAILED"
    NODES = "NODES"


ContinueModeEnum = strawberry.enum(
    ContinueMode,
    name="ContinueMode",
    description="START: nothing is taken over, it begins anew with the same inputs. FAILED: all that ended well is taken over. "
    "NODES: the same, but `nodeIds` and all that lies behind them run again.",
)


class RunAgainReason(StrEnum):
    """Why a node runs again."""

    CHOSEN = nouns.CHOSEN
    EDITED = nouns.EDITED
    BEHIND = nouns.BEHIND
    FAILED = nouns.FAILED
    INPUT_CHANGED = nouns.INPUT_CHANGED
    CONFIGURATION_CHANGED = nouns.CONFIGURATION_CHANGED
    SECRET_INPUT = nouns.SECRET_INPUT
    NOT_RECORDED = nouns.NOT_RECORDED


RunAgainReasonEnum = strawberry.enum(
    RunAgainReason,
    name="RunAgainReason",
    description="CHOSEN: you said so. EDITED: its input is written anew. BEHIND: something before it runs again. FAILED: it "
    "failed. INPUT_CHANGED, CONFIGURATION_CHANGED: it is given something else, or it is another block or has other constants. "
    "SECRET_INPUT: a secret comes to it by a link, and records have none to compare. NOT_RECORDED: it has not run to its end.",
)


@strawberry.input(description="What a node is to be given, in every execution, in place of what would come.")
class NodeInputsInput:
    node_id: str
    inputs: JSON = strawberry.field(description="{pin: value}")


@strawberry.input(description="What a node is to have given, instead of running.")
class NodeOutputsInput:
    node_id: str
    ordinal: int | None = strawberry.field(default=None, description="Which execution of it, from 1. Absent: all.")
    outputs: JSON = strawberry.field(description="{pin: [values]}")


@strawberry.input
class ContinueRunInput:
    run_id: strawberry.ID = strawberry.field(description="Over or not; it is not changed.")
    mode: ContinueModeEnum = ContinueMode.FAILED  # type: ignore[valid-type]
    node_ids: list[str] | None = strawberry.field(default=None, description="With the mode NODES, and only with it.")
    inputs: JSON | None = strawberry.field(
        default=None, description="{name: value}: those inputs of the run that are to be others."
    )
    node_inputs: list[NodeInputsInput] | None = None
    outputs: list[NodeOutputsInput] | None = None
    version: int | None = strawberry.field(
        default=None, description="Another version of the agent. Absent: what the run was made of."
    )
    credentials: list[RunCredentialInput] | None = strawberry.field(
        default=None, description="Absent: those that the run was given."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="As in `startRun`; a preview does not use it."
    )


@strawberry.type(description="What becomes of a node where a run is continued.")
class ContinuationNode:
    row: strawberry.Private[nouns.Outlook]

    @strawberry.field(description="The node, as the graph's file names it.")
    def node_id(self) -> str:
        return self.row.node_id

    @strawberry.field
    def title(self) -> str:
        return self.row.title

    @strawberry.field(description="Executions that are taken over.")
    def reused_count(self) -> int:
        return self.row.reused

    @strawberry.field(description="Executions that give what you wrote.")
    def edited_count(self) -> int:
        return self.row.written

    @strawberry.field(description="Executions that begin at once.")
    def ready_count(self) -> int:
        return self.row.ready

    @strawberry.field(description="Executions that were over in the run that is continued.")
    def recorded_count(self) -> int:
        return self.row.recorded

    @strawberry.field(description="Why it, or some of it, runs again; empty where it does not.")
    def reasons(self) -> list[RunAgainReasonEnum]:  # type: ignore[valid-type]
        return [RunAgainReason(reason) for reason in self.row.reasons]


@strawberry.type(description="What a run that continues another would take over, and what would run again.")
class ContinuationPreview:
    prepared: strawberry.Private[Prepared]

    @strawberry.field(description="The agent's version that would run.")
    def graph_version(self) -> int:
        return self.prepared.graph.version

    @strawberry.field(description="In the graph's order.")
    def nodes(self) -> list[ContinuationNode]:
        return [ContinuationNode(row=row) for row in self.prepared.continuation.nodes]

    @strawberry.field(description="Node executions that are taken over: they cost nothing and do not run.")
    def reused_count(self) -> int:
        return len(self.prepared.continuation.reused)

    @strawberry.field(description="Node executions that give what you wrote.")
    def edited_count(self) -> int:
        return len(self.prepared.continuation.written)

    @strawberry.field(description="Nodes of the run that the version has not.")
    def lacking_node_ids(self) -> list[str]:
        return list(self.prepared.continuation.lacking)


@strawberry.type
class ContinuingQuery:
    @query(Right.READ_RUNS, "What `continueRun` with the same input would do. Nothing is started.")
    async def continuation_preview(self, info: strawberry.Info, input: ContinueRunInput) -> ContinuationPreview:
        return ContinuationPreview(prepared=await prepare(info.context, asked_of(input)))


@strawberry.type
class ContinuingMutation:
    @mutation(
        Right.EXECUTE_RUNS,
        "Start a run that goes on from what another recorded, over or not: what ended well is taken over, the rest runs.",
    )
    async def continue_run(self, info: strawberry.Info, input: ContinueRunInput) -> RunPayload:
        call: Call = info.context
        try:
            return RunPayload(run=Run(row=await continued(call, asked_of(input))))
        except Conflict as error:
            raise naming_the_run(error) from error


def asked_of(given: ContinueRunInput) -> Asked:
    """Read how a run is to be continued; raise BadUserInput where that does not fit."""
    node_inputs, outputs = given.node_inputs or [], given.outputs or []
    for where, rows in (("nodeIds", given.node_ids or []), ("nodeInputs", node_inputs), ("outputs", outputs)):
        if len(rows) > NAMED_MAX:
            raise BadUserInput(f"At most {NAMED_MAX} at once.", where=where)
    inputs_of = {one.node_id: _pins(one.inputs, "nodeInputs") for one in node_inputs}
    outputs_of = [(one.node_id, one.ordinal, _pins(one.outputs, "outputs")) for one in outputs]
    if len(inputs_of) < len(node_inputs) or len({row[:2] for row in outputs_of}) < len(outputs):
        raise BadUserInput("Each node, and each execution of it, stands once.", where="nodeInputs")
    if any(ordinal is not None and not 1 <= ordinal <= ORDINAL_MAX for _, ordinal, _ in outputs_of):
        raise BadUserInput("`ordinal` counts from 1.", where="outputs")
    return Asked(
        run_id=decode_uuid("Run", given.run_id),
        mode=ContinueMode(given.mode or FAILED).value,
        node_ids=tuple(dict.fromkeys(given.node_ids or [])),
        inputs=given_inputs(given.inputs or {}),
        node_inputs=inputs_of,
        outputs=outputs_of,
        version=given.version,
        credentials=None if given.credentials is None else given_credentials(given.credentials),
        idempotency_key=given.idempotency_key,
    )


def _pins(given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadUserInput("Give an object, a name a pin.", where=where)
    return given
