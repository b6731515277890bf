"""Deciding approvals: one person's word, weighed and carried to the run in one transaction; it asks nobody.

The run's row is locked first, then the approval's, as whatever ends a run does. A person speaks once; one rejection rejects; as
many approvals as are needed approve, all of the same data: who approves first may edit it, the others approve what it has
become. The order that wakes the run is given in the same transaction: what was decided arrives, however long Temporal is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.access import RIGHTS, Right, Role
from schema.db.approvals import APPROVAL_QUERY, APPROVED, CANCELLED, REJECTED, ApprovalRecord, Approvals
from schema.db.orders import NewOrder, give_order
from schema.db.tenancy import Database
from schema.db.values import ValueStore, resolve
from schema.errors import Conflict, InvalidValue, NotFound, NotYours
from schema.forms import form_problems
from schema.limits import LIMITS

#: Stands for data that nobody edited: what stands to be approved is.
UNCHANGED: Final = object()
#: What an unknown link, one that was used and one that ended are told.
NO_LINK: Final = "There is no such link, or it was used or has ended."
_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS

_LOCK_RUN: Final = text("SELECT id FROM runs WHERE tenant_id = :tenant AND id = :run FOR NO KEY UPDATE")
_LOCK: Final = text(f"{APPROVAL_QUERY} WHERE a.tenant_id = :tenant AND a.id = :id FOR NO KEY UPDATE OF a")
_VOTE_COLUMNS: Final = "approval_id, person_id, is_approval, data, comment, source, created_at"
_VOTES: Final = text(
    f"SELECT {_VOTE_COLUMNS} FROM approval_votes WHERE tenant_id = :tenant AND approval_id = ANY(:ids) "
    "ORDER BY created_at, person_id"
)
_VOTE: Final = text(
    "INSERT INTO approval_votes (approval_id, person_id, tenant_id, is_approval, data, comment, source) "
    "VALUES (:id, :person, :tenant, :is_approval, CAST(:data AS json), :comment, :source)"
)
_STAND: Final = text("UPDATE approvals SET decided_data = CAST(:data AS json) WHERE id = :id")
_DECIDE: Final = text(
    "UPDATE approvals SET status = :status, decided_by = :person, decided_at = now(), comment = :comment WHERE id = :id"
)
_USE_LINK: Final = text(
    "UPDATE approval_links SET used_at = now() WHERE id = :link AND approval_id = :id AND person_id = :person "
    "AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now() RETURNING id"
)


@dataclass(frozen=True)
class Word:
    """What a person says to an approval."""

    person: UUID
    role: Role
    is_approval: bool
    data: Any = UNCHANGED
    comment: str | None = None
    #: session, key or link; and which link.
    source: str = "session"
    link_id: UUID | None = None


@dataclass(frozen=True)
class Vote:
    """What a person said."""

    approval_id: UUID
    person_id: UUID
    is_approval: bool
    data: dict[str, Any] | None
    comment: str | None
    source: str
    created_at: datetime


class AlreadyDecided(Conflict):
    """It was decided meanwhile."""

    def __init__(self, record: ApprovalRecord) -> None:
        self.record = record
        text = describe(record)
        code = "CANCELLED" if record.status == CANCELLED else "ALREADY_DECIDED"
        super().__init__(text, problems=[{"message": text, "code": code}])


@dataclass(frozen=True)
class Deciding:
    """What deciding needs."""

    engine: Database
    values: ValueStore

    async def decide(self, tenant: UUID, approval_id: UUID, word: Word) -> ApprovalRecord:
        """Weigh a word; give the approval as it is then. The same word of the same person again changes nothing.

        Raises NotFound, NotYours, InvalidValue for data that the form does not take or that nobody may edit, AlreadyDecided,
        and Conflict where this person said something else, or others approved other data.
        """
        asked = await Approvals(self.engine).get(tenant, approval_id)
        refusal = refusal_of(asked, word.person, word.role)
        if refusal is not None:
            raise NotYours(refusal)
        data = await self._data(asked, word)
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK_RUN, {"tenant": tenant, "run": asked.run_id})
            record = await _locked(connection, tenant, approval_id)
            await _weigh(connection, record, word, data)
        return await Approvals(self.engine).get(tenant, approval_id)

    async def votes(self, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Vote]]:
        """Give what was said to each of these approvals, in that order."""
        found: dict[UUID, list[Vote]] = {approval_id: [] for approval_id in ids}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_VOTES, {"tenant": tenant, "ids": list(ids)})).mappings():
                found[row["approval_id"]].append(Vote(**row))
        return found

    async def _data(self, asked: ApprovalRecord, word: Word) -> dict[str, Any] | None:
        """Give the data of a word as it is kept, None where nobody edited; raise InvalidValue where it cannot be."""
        if len(word.comment or "") > LIMITS.approval_comment_chars_max:
            text = f"A comment has at most {LIMITS.approval_comment_chars_max} characters."
            raise InvalidValue(text, where="comment")
        if word.data is UNCHANGED:
            return None
        cell = asked.data
        (original,) = await resolve(self.values, asked.tenant_id, [(cell.get("value"), cell.get("handle"))])
        if _same(word.data, original):
            return dict(asked.data)
        if not word.is_approval:
            raise InvalidValue("Who rejects does not edit: leave `data` out.", where="data")
        if not asked.is_editable:
            raise InvalidValue("What is asked here cannot be edited.", where="data")
        problems = form_problems(asked.form, word.data) if asked.form is not None else []
        if problems:
            named = [{"message": message, "where": ".".join(["data", *path])} for path, message in problems]
            raise InvalidValue("The data does not fit the form.", problems=named)
        return (await self.values.put(asked.tenant_id, word.data, "data")).to_wire()


def refusal_of(record: ApprovalRecord, person: UUID, role: Role) -> str | None:
    """Say why somebody may not decide this; None where they may."""
    if Right.DECIDE_APPROVALS not in RIGHTS[role]:
        return "Your role may not decide approvals."
    if record.deciding_roles and role.value not in record.deciding_roles:
        return f"This is for members with the role {' or '.join(record.deciding_roles)} to decide."
    if not record.allows_self and record.asked_by == person:
        return "Who started the run may not decide this: somebody else has to."
    return None


def describe(record: ApprovalRecord) -> str:
    """Say in words what became of an approval, by whom and when."""
    if record.status == CANCELLED:
        return "It is asked no more: the run, or its node, is over."
    at = "" if record.decided_at is None else f" at {record.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    by = "" if record.decided_by is None else f" by {record.decider or 'somebody who has left'}"
    return f"It was decided already: {record.status.lower().replace('_', ' ')}{by}{at}."


async def _locked(connection: AsyncConnection, tenant: UUID, approval_id: UUID) -> ApprovalRecord:
    row = (await connection.execute(_LOCK, {"tenant": tenant, "id": approval_id})).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such Approval here.")
    return ApprovalRecord(**row)


async def _weigh(connection: AsyncConnection, record: ApprovalRecord, word: Word, data: dict[str, Any] | None) -> None:
    """Weigh a word, the approval being locked."""
    where = {"tenant": record.tenant_id, "ids": [record.id]}
    votes = [Vote(**row) for row in (await connection.execute(_VOTES, where)).mappings()]
    if word.link_id is not None:
        await _use(connection, record, word)
    said = next((vote for vote in votes if vote.person_id == word.person), None)
    if said is not None and said.is_approval == word.is_approval and (data is None or _same(data, said.data)):
        return
    if not record.is_pending:
        raise AlreadyDecided(record)
    if said is not None:
        words = "approved" if said.is_approval else "rejected"
        text = f"You {words} this at {said.created_at:%Y-%m-%d %H:%M:%S} UTC; nobody decides twice."
        raise Conflict(text, problems=[{"message": text, "code": "ALREADY_DECIDED"}])
    # Somebody who looked before the deadline passed, and whose turn is over since.
    refusal = refusal_of(record, word.person, word.role)
    if refusal is not None:
        raise NotYours(refusal)
    await _count(connection, record, word, data, sum(vote.is_approval for vote in votes))


async def _count(
    connection: AsyncConnection, record: ApprovalRecord, word: Word, data: dict[str, Any] | None, approvals: int
) -> None:
    """Write a word down, and decide where it is the one that decides."""
    if word.is_approval and approvals and data is not None and not _same(data, record.current_data):
        text = "Others approved other data: look at it again, and approve that or reject it."
        raise Conflict(text, problems=[{"message": text, "code": "DATA_CHANGED", "where": "data"}])
    stands = record.current_data if approvals or data is None else data
    row = {
        "id": record.id,
        "tenant": record.tenant_id,
        "person": word.person,
        "is_approval": word.is_approval,
        "data": _json(stands) if word.is_approval else None,
        "comment": word.comment,
        "source": word.source,
    }
    await connection.execute(_VOTE, row)
    if word.is_approval and not approvals:
        await connection.execute(_STAND, {"id": record.id, "data": _json(stands)})
    if word.is_approval and approvals + 1 < record.needed:
        return
    status = APPROVED if word.is_approval else REJECTED
    decided = {"id": record.id, "status": status, "person": word.person, "comment": word.comment}
    await connection.execute(_DECIDE, decided)
    detail = {"execution": record.execution, "approval": str(record.id)}
    order = NewOrder(
        record.tenant_id,
        record.run_id,
        "answer",
        detail,
        key=f"approval/{record.id}",
        created_by=word.person,
        source="link" if word.link_id is not None else "api",
    )
    await give_order(connection, order)


async def _use(connection: AsyncConnection, record: ApprovalRecord, word: Word) -> None:
    where = {"link": word.link_id, "id": record.id, "person": word.person}
    if (await connection.execute(_USE_LINK, where)).one_or_none() is None:
        raise NotFound(NO_LINK)


def _same(one: Any, other: Any) -> bool:
    """Say whether two values are the same JSON, whatever the order of their keys, and 1.0 the same as 1."""
    return orjson.dumps(_plain(one), option=_SORTED) == orjson.dumps(_plain(other), option=_SORTED)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
