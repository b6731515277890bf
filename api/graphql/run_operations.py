"""What is done with runs in GraphQL: start, cancel, delete, share; and what was shared, for anyone who has the link."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.guard import ANYONE, mutation, query
from api.graphql.ids import decode_uuid, encode_id
from api.graphql.node_executions import VALUES, VALUES_MAX, StateEnum, values_size
from api.graphql.problems import Payload
from api.graphql.run_limits import RunLimitsInput, given_limits
from api.graphql.runs import Run, RunOutput, RunShare, outputs_of
from api.parts import Part, WantedPart, start_part
from api.starting import Wanted, start_run
from schema.access import Right
from schema.db.run_deletion import delete_run
from schema.db.shares import Share
from schema.errors import Conflict, NotFound, shorten
from schema.states import State

REASON_CHARS_MAX: Final = 1_000
SHARE_DAYS_MAX: Final = 365
CREDENTIALS_MAX: Final = 100
TOKEN_CHARS_MAX: Final = 200


@strawberry.input(description="Which credential fills one of the places that an agent asks for.")
class RunCredentialInput:
    key: str = strawberry.field(description="The place, as the agent's `credentialsInputSchema` names it.")
    credential_id: strawberry.ID


@strawberry.input
class StartRunInput:
    graph_id: strawberry.ID
    version: int | None = strawberry.field(default=None, description="Absent: the active version.")
    is_draft: bool = strawberry.field(
        default=False, description="What is being edited, as it is now: nothing is published. Without `version`."
    )
    inputs: JSON = strawberry.field(
        default_factory=dict, description="{name: value}, as the agent's `inputSchema` says; a draft has its own."
    )
    credentials: list[RunCredentialInput] | None = None
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Makes it safe to ask again: the same key with the same request gives the run that is there, with "
        "another request CONFLICT.",
    )
    limits: RunLimitsInput | None = strawberry.field(
        default=None, description="Those of the agent and of the organisation hold, too: the lowest of each counts."
    )
    until_node_id: str | None = strawberry.field(
        default=None, description="A node's id: only that node runs, and what leads to it."
    )
    use_pinned_outputs: bool = strawberry.field(
        default=False, description="Nodes that have outputs pinned give them instead of running."
    )


@strawberry.input
class CancelRunInput:
    id: strawberry.ID
    reason: str = strawberry.field(default="Cancelled by a person.", description="Shown as the run's error.")


@strawberry.input
class ShareRunInput:
    id: strawberry.ID
    expires_in_days: int | None = strawberry.field(default=None, description="Absent: the link has no end.")


@strawberry.type
class RunPayload(Payload):
    run: Run | None = None


@strawberry.type
class DeleteRunPayload(Payload):
    deleted_id: strawberry.ID | None = None
    deleted_count: int = strawberry.field(default=0, description="The run and those that its nodes started.")


@strawberry.type
class ShareRunPayload(Payload):
    token: str | None = strawberry.field(default=None, description="Shown once: who has it may read the run's outputs.")
    share: RunShare | None = None


@strawberry.type
class RevokeSharePayload(Payload):
    share: RunShare | None = None


@strawberry.type(description="What a run that was shared gives away: how it stands, and its outputs.")
class SharedRun:
    share: strawberry.Private[Share]
    state: strawberry.Private[State]

    @strawberry.field
    def status(self) -> StateEnum:  # type: ignore[valid-type]
        return self.state

    @strawberry.field(
        description=f"By name: the first {VALUES} values, or as many as `first` says, up to {VALUES_MAX}. "
        "`afterExecution` asks for those behind one."
    )
    async def outputs(
        self, info: strawberry.Info, first: int | None = None, after_execution: int | None = None
    ) -> list[RunOutput]:
        stores = info.context.services.of(self.share.tenant_id)
        key = (self.share.run_id, after_execution or 0)
        found = await stores.run_contents.outputs(self.share.tenant_id, [key], values_size(first))
        return outputs_of(found[key], self.share.tenant_id, is_shared=True)


@strawberry.type
class RunOperationsQuery:
    @query(
        ANYONE, "What a run gave that was shared with you by a link. An unknown link and one that ended answer alike."
    )
    async def shared_run(self, info: strawberry.Info, token: str) -> SharedRun:
        call: Call = info.context
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            raise NotFound("There is no such shared run, or the link has ended.")
        # The token says whose run it is: nobody has to be known for this, and nothing else of that tenant is read.
        share = await call.services.shares.in_force(token)
        run = await call.services.of(share.tenant_id).runs.get(share.tenant_id, share.run_id)
        return SharedRun(share=share, state=State(run.status))


@strawberry.type
class RunOperationsMutation:
    @mutation(Right.EXECUTE_RUNS, "Start a run. When this has answered, it will run, whatever happens.")
    async def start_run(self, info: strawberry.Info, input: StartRunInput) -> RunPayload:
        call: Call = info.context
        wanted = Wanted(
            graph_id=decode_uuid("Graph", input.graph_id),
            graph_version=input.version,
            inputs=given_inputs(input.inputs),
            credentials=given_credentials(input.credentials or []),
            idempotency_key=input.idempotency_key,
            limits=given_limits(input.limits),
        )
        part = Part(until_node=input.until_node_id, uses_pins=input.use_pinned_outputs, is_draft=input.is_draft)
        return await started(call, wanted if part == Part() else WantedPart(**vars(wanted), part=part))

    @mutation(
        Right.EXECUTE_RUNS, "Ask for the end of a run, and of those that its nodes started. It ends a moment later."
    )
    async def cancel_run(self, info: strawberry.Info, input: CancelRunInput) -> RunPayload:
        call: Call = info.context
        run_id = decode_uuid("Run", input.id)
        if len(input.reason) > REASON_CHARS_MAX:
            raise BadUserInput(f"A reason has at most {REASON_CHARS_MAX} characters.", where="reason")
        is_open = await call.stores.runs.request_cancel(call.tenant, run_id, shorten(input.reason))
        run = await _run(call, run_id)
        if not is_open:
            raise Conflict(f"The run is over: it is {run.row.status}.")
        return RunPayload(run=run)

    @mutation(
        Right.MANAGE_RUNS, "Delete a run that is over, with all that it gave, and with those that its nodes started."
    )
    async def delete_run(self, info: strawberry.Info, id: strawberry.ID) -> DeleteRunPayload:
        call: Call = info.context
        count = await delete_run(call.stores.database, call.tenant, decode_uuid("Run", id))
        return DeleteRunPayload(deleted_id=id, deleted_count=count)

    @mutation(
        Right.MANAGE_RUNS, "Make a link by which anyone may read a run's outputs and status, and nothing else of it."
    )
    async def share_run(self, info: strawberry.Info, input: ShareRunInput) -> ShareRunPayload:
        call: Call = info.context
        days = input.expires_in_days
        if days is not None and not 1 <= days <= SHARE_DAYS_MAX:
            raise BadUserInput(f"A link ends after 1 to {SHARE_DAYS_MAX} days, or never.", where="expiresInDays")
        run_id = decode_uuid("Run", input.id)
        token, share = await call.stores.shares.make(call.tenant, run_id, call.principal.person_id, days)
        return ShareRunPayload(token=token, share=RunShare(row=share))

    @mutation(Right.MANAGE_RUNS, "End a link to a run, at once.")
    async def revoke_share(self, info: strawberry.Info, id: strawberry.ID) -> RevokeSharePayload:
        call: Call = info.context
        return RevokeSharePayload(
            share=RunShare(row=await call.stores.shares.revoke(call.tenant, decode_uuid("RunShare", id)))
        )


async def started(call: Call, wanted: Wanted) -> RunPayload:
    """Start a run, and give what says so; where the idempotency key was used for another one, say for which."""
    try:
        starting = start_part(call, wanted) if isinstance(wanted, WantedPart) else start_run(call, wanted)
        return RunPayload(run=Run(row=await starting))
    except Conflict as error:
        raise naming_the_run(error) from error


def given_inputs(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadUserInput("`inputs` is an object, {name: value}.", where="inputs")
    return given


def given_credentials(given: list[RunCredentialInput]) -> dict[str, UUID]:
    found = {one.key: decode_uuid("Credential", one.credential_id) for one in given[: CREDENTIALS_MAX + 1]}
    if len(given) > CREDENTIALS_MAX or len(found) != len(given):
        raise BadUserInput(f"Each key stands once, and there are at most {CREDENTIALS_MAX}.", where="credentials")
    return found


async def _run(call: Call, run_id: UUID) -> Run:
    rows = await call.stores.run_pages.by_id(call.tenant, [run_id])
    if run_id not in rows:
        raise NotFound("There is no such Run here.")
    return Run(row=rows[run_id])


def naming_the_run(error: Conflict) -> Conflict:
    """Give the conflict of an idempotency key with the id of the run that has it."""
    run_id = error.fields.get("run_id")
    if run_id is None:
        return error
    return Conflict(f"{error.message} That is the run {encode_id('Run', run_id)}.", **error.fields)
