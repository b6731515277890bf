"""Approvals: what runs ask people, asked once and read back; nothing is decided here but what time decides.

The row is the truth. A node's activity inserts it under an id that a repeated attempt finds again; a person's decision
(`schema.db.deciding`) and the deadline both move it out of PENDING by one guarded statement, so one of them wins, once.

What was asked by a run, or an execution, that is over is CANCELLED. That is read from the run and the execution and not only
written down, so whatever ends them, however it does, nothing of theirs stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.tenancy import Database
from schema.errors import Fenced, NotFound
from schema.states import TERMINAL

PENDING: Final = "PENDING"
APPROVED: Final = "APPROVED"
REJECTED: Final = "REJECTED"
TIMED_OUT: Final = "TIMED_OUT"
CANCELLED: Final = "CANCELLED"

#: Who asks: a block, or the platform in front of a sensitive one.
QUESTION: Final = "question"
INPUTS: Final = "inputs"

#: Approvals of one run, or of one execution, that are shown with it.
SHOWN_MAX: Final = 100

_OVER: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
_STATUS: Final = (
    f"CASE WHEN a.status = 'PENDING' AND (r.status IN ({_OVER}) OR n.status IN ({_OVER})) "
    "THEN 'CANCELLED' ELSE a.status END"
)
#: After an escalation others decide than before.
_ROLES: Final = "CASE WHEN a.is_escalated THEN a.escalate_roles ELSE a.roles END"
_COLUMNS: Final = (
    "a.id, a.tenant_id, a.run_id, a.execution, a.step, a.round, a.kind, a.held_steps, a.node_id, a.title, a.message, a.data, "
    "a.form, a.is_editable, a.roles, a.needed, a.allows_self, a.asked_by, a.deadline, a.on_timeout, a.escalate_roles, "
    f"a.is_escalated, {_STATUS} AS status, a.decided_data, a.decided_by, a.decided_at, a.comment, a.created_at, "
    "(SELECT p.name FROM people p WHERE p.id = a.decided_by) AS decider, r.agent_name, "
    # `greatest` leaves nulls out, and without a deadline there is nothing left.
    "CASE WHEN a.deadline IS NOT NULL THEN greatest(0, extract(epoch FROM a.deadline - now()))::float8 END AS seconds_left"
)
_FROM: Final = (
    "FROM approvals a JOIN runs r ON r.id = a.run_id "
    "LEFT JOIN node_executions n ON n.run_id = a.run_id AND n.execution = a.execution"
)
APPROVAL_QUERY: Final = f"SELECT {_COLUMNS} {_FROM}"

_ASK: Final = text(f"""
INSERT INTO approvals (id, tenant_id, run_id, execution, step, round, kind, held_steps, node_id, title, message, data, form,
                       is_editable, roles, needed, allows_self, asked_by, deadline, on_timeout, escalate_roles, is_escalated,
                       status)
SELECT :id, r.tenant_id, r.id, :execution, :step, :round, :kind, CAST(:held_steps AS int[]), :node_id, :title, :message,
       CAST(:data AS json), CAST(:form AS json), :is_editable, CAST(:roles AS jsonb), :needed, :allows_self, r.created_by,
       now() + make_interval(secs => CAST(:seconds AS float8)), :on_timeout, CAST(:escalate_roles AS jsonb), false, 'PENDING'
