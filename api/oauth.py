"""Granting access by OAuth: a person is sent to the provider, and comes back with a code that becomes a credential.

What holds it together is the state: random, known to the person's browser and the provider, kept as its hash, good for ten minutes
and one callback, whatever comes of it. With it go who asked, for which organisation, at which provider, and the PKCE verifier, so
a code is only ever shown to the provider that it is from. Who completes a grant needs no token here: the state is the proof. It
follows that whoever follows such an address grants access to the one who asked for it; the last page says who that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from api.call import Call
from api.errors import BadUserInput
from api.secrets import check_scopes, last_of
from api.services import Services
from blocks.oauth import OAuthProvider, Tokens, authorize_url, exchange_code
from schema.credentials import CredentialType
from schema.db.audit import Act
from schema.db.credentials import Credential, Secret
from schema.db.oauth_states import Authorization, OAuthStates
from schema.errors import CredentialUnusable, DrystoneError

CALLBACK_PATH: Final = "/oauth/callback"
_TEXT_CHARACTERS_MAX: Final = 4_096


class GrantRefused(DrystoneError):
    """The access was not granted."""

    code = "BAD_USER_INPUT"
    fault = "theirs"


@dataclass(frozen=True)
class Granted:
    """What came of a callback."""

    credential: Credential
    organisation: str
    email: str


async def begin(call: Call, provider_name: str, scopes: Sequence[str], title: str, credential_id: UUID | None) -> str:
    """Give the address at which the caller grants access; raise NotFound or BadUserInput."""
    provider = call.services.config.oauth_providers.get(provider_name)
    if provider is None:
        known = ", ".join(call.services.config.oauth_providers) or "none"
        raise BadUserInput(f"There is no OAuth provider {provider_name!r} here; there are: {known}.", where="provider")
    wanted = check_scopes(scopes)
    if credential_id is not None:
        old = await call.stores.credentials.get(call.tenant, credential_id, call.principal.person_id)
        if old.type != CredentialType.OAUTH2 or old.provider != provider.name:
            raise BadUserInput(f"The credential is not one of {provider.name} by OAuth.", where="credentialId")
        wanted = list(dict.fromkeys([*old.scopes, *wanted]))
    redirect_uri = f"{call.services.config.public_url.rstrip('/')}{CALLBACK_PATH}"
    begun = await call.stores.oauth_states.begin(
        call.tenant,
        call.principal.person_id,
        provider=provider.name,
        scopes=wanted,
        redirect_uri=redirect_uri,
        title=title,
        credential_id=credential_id,
    )
    return authorize_url(provider, redirect_uri=redirect_uri, state=begun.state, verifier=begun.verifier, scopes=wanted)


async def finish(services: Services, answer: Mapping[str, str], ip: str | None, request_id: str) -> Granted:
    """Turn what a provider sent back into a credential. Raises GrantRefused, or what the provider's refusal is."""
    state = answer.get("state", "")
    if not state or any(len(text) > _TEXT_CHARACTERS_MAX for text in answer.values()):
        raise GrantRefused("This is no answer of a provider.")
    # The callback knows no tenant before it has the state, so this works as the owner of the tables.
    found = await OAuthStates(services.engine, services.vault).take(state)
    if found is None:
        raise GrantRefused("This was not asked for here, or it was used, or its time is over. Begin again.")

    async def note(outcome: str, code: str | None, about: UUID | None) -> None:
        object_id = None if about is None else str(about)
        act = Act(found.tenant_id, found.person_id, None, ip, "oauthCallback", object_id, outcome, code, request_id)
        await services.audit.add(act)

    try:
        granted = await _grant(services, found, answer)
    except DrystoneError as error:
        await note("REFUSED", error.code, found.credential_id)
        raise
    await note("ALLOWED", None, granted.credential.id)
    return granted


async def _grant(services: Services, found: Authorization, answer: Mapping[str, str]) -> Granted:
    provider = _provider_of(services, found, answer)
    member = (await services.people.members_by_id(found.tenant_id, [found.person_id])).get(found.person_id)
    organisations = await services.people.organisations_of(found.person_id)
    name = next((one.name for one in organisations if one.id == found.tenant_id), None)
    if member is None or name is None:
        raise GrantRefused("Who asked for this is not in the organisation any more.")
    tokens = await exchange_code(
        services.http,
        provider,
        code=answer["code"],
        verifier=found.verifier,
        redirect_uri=found.redirect_uri,
    )
    return Granted(await _keep(services, found, tokens), name, member.email)


def _provider_of(services: Services, found: Authorization, answer: Mapping[str, str]) -> OAuthProvider:
    """Give the provider that was asked; raise GrantRefused where it refused, or where somebody else answers."""
    provider = services.config.oauth_providers.get(found.provider)
    if provider is None:
        raise GrantRefused(f"The provider {found.provider} is not set up here any more.")
    # RFC 9207: a code of another provider must not be shown to this one.
    if provider.issuer is not None and answer.get("iss", provider.issuer) != provider.issuer:
        raise GrantRefused(f"The answer is not from {provider.name}.")
    if "error" in answer:
        said = "access_denied" if answer["error"] == "access_denied" else "an error"
        raise GrantRefused(f"{provider.name} says {said}: nothing was granted.")
    if not answer.get("code"):
        raise GrantRefused(f"{provider.name} sent no code.")
    return provider


async def _keep(services: Services, found: Authorization, tokens: Tokens) -> Credential:
    """Seal the tokens, in a new credential or in the one whose scopes are widened."""
    store = services.of(found.tenant_id).credentials
    renewing = tokens.refresh_token
    if found.credential_id is not None and renewing is None:
        _, old = await store.open(found.tenant_id, found.credential_id, found.person_id)
        renewing = old.get("refresh_token")
    values = {"access_token": tokens.access_token, **({} if renewing is None else {"refresh_token": renewing})}
    life = tokens.life_seconds
    secret = Secret(
        values,
        last4=last_of(tokens.access_token),
        scopes=found.scopes if tokens.scopes is None else tokens.scopes,
        expires_at=None if life is None else datetime.now(UTC) + timedelta(seconds=life),
    )
    if found.credential_id is None:
        kind = CredentialType.OAUTH2
        return await store.make(found.tenant_id, found.person_id, found.provider, kind, found.title, secret)
    row = await store.get(found.tenant_id, found.credential_id, found.person_id)
    if row.type != CredentialType.OAUTH2 or row.provider != found.provider:
        raise CredentialUnusable("The credential is of another kind by now.")
    return await store.change(
        found.tenant_id, row.id, found.person_id, title=found.title, owner=row.owner_id, secret=secret
    )
