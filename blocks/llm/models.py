"""The table of language models: who runs each, how much it takes and gives, what it costs; it refuses no name.

A name that is not in the table goes to the provider of the credential, without a price and with a window that is guessed. What
stands here are facts of the providers' own pages, as of `PRICED_ON`; a price that is not known is None, never 0. OpenRouter tells
what each answer cost, so its models need no price here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

#: When windows and prices were last compared with the providers' pages.
PRICED_ON: Final = "2025-12"
#: Tokens of a model that is not in the table: most have more.
_UNKNOWN_WINDOW_TOKENS: Final = 32_768
_UNKNOWN_OUTPUT_TOKENS: Final = 4_096

#: Providers whose credentials the blocks for language models take.
PROVIDERS: Final = (
    "aiml_api",
    "anthropic",
    "groq",
    "llama_api",
    "ollama",
    "open_router",
    "openai",
    "openai_compatible",
    "v0",
)
#: What the blocks ask where nobody says.
DEFAULT_MODEL: Final = "gpt-5.2-2025-12-11"
DEFAULT_CODE_MODEL: Final = "gpt-5.1-codex"


@dataclass(frozen=True)
class Model:
    """A model. Prices are in millionths of a dollar for a million tokens."""

    name: str
    provider: str
    #: Tokens of prompt and answer together, and of the answer.
    window_tokens: int = _UNKNOWN_WINDOW_TOKENS
    output_tokens: int = _UNKNOWN_OUTPUT_TOKENS
    input_price: int | None = None
    output_price: int | None = None
    #: It takes a JSON Schema for its answer; by the prompt alone otherwise.
    has_schemas: bool = False
    #: It is served by OpenAI's Responses API only.
    is_for_responses: bool = False
    #: It stands in the table; what is said of another is a guess.
    is_known: bool = False

    def cost_micro_usd(self, input_tokens: int, output_tokens: int) -> int | None:
        """Give what so many tokens cost, rounded up; None where no price is known."""
        if self.input_price is None or self.output_price is None:
            return None
        return -(-(input_tokens * self.input_price + output_tokens * self.output_price) // 1_000_000)


def find_model(name: str, provider: str = "") -> Model:
    """Give what is known of a model; of one that is not in the table, a careful guess."""
    return _TABLE.get(name) or Model(name, provider)


def provider_by_model(provider: str | None = None) -> Mapping[str, str]:
    """Give {model: provider}, of one provider or of all."""
    return {name: one.provider for name, one in _TABLE.items() if provider in (None, one.provider)}


#: (name, window, most of the answer, dollars for a million tokens in and out, whether it takes a schema)
_Row = tuple[str, int, int, float | None, float | None, bool]

_OPENAI: Final[tuple[_Row, ...]] = (
    ("gpt-3.5-turbo", 16_385, 4_096, 0.5, 1.5, False),
    ("gpt-4-turbo", 128_000, 4_096, 10, 30, False),
    ("gpt-4o", 128_000, 16_384, 2.5, 10, True),
    ("gpt-4o-mini", 128_000, 16_384, 0.15, 0.6, True),
    ("gpt-4.1-2025-04-14", 1_047_576, 32_768, 2, 8, True),
    ("gpt-4.1-mini-2025-04-14", 1_047_576, 32_768, 0.4, 1.6, True),
    ("gpt-5-2025-08-07", 400_000, 128_000, 1.25, 10, True),
    ("gpt-5-mini-2025-08-07", 400_000, 128_000, 0.25, 2, True),
    ("gpt-5-nano-2025-08-07", 400_000, 128_000, 0.05, 0.4, True),
    ("gpt-5-chat-latest", 128_000, 16_384, 1.25, 10, True),
    ("gpt-5.1-2025-11-13", 400_000, 128_000, 1.25, 10, True),
    ("gpt-5.2-2025-12-11", 400_000, 128_000, 1.75, 14, True),
    ("o1", 200_000, 100_000, 15, 60, True),
    ("o1-mini", 128_000, 65_536, 1.1, 4.4, False),
    ("o3-2025-04-16", 200_000, 100_000, 2, 8, True),
    ("o3-mini", 200_000, 100_000, 1.1, 4.4, True),
)
_ANTHROPIC: Final[tuple[_Row, ...]] = (
    ("claude-3-haiku-20240307", 200_000, 4_096, 0.25, 1.25, False),
    ("claude-3-7-sonnet-20250219", 200_000, 64_000, 3, 15, False),
    ("claude-sonnet-4-20250514", 200_000, 64_000, 3, 15, False),
    ("claude-opus-4-20250514", 200_000, 32_000, 15, 75, False),
    ("claude-opus-4-1-20250805", 200_000, 32_000, 15, 75, True),
    ("claude-sonnet-4-5-20250929", 200_000, 64_000, 3, 15, True),
    ("claude-haiku-4-5-20251001", 200_000, 64_000, 1, 5, True),
    ("claude-opus-4-5-20251101", 200_000, 64_000, 5, 25, True),
)
_GROQ: Final[tuple[_Row, ...]] = (
    ("llama-3.1-8b-instant", 131_072, 131_072, 0.05, 0.08, False),
    ("llama-3.3-70b-versatile", 131_072, 32_768, 0.59, 0.79, False),
)
_OPEN_ROUTER: Final[tuple[_Row, ...]] = (
    ("amazon/nova-lite-v1", 300_000, 5_120, None, None, False),
    ("amazon/nova-micro-v1", 128_000, 5_120, None, None, False),
    ("amazon/nova-pro-v1", 300_000, 5_120, None, None, False),
    ("cohere/command-r-08-2024", 128_000, 4_096, None, None, False),
    ("cohere/command-r-plus-08-2024", 128_000, 4_096, None, None, False),
    ("deepseek/deepseek-chat", 64_000, 8_192, None, None, False),
    ("deepseek/deepseek-r1-0528", 163_840, 32_768, None, None, False),
    ("google/gemini-2.0-flash-001", 1_048_576, 8_192, None, None, False),
    ("google/gemini-2.0-flash-lite-001", 1_048_576, 8_192, None, None, False),
    ("google/gemini-2.5-flash", 1_048_576, 65_535, None, None, False),
    ("google/gemini-2.5-flash-lite-preview-06-17", 1_048_576, 65_535, None, None, False),
    ("google/gemini-2.5-pro-preview-03-25", 1_048_576, 65_536, None, None, False),
    ("google/gemini-3-pro-preview", 1_048_576, 65_536, None, None, False),
    ("gryphe/mythomax-l2-13b", 4_096, 4_096, None, None, False),
    ("meta-llama/llama-4-maverick", 1_048_576, 16_384, None, None, False),
    ("meta-llama/llama-4-scout", 327_680, 16_384, None, None, False),
    ("microsoft/wizardlm-2-8x22b", 65_536, 4_096, None, None, False),
    ("mistralai/mistral-nemo", 128_000, 4_096, None, None, False),
    ("moonshotai/kimi-k2", 131_072, 16_384, None, None, False),
    ("nousresearch/hermes-3-llama-3.1-405b", 131_072, 4_096, None, None, False),
    ("nousresearch/hermes-3-llama-3.1-70b", 12_288, 4_096, None, None, False),
    ("openai/gpt-oss-120b", 131_072, 32_768, None, None, False),
    ("openai/gpt-oss-20b", 131_072, 32_768, None, None, False),
    ("perplexity/sonar", 127_000, 8_000, None, None, False),
    ("perplexity/sonar-deep-research", 128_000, 16_000, None, None, False),
    ("perplexity/sonar-pro", 200_000, 8_000, None, None, False),
    ("qwen/qwen3-235b-a22b-thinking-2507", 262_144, 32_768, None, None, False),
    ("qwen/qwen3-coder", 262_144, 32_768, None, None, False),
    ("x-ai/grok-4", 256_000, 32_768, None, None, False),
    ("x-ai/grok-4-fast", 2_000_000, 30_000, None, None, False),
    ("x-ai/grok-4.1-fast", 2_000_000, 30_000, None, None, False),
    ("x-ai/grok-code-fast-1", 256_000, 10_000, None, None, False),
)
_AIML_API: Final[tuple[_Row, ...]] = (
    ("Qwen/Qwen2.5-72B-Instruct-Turbo", 32_000, 8_000, None, None, False),
    ("meta-llama/Llama-3.2-3B-Instruct-Turbo", 128_000, 4_096, None, None, False),
    ("meta-llama/Llama-3.3-70B-Instruct-Turbo", 128_000, 4_096, None, None, False),
    ("meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo", 131_000, 2_000, None, None, False),
    ("nvidia/llama-3.1-nemotron-70b-instruct", 128_000, 40_000, None, None, False),
)
_LLAMA_API: Final[tuple[_Row, ...]] = (
    ("Llama-3.3-70B-Instruct", 128_000, 4_028, None, None, False),
    ("Llama-3.3-8B-Instruct", 128_000, 4_028, None, None, False),
    ("Llama-4-Maverick-17B-128E-Instruct-FP8", 128_000, 4_028, None, None, False),
    ("Llama-4-Scout-17B-16E-Instruct-FP8", 128_000, 4_028, None, None, False),
)
_OLLAMA: Final[tuple[_Row, ...]] = (
    ("dolphin-mistral:latest", 32_768, 4_096, None, None, False),
    ("llama3", 8_192, 4_096, None, None, False),
    ("llama3.1:405b", 131_072, 4_096, None, None, False),
    ("llama3.2", 131_072, 4_096, None, None, False),
    ("llama3.3", 131_072, 4_096, None, None, False),
)
_V0: Final[tuple[_Row, ...]] = (
    ("v0-1.0-md", 128_000, 64_000, None, None, False),
    ("v0-1.5-lg", 512_000, 64_000, None, None, False),
    ("v0-1.5-md", 128_000, 64_000, None, None, False),
)
_DATE: Final = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2})$")
#: OpenAI's models for code have the Responses API alone.
_CODEX: Final[tuple[_Row, ...]] = (("gpt-5.1-codex", 400_000, 128_000, 1.25, 10, True),)


def _micro(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * 1_000_000)


def _models(provider: str, rows: tuple[_Row, ...], is_for_responses: bool = False) -> dict[str, Model]:
    return {
        name: Model(name, provider, window, output, _micro(given), _micro(got), has_schemas, is_for_responses, True)
        for name, window, output, given, got, has_schemas in rows
    }


_DATED: Final = (
    _models("openai", _OPENAI)
    | _models("openai", _CODEX, is_for_responses=True)
    | _models("anthropic", _ANTHROPIC)
    | _models("groq", _GROQ)
    | _models("open_router", _OPEN_ROUTER)
    | _models("aiml_api", _AIML_API)
    | _models("llama_api", _LLAMA_API)
    | _models("ollama", _OLLAMA)
    | _models("v0", _V0)
)
#: Providers also take a name without its date, for the newest of that name.
_TABLE: Final[Mapping[str, Model]] = MappingProxyType(
    {_DATE.sub("", name): one for name, one in _DATED.items()} | _DATED
)
