"""Registering webhooks at their provider, by a person's credential and the guarded way out; it keeps nothing.

A provider that has an API for it registers, changes and deregisters a hook; GitHub has one. With any other, a person enters the
address by hand. What a provider answers is told by its status alone: the body is somebody else's text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from api.errors import BadUserInput
from api.services import Services
from blocks.sdk.context import Http, HttpResponse
from schema.credentials import CredentialType
from schema.errors import CredentialUnusable, Unavailable

#: Seconds for its answer: an operation has ten for all that it does.
SECONDS: Final = 7.0
_ANSWER_BYTES_MAX: Final = 256 * 1024
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9_.-]{1,100}")
_HOOK: Final = re.compile(r"[0-9]{1,20}")
_GITHUB_VERSION: Final = "2022-11-28"


@dataclass(frozen=True)
class Hook:
    """What a provider is to call."""

    resource: str
    events: Sequence[str]
    url: str
    secret: str


class Registrar(Protocol):
    """A provider's API for hooks.

    Each verb raises CredentialUnusable or BadUserInput where the provider refuses, Unavailable where it is away.
    """

    def check(self, resource: str) -> None:
        """Raise BadUserInput where this cannot be what the provider is asked to watch."""
        ...

    async def register(self, hook: Hook, token: str) -> str:
        """Give what the provider calls the hook."""
        ...

    async def change_secret(self, hook: Hook, hook_id: str, token: str) -> None: ...

    async def deregister(self, resource: str, hook_id: str, token: str) -> None:
        """Take a hook away; one that is gone already is fine."""
        ...


@dataclass(frozen=True)
class GitHubHooks:
    """https://docs.github.com/rest/repos/webhooks"""

    http: Http
    api_url: str

    def check(self, resource: str) -> None:
        if not _REPOSITORY.fullmatch(resource) or resource.endswith(("/.", "/..")):
            raise BadUserInput("A repository is named `owner/name`.", where="resource")

    async def register(self, hook: Hook, token: str) -> str:
        body = {"name": "web", "active": True, "events": list(hook.events) or ["*"], "config": _config(hook)}
        answer = await self._ask("POST", f"/repos/{hook.resource}/hooks", token, body)
        _need(answer, 201)
        try:
            found = str(orjson.loads(answer.content)["id"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Unavailable("GitHub registered the hook and did not say under which id.") from error
        if not _HOOK.fullmatch(found):
            raise Unavailable("GitHub registered the hook and did not say under which id.")
        return found

    async def change_secret(self, hook: Hook, hook_id: str, token: str) -> None:
        path = f"/repos/{hook.resource}/hooks/{hook_id}/config"
        _need(await self._ask("PATCH", path, token, _config(hook)), 200)

    async def deregister(self, resource: str, hook_id: str, token: str) -> None:
        answer = await self._ask("DELETE", f"/repos/{resource}/hooks/{hook_id}", token, None)
        if answer.status != 404:
            _need(answer, 204)

    async def _ask(self, method: str, path: str, token: str, body: Mapping[str, Any] | None) -> HttpResponse:
        return await self.http.request(
            method,
            self.api_url.rstrip("/") + path,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {token}",
                "X-GitHub-Api-Version": _GITHUB_VERSION,
            },
            json=body,
            timeout_seconds=SECONDS,
            content_bytes_max=_ANSWER_BYTES_MAX,
            redirects_max=0,
        )


def registrar_of(services: Services, provider: str) -> Registrar | None:
    """Give a provider's API; None where hooks are registered by hand."""
    return GitHubHooks(services.http, services.config.github_api_url) if provider == "github" else None


async def token_of(services: Services, tenant: UUID, credential_id: UUID, person: UUID | None, provider: str) -> str:
    """Give what opens a provider's API, of a credential that a person may use; raise NotFound or CredentialUnusable."""
    credential, values = await services.of(tenant).credentials.open(tenant, credential_id, person)
    if credential.provider != provider or credential.type not in (CredentialType.API_KEY, CredentialType.OAUTH2):
        raise CredentialUnusable(f"The credential is no API key or OAuth access of {provider}.", where="credentialId")
    if credential.ended_at is not None:
        raise CredentialUnusable("The credential's access has ended: connect it again.", where="credentialId")
    return str(values["key"] if credential.type == CredentialType.API_KEY else values["access_token"])


def _config(hook: Hook) -> dict[str, Any]:
    return {"url": hook.url, "content_type": "json", "secret": hook.secret, "insecure_ssl": "0"}


def _need(answer: HttpResponse, status: int) -> None:
    if answer.status == status:
        return
    if answer.status in (401, 403):
        raise CredentialUnusable(f"GitHub answered {answer.status}: the credential may not manage hooks there.")
    if answer.status == 404:
        raise BadUserInput("GitHub knows no such repository, or does not show it to the credential.", where="resource")
    if answer.status == 422:
        raise BadUserInput("GitHub refused the hook: an event that it does not know, or one that is there already.")
    raise Unavailable(f"GitHub answered {answer.status}.")