FROM runs r WHERE r.id = :run AND r.tenant_id = :tenant AND r.status NOT IN ({_OVER})
ON CONFLICT (id) DO NOTHING
""")
_BY_ID: Final = text(f"{APPROVAL_QUERY} WHERE a.tenant_id = :tenant AND a.id = ANY(:ids)")
_OF_EXECUTION: Final = text(
    f"{APPROVAL_QUERY} WHERE a.run_id = :run AND a.execution = :execution ORDER BY a.round, a.step"
)
_OF_RUNS: Final = text(
    f"SELECT * FROM (SELECT {_COLUMNS}, row_number() OVER (PARTITION BY a.run_id, a.execution ORDER BY a.created_at, a.id) "
    f"AS of_execution, row_number() OVER (PARTITION BY a.run_id ORDER BY a.created_at, a.id) AS of_run {_FROM} "
    "WHERE a.tenant_id = :tenant AND a.run_id = ANY(:runs)) AS found "
    "WHERE CASE WHEN CAST(:executions AS int[]) IS NULL THEN of_run ELSE of_execution END <= :limit "
    "AND (CAST(:executions AS int[]) IS NULL OR execution = ANY(CAST(:executions AS int[]))) ORDER BY created_at, id"
)
#: `kept` are the statuses that rows have whose status is asked for: what is CANCELLED may be kept as PENDING.
_PAGE: Final = text(
    f"{APPROVAL_QUERY} WHERE a.tenant_id = :tenant "
    "AND (CAST(:kept AS text[]) IS NULL OR a.status = ANY(CAST(:kept AS text[]))) "
    f"AND (CAST(:statuses AS text[]) IS NULL OR {_STATUS} = ANY(CAST(:statuses AS text[]))) "
    "AND (CAST(:run AS uuid) IS NULL OR a.run_id = :run) "
    f"AND (NOT :is_mine OR (({_ROLES} = '[]'::jsonb OR jsonb_exists({_ROLES}, :role)) "
    "  AND (a.allows_self OR a.asked_by IS DISTINCT FROM CAST(:person AS uuid)) "
    "  AND NOT EXISTS (SELECT 1 FROM approval_votes v WHERE v.approval_id = a.id AND v.person_id = :person))) "
    "AND (CAST(:before_time AS timestamptz) IS NULL OR (a.created_at, a.id) < (:before_time, CAST(:before_id AS uuid))) "
    "ORDER BY a.created_at DESC, a.id DESC LIMIT :limit"
)
#: What the deadline makes of a row. Escalating begins a second time as long as the first.
_PASS: Final = text("""
UPDATE approvals SET
  status = CASE WHEN on_timeout = 'escalate' AND NOT is_escalated THEN 'PENDING' WHEN on_timeout = 'approve' THEN 'APPROVED'
                WHEN on_timeout = 'reject' THEN 'REJECTED' ELSE 'TIMED_OUT' END,
  decided_at = CASE WHEN on_timeout = 'escalate' AND NOT is_escalated THEN NULL ELSE now() END,
  decided_data = CASE WHEN on_timeout = 'approve' THEN coalesce(decided_data, data) ELSE decided_data END,
  comment = CASE WHEN on_timeout IN ('approve', 'reject') THEN 'Nobody decided in time.' END,
  deadline = CASE WHEN on_timeout = 'escalate' AND NOT is_escalated THEN now() + (deadline - created_at) ELSE deadline END,
  is_escalated = is_escalated OR on_timeout = 'escalate'
WHERE id = :id AND status = 'PENDING' AND deadline <= now()
""")
_HOLD: Final = text(
    "UPDATE approvals SET held_steps = CASE WHEN :is_held THEN array_append(array_remove(held_steps, :step), :step) "
    "ELSE array_remove(held_steps, :step) END WHERE id = :id"
)


@dataclass(frozen=True)
class NewApproval:
    """What is asked; `data` as `Stored.to_wire` gives it."""

    id: UUID
    tenant_id: UUID
    run_id: UUID
    execution: int
    step: int
    round: int
    kind: str
    node_id: str
    title: str
    message: str
    data: Mapping[str, Any]
    form: Mapping[str, Any] | None
    is_editable: bool
    roles: Sequence[str] = ()
    needed: int = 1
    allows_self: bool = True
    seconds: float | None = None
    on_timeout: str = "fail"
    escalate_roles: Sequence[str] = ()

    @property
    def held_steps(self) -> list[int]:
        """Give the steps that its block does not see: it knows nothing of what is asked in front of it."""
        return [self.step] if self.kind == INPUTS else []


@dataclass(frozen=True)
class ApprovalRecord:
    """An approval's row, with its status as it is now."""

    id: UUID
    tenant_id: UUID
    run_id: UUID
    execution: int
    step: int
    round: int
    kind: str
    held_steps: list[int]
    node_id: str
    title: str
    message: str
    data: dict[str, Any]
    form: dict[str, Any] | None
    is_editable: bool
    roles: list[str]
    needed: int
    allows_self: bool
    asked_by: UUID | None
    deadline: datetime | None
    on_timeout: str
    escalate_roles: list[str]
    is_escalated: bool
    status: str
    decided_data: dict[str, Any] | None
    decided_by: UUID | None
    decided_at: datetime | None
    comment: str | None
    created_at: datetime
    #: What who decided is called.
    decider: str | None
    agent_name: str
    #: Until the deadline, where there is one.
    seconds_left: float | None

    @property
    def is_pending(self) -> bool:
        return self.status == PENDING

    @property
    def deciding_roles(self) -> list[str]:
        """Give the roles whose members decide now; none: everybody with the right."""
        return self.escalate_roles if self.is_escalated else self.roles

    @property
    def current_data(self) -> dict[str, Any]:
        """Give what stands to be approved, or was."""
        return self.data if self.decided_data is None else self.decided_data


@dataclass(frozen=True)
class ApprovalFilter:
    """Which approvals are listed; `person` and `role`: those that such a member may decide now."""

    statuses: tuple[str, ...] | None = None
    run_id: UUID | None = None
    person: UUID | None = None
    role: str | None = None


