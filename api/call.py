"""Call: one request as resolvers see it: who asks, what they may, the stores of their tenant; it lives as long as it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader
from strawberry.fastapi import BaseContext

from api.errors import Forbidden, Unauthenticated
from api.services import Services, TenantServices
from schema.access import Principal, Right
from schema.db.audit import Act

K = TypeVar("K")
V = TypeVar("V")


class Call(BaseContext):
    """A request, or a socket's operation."""

    def __init__(self, services: Services, principal: Principal | None, ip: str | None) -> None:
        super().__init__()
        self.services = services
        self.found_principal = principal
        self.ip = ip
        self.request_id = secrets.token_hex(8)
        #: The token by which the caller was recognised, for a socket that looks again.
        self.token: str | None = None
        #: A socket lives long, so what it has read is not kept.
        self.is_socket = False
        self._loaders: dict[str, DataLoader[Any, Any]] = {}

    @property
    def principal(self) -> Principal:
        """Give who asks; raise Unauthenticated where nobody is known."""
        if self.found_principal is None:
            raise Unauthenticated
        return self.found_principal

    @property
    def tenant(self) -> UUID:
        return self.principal.tenant_id

    @cached_property
    def stores(self) -> TenantServices:
        """Give the caller's tenant's stores, and no others."""
        return self.services.of(self.tenant)

    def need(self, right: Right) -> None:
        """Raise Unauthenticated or Forbidden where the caller has not this right."""
        if not self.principal.may(right):
            raise Forbidden(
                f"This needs the right {right.value}, which your role or key does not give.", right=right.value
            )

    def loader(self, name: str, load: Callable[[Sequence[K]], Awaitable[dict[K, V]]]) -> DataLoader[K, V | None]:
        """Give this call's loader of a kind of thing: all keys asked for in one turn are read by one call of `load`."""
        if name not in self._loaders:

            async def load_list(keys: list[K]) -> list[V | None]:
                found = await load(keys)
                return [found.get(key) for key in keys]

            self._loaders[name] = DataLoader(load_fn=load_list, cache=not self.is_socket)
        return self._loaders[name]

    def forget(self, name: str) -> None:
        """Forget what a loader has read: this call has changed it."""
        self._loaders.pop(name, None)

    async def throttle(self, what: str) -> None:
        """Count one more try of something that is guessed at; each alias of an operation is a try of its own."""
        await self.services.throttle.take(what, self.ip or "")

    async def note(self, operation: str, outcome: str, code: str | None = None, object_id: str | None = None) -> None:
        """Add a line to the audit log of the caller's organisation; what nobody known did is in no organisation's log."""
        who = self.found_principal
        if who is None:
            return
        await self.services.audit.add(
            Act(who.tenant_id, who.person_id, who.key_id, self.ip, operation, object_id, outcome, code, self.request_id)
        )
