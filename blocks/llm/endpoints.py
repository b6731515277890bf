"""Where a model is asked, and with which key: a key goes to its provider's own address, and elsewhere only as its owner said.

An address that a graph gives (`base_url`, `ollama_host`) is anybody's, for agents are shared. So a credential is sent there only
where it names that host itself; Ollama, which needs no key, is asked without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from blocks.sdk.addresses import parse_url
from blocks.sdk.credentials import ApiKey
from blocks.sdk.llm import LlmRequest
from schema.errors import BlockFailed, CredentialUnusable

OLLAMA: Final = "ollama"
OPENAI: Final = "openai"
ANTHROPIC: Final = "anthropic"
OPEN_ROUTER: Final = "open_router"
#: Stands where an SDK wants a key and none may be sent.
NO_KEY: Final = "none"

BASE_URLS: Final[Mapping[str, str]] = {
    "aiml_api": "https://api.aimlapi.com/v1",
    ANTHROPIC: "https://api.anthropic.com",
    "groq": "https://api.groq.com/openai/v1",
    "llama_api": "https://api.llama.com/compat/v1",
    OPEN_ROUTER: "https://openrouter.ai/api/v1",
    OPENAI: "https://api.openai.com/v1",
    "v0": "https://api.v0.dev/v1",
}
#: What people call those that run models: every one of `models.PROVIDERS`.
TITLES: Final[Mapping[str, str]] = {
    "aiml_api": "AI/ML API",
    ANTHROPIC: "Anthropic",
    "groq": "Groq",
    "llama_api": "Llama API",
    OLLAMA: "Ollama",
    OPEN_ROUTER: "OpenRouter",
    OPENAI: "OpenAI",
    "openai_compatible": "A server that speaks OpenAI's API",
    "v0": "v0",
}


@dataclass(frozen=True)
class Endpoint:
    """Where to send a request, and the key that goes along."""

    provider: str
    base_url: str
    key: str


def endpoint_of(request: LlmRequest, credential: ApiKey, base_urls: Mapping[str, str]) -> Endpoint:
    """Give where a request goes; `base_urls` are the operator's own, by provider.

    Raises BlockFailed where nobody says, CredentialUnusable where the key may not go there.
    """
    provider = credential.reference.provider
    own = base_urls.get(provider) or BASE_URLS.get(provider)
    if request.base_url is None:
        if own is None:
            raise BlockFailed(f"A model of {provider!r} needs the address of its server: set the pin `base_url`.")
        return Endpoint(provider, own, credential.key)
    if request.base_url == own or credential.may_go_to(request.base_url):
        return Endpoint(provider, request.base_url, credential.key)
    if provider == OLLAMA:
        return Endpoint(provider, request.base_url, NO_KEY)
    authority = parse_url(request.base_url).authority
    raise CredentialUnusable(
        f"The credential {credential.reference.title or credential.reference.id!r} may not be sent to {authority}: "
        f"add {authority} to its hosts, or leave the address empty to ask {provider} itself."
    )


def ollama_url(host: str) -> str:
    """Give the base URL of an Ollama server, which is written as `host:port` or as a URL."""
    address = host.strip().rstrip("/") or "localhost:11434"
    if "://" not in address:
        address = f"http://{address}"
    return address if address.endswith("/v1") else f"{address}/v1"