@dataclass(frozen=True)
class Approvals:
    """The approvals of all tenants."""

    engine: Database

    # The run's side

    async def ask(self, new: NewApproval) -> ApprovalRecord:
        """Ask, or find what was asked before under this id; raise Fenced where the run is over."""
        row = {field.name: getattr(new, field.name) for field in fields(new)}
        row |= {"tenant": row.pop("tenant_id"), "run": row.pop("run_id"), "held_steps": new.held_steps}
        row |= {name: _json(row[name]) for name in ("data", "roles", "escalate_roles")}
        row["form"] = None if new.form is None else _json(new.form)
        async with self.engine.begin() as connection:
            await connection.execute(_ASK, row)
        try:
            return await self.get(new.tenant_id, new.id)
        except NotFound as error:
            raise Fenced(f"The run {new.run_id} has ended.") from error

    async def of_execution(self, run_id: UUID, execution: int) -> list[ApprovalRecord]:
        """Give what an execution asked until now, in that order."""
        async with self.engine.connect() as connection:
            where = {"run": run_id, "execution": execution}
            return [ApprovalRecord(**row) for row in (await connection.execute(_OF_EXECUTION, where)).mappings()]

    async def pass_deadline(self, approval: ApprovalRecord) -> ApprovalRecord:
        """Let the deadline do what it does, where it has passed and nobody has decided; give the row as it is then."""
        async with self.engine.begin() as connection:
            await connection.execute(_PASS, {"id": approval.id})
        return await self.get(approval.tenant_id, approval.id)

    async def hold_step(self, approval: ApprovalRecord, step: int, *, is_held: bool) -> None:
        """Write down whether a step of the execution is spent on waiting for this."""
        if is_held or step in approval.held_steps:
            async with self.engine.begin() as connection:
                await connection.execute(_HOLD, {"id": approval.id, "step": step, "is_held": is_held})

    # The readers' side

    async def get(self, tenant: UUID, approval_id: UUID) -> ApprovalRecord:
        """Give an approval; raise NotFound."""
        found = await self.by_id(tenant, [approval_id])
        if approval_id not in found:
            raise NotFound("There is no such Approval here.")
        return found[approval_id]

    async def by_id(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, ApprovalRecord]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_BY_ID, {"tenant": tenant, "ids": list(ids)})).mappings()
            return {row["id"]: ApprovalRecord(**row) for row in rows}

    async def page(
        self, tenant: UUID, wanted: ApprovalFilter, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[ApprovalRecord]:
        """Give a page of approvals, the newest first."""
        statuses = (PENDING,) if wanted.person is not None else wanted.statuses
        where = {
            "tenant": tenant,
            "statuses": None if statuses is None else list(statuses),
            "kept": None if statuses is None else sorted({*statuses, *([PENDING] if CANCELLED in statuses else [])}),
            "run": wanted.run_id,
            "is_mine": wanted.person is not None,
            "person": wanted.person,
            "role": wanted.role or "",
            "before_time": None if before is None else before[0],
            "before_id": None if before is None else before[1],
            "limit": limit,
        }
        async with self.engine.connect() as connection:
            return [ApprovalRecord(**row) for row in (await connection.execute(_PAGE, where)).mappings()]

    async def of_runs(self, tenant: UUID, runs: Sequence[UUID]) -> dict[UUID, list[ApprovalRecord]]:
        """Give what each of these runs asked, the oldest first, `SHOWN_MAX` at the most."""
        found: dict[UUID, list[ApprovalRecord]] = {run: [] for run in runs}
        for record in await self._of(tenant, list(runs), None):
            found[record.run_id].append(record)
        return found

    async def of_executions(
        self, tenant: UUID, keys: Sequence[tuple[UUID, int]]
    ) -> dict[tuple[UUID, int], list[ApprovalRecord]]:
        """Give what each of these executions, (run, number), asked."""
        found: dict[tuple[UUID, int], list[ApprovalRecord]] = {key: [] for key in keys}
        runs, executions = {run for run, _ in keys}, {number for _, number in keys}
        for record in await self._of(tenant, list(runs), list(executions)):
            if (record.run_id, record.execution) in found:
                found[record.run_id, record.execution].append(record)
        return found

    async def _of(self, tenant: UUID, runs: list[UUID], executions: list[int] | None) -> list[ApprovalRecord]:
        where = {"tenant": tenant, "runs": runs, "executions": executions, "limit": SHOWN_MAX}
        async with self.engine.connect() as connection:
            rows = [dict(row) for row in (await connection.execute(_OF_RUNS, where)).mappings()]
        for row in rows:
            del row["of_execution"], row["of_run"]
        return [ApprovalRecord(**row) for row in rows]


def _json(value: Any) -> str:
    return orjson.dumps(value, default=dict).decode()
