"""Credentials for a node: its references are resolved, checked, renewed where their end is near, and opened; never written.

Just before the block runs, and only in the worker that runs it: the run, its rows and Temporal have the reference. Whoever
started the run must be one who may use the credential, and it must be of a provider, a type and the scopes that the pin asks for.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

from blocks.oauth import OAuthProvider
from blocks.renewing import renewed_tokens
from blocks.sdk import credentials as sdk
from blocks.sdk.context import Http
from schema.credentials import Held, Reference, Requirement, misfit
from schema.db.credentials import Credential, Credentials, Secret, renewed_secret
from schema.db.runs import Runs
from schema.errors import CredentialUnusable, NotFound, SealBroken

#: A credential's use is written down at most so often.
USE_SECONDS: Final = 60
_STARTERS_KEPT: Final = 2_000


@dataclass
class Resolver:
    """Opens credentials for the nodes of a worker process."""

    credentials: Credentials
    runs: Runs
    http: Http
    providers: Mapping[str, OAuthProvider]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    #: One renewal of a credential at a time waits for its row; the others wait here and hold no connection.
    _renewing: WeakValueDictionary[UUID, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _starters: OrderedDict[UUID, UUID | None] = field(default_factory=OrderedDict)

    async def resolve(
        self, tenant: UUID, run_id: UUID, requirement: Requirement, inputs: Mapping[str, Any]
    ) -> sdk.Credential | None:
        """Give what the pin of a requirement refers to, open; None where it refers to nothing.

        Raises CredentialUnusable where it may not be used for this, Unavailable where a provider or a key is away.
        """
        reference = requirement.reference_in(inputs)
        if reference is None:
            return None
        named = f"The credential {reference.title or reference.id!r}"
        try:
            person = await self._starter(tenant, run_id)
            credential, values = await self._open(tenant, _uuid(reference), person, requirement, inputs)
        except NotFound as error:
            # Of one that is somebody else's as of one that is not there.
            text = f"{named} is not there, or who started the run may not use it."
            raise CredentialUnusable(text, pin=requirement.pin) from error
        except SealBroken as error:
            raise SealBroken(
                f"{named} does not open: what is stored of it was changed, or is of another row."
            ) from error
        return sdk.open_credential(
            credential.reference,
            values,
            hosts=self._hosts_of(credential),
            scopes=credential.scopes,
            expires_at=credential.expires_at,
        )

    async def _open(
        self,
        tenant: UUID,
        credential_id: UUID,
        person: UUID | None,
        requirement: Requirement,
        inputs: Mapping[str, Any],
    ) -> tuple[Credential, Mapping[str, Any]]:
        """Give a credential with its secret, renewed where it is due, and note that it is used."""
        credential, values = await self.credentials.open(tenant, credential_id, person)
        _check(credential, requirement, inputs)
        if self._is_due(credential):
            credential, values = await self._renewed(tenant, credential_id, person)
            _check(credential, requirement, inputs)
        if credential.used_at is None or credential.used_at < self.clock() - timedelta(seconds=USE_SECONDS):
            await self.credentials.touch(tenant, credential_id)
        return credential, values

    async def _starter(self, tenant: UUID, run_id: UUID) -> UUID | None:
        """Give who started a run; that never changes."""
        if run_id not in self._starters:
            self._starters[run_id] = (await self.runs.get(tenant, run_id)).created_by
            if len(self._starters) > _STARTERS_KEPT:
                self._starters.popitem(last=False)
        return self._starters[run_id]

    def _hosts_of(self, credential: Credential) -> tuple[str, ...]:
        provider = self.providers.get(credential.provider)
        own = tuple(credential.hosts)
        return own or (() if provider is None else tuple(provider.hosts))

    def _is_due(self, credential: Credential) -> bool:
        return credential.is_due(self.clock())

    async def _renewed(
        self, tenant: UUID, credential_id: UUID, person: UUID | None
    ) -> tuple[Credential, Mapping[str, Any]]:
        lock = self._renewing.setdefault(credential_id, asyncio.Lock())
        async with lock:
            return await self.credentials.renew(tenant, credential_id, person, self._is_due, self._renewal)

    async def _renewal(self, credential: Credential, values: Mapping[str, Any]) -> Secret:
        """Ask the provider for new tokens. Every error names the credential."""
        name, title, renewing = credential.provider, credential.title, values.get("refresh_token")
        tokens = await renewed_tokens(self.http, self.providers, name, title, renewing)
        return renewed_secret(credential, values, tokens, self.clock())


def _uuid(reference: Reference) -> UUID:
    try:
        return UUID(reference.id)
    except ValueError as error:
        raise NotFound from error


def _check(credential: Credential, requirement: Requirement, inputs: Mapping[str, Any]) -> None:
    """Raise CredentialUnusable where a credential is not what the pin asks for."""
    held = Held(credential.provider, credential.type, credential.scopes, credential.ended_at is not None)
    providers = requirement.accepted(requirement.providers_in(inputs))
    reason = misfit(held, providers, requirement.types, requirement.scopes)
    if reason is not None:
        raise CredentialUnusable(f"The credential {credential.title!r} {reason}.", pin=requirement.pin)
