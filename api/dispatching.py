"""Dispatching: from a delivery that is kept to the runs that it starts, attachment by attachment; it takes nothing in.

Each attachment is alone, in the name of who attached it: what it cannot do is written down at it and at the delivery, and keeps
no other from running. A run's id follows from the delivery, the attachment and the replay, so whoever does it, and however
often, starts one run. The request that took a delivery in dispatches it at once; what it left, because it died or the database was
away, is taken up by the loop that each API process has.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.errors import as_known
from api.services import Services, TenantServices
from schema.block import PAYLOAD
from schema.db.accepting import Wanted, check_access
from schema.db.attachments import Attachment
from schema.db.deliveries import Deliveries, Delivery, Taken
from schema.db.library import Owner
from schema.db.values import resolve
from schema.errors import AccessLost, Conflict, DrystoneError, NotFound
from schema.ids import delivery_run_id
from schema.interface import has_trigger

log = structlog.get_logger()

BATCH: Final = 50
LOOK_SECONDS: Final = 2.0
#: Their fault is the world's: the row stays to be done, and is tried again.
_WORLD: Final = (SQLAlchemyError, OSError)


@dataclass
class Dispatcher:
    """What starts the runs of deliveries, of all tenants."""

    services: Services
    #: How often deliveries came again, (tenant, delivery), since that was written down: a process that is killed forgets it.
    repeats: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)

    async def run(self) -> None:
        """Take up what was left, until cancelled."""
        while True:
            try:
                is_more = await self.look()
            except _WORLD as error:
                log.warning("deliveries have to wait", error=type(error).__name__)
                is_more = False
            except Exception:  # A fault of ours: without this loop, nothing would ever take up what was left.
                log.exception("deliveries have to wait")
                is_more = False
            if not is_more:
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> bool:
        """Do a batch of what is to be done, and write down what came again; say whether there is more at once."""
        await self.count_repeats()
        # Whose deliveries these are is not known before they are claimed: this works as the owner of the tables.
        claimed = await Deliveries(self.services.engine).claim(BATCH)
        for tenant, delivery_id in claimed:
            await self.dispatch(tenant, delivery_id)
        return len(claimed) == BATCH

    async def dispatch(self, tenant: UUID, delivery_id: UUID) -> None:
        """Do what is to be done of a delivery. It raises nothing: what cannot be done now stays to be done."""
        stores = self.services.of(tenant)
        try:
            pending = await stores.deliveries.pending(tenant, delivery_id)
            delivery = await stores.deliveries.get(tenant, delivery_id)
            rows = [(delivery.body.get("value"), delivery.body.get("handle"))]
            (payload,) = await resolve(stores.values, tenant, rows) if pending else (None,)
            for attachment, replay in pending:
                await self._attempt(stores, delivery, attachment, replay, payload)
            await stores.deliveries.close(tenant, delivery_id)
        except (*_WORLD, DrystoneError) as error:
            log.warning("a delivery has to wait", delivery=str(delivery_id), error=type(error).__name__)

    async def follow(self, tenant: UUID, taken: Taken) -> None:
        """Do what comes after the answer to a sender: dispatch a delivery that is new, count one that came again."""
        self.services.instruments.deliveries.labels("new" if taken.is_new else "repeated").inc()
        if taken.is_new:
            await self.dispatch(tenant, taken.id)
        else:
            # Written down together, by the loop: each for itself would wait for the others' lock on the row.
            self.repeats[tenant, taken.id] += 1

    async def count_repeats(self) -> None:
        """Write down how often deliveries came again; what cannot be written now is written later."""
        for tenant, delivery_id in list(self.repeats):
            count = self.repeats.pop((tenant, delivery_id))
            try:
                await self.services.of(tenant).deliveries.count_repeats(tenant, delivery_id, count)
            except _WORLD:
                self.repeats[tenant, delivery_id] += count
                raise

    async def _attempt(
        self, stores: TenantServices, delivery: Delivery, attachment: Attachment, replay: int, payload: Any
    ) -> None:
        run, problem = None, None
        try:
            run = await self._start(stores, delivery, attachment, replay, payload)
        except Exception as error:  # Whatever it is, at one attachment it keeps no other from running.
            known = as_known(error)
            if known is not None and known.fault == "world":
                log.warning("an attachment has to wait", attachment=str(attachment.id), error=type(error).__name__)
                return
            if known is None:
                log.exception("an attachment could not be run", attachment=str(attachment.id))
                known = DrystoneError("Something went wrong on our side.")
            problem = {"code": known.code, "message": known.message}
        if problem is not None:
            problem = {**problem, "at": datetime.now(UTC).isoformat()}
        await stores.deliveries.finish(delivery.id, attachment.id, replay, run=run, error=problem)

    async def _start(
        self, stores: TenantServices, delivery: Delivery, attachment: Attachment, replay: int, payload: Any
    ) -> UUID:
        """Accept the run of a delivery at an attachment; give its id."""
        tenant, run_id = stores.tenant, delivery_run_id(delivery.id, attachment.id, replay)
        if attachment.deleted_at is not None:
            raise NotFound("The agent was detached before its run began.")
        await check_access(self.services.people, tenant, attachment.created_by)
        assert attachment.created_by is not None
        wanted = await _wanted(stores, Owner(tenant, attachment.created_by), attachment, delivery.id, replay)
        graph, plan = await self.services.compiled.get(stores.graphs, tenant, wanted.graph_id, wanted.graph_version)
        specs = self.services.registry.specs
        name = attachment.content.input_name
        if name is None and not has_trigger(graph, specs):
            raise Conflict("The agent has no trigger any more: say at the attachment which input takes what comes.")
        given = _given(wanted, {PAYLOAD if name is None else name: payload})
        compiled = (graph, (plan.hash, plan.to_lists()))
        try:
            run = await stores.accepting.accept(tenant, attachment.created_by, given, compiled, specs, id=run_id)
        except Conflict as error:
            # It was accepted before, and the attachment was changed since.
            if error.fields.get("run_id") != str(run_id):
                raise
            return run_id
        return run.id


async def _wanted(
    stores: TenantServices, owner: Owner, attachment: Attachment, delivery_id: UUID, replay: int
) -> Wanted:
    """Give the run that an attachment asks for, what its preset says below what it says itself."""
    said = attachment.content
    version, inputs, credentials = said.graph_version, dict(said.inputs), dict(said.credentials)
    if said.preset_id is not None:
        try:
            preset = (await stores.presets.get(owner, said.preset_id)).content
        except NotFound as error:
            raise AccessLost("The preset is not there any more: attach the agent anew, or another preset.") from error
        version = preset.graph_version if version is None else version
        inputs, credentials = {**preset.inputs, **inputs}, {**preset.credentials, **credentials}
    return Wanted(
        graph_id=attachment.graph_id,
        graph_version=version,
        inputs=inputs,
        credentials=credentials,
        idempotency_key=f"webhook/{delivery_id}/{attachment.id}/{replay}",
        trigger="webhook",
        trigger_id=attachment.id,
    )


def _given(wanted: Wanted, more: Mapping[str, Any]) -> Wanted:
    return Wanted(**{**vars(wanted), "inputs": {**wanted.inputs, **more}})
