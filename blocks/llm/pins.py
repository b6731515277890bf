"""What the blocks for language models share: pins, prompts that are rendered and fitted, and how they ask; no block is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from blocks.llm import demo
from blocks.llm.client import DirectLlm
from blocks.llm.endpoints import OLLAMA, ollama_url
from blocks.llm.fitting import fitted
from blocks.llm.models import DEFAULT_MODEL, PROVIDERS, find_model, provider_by_model
from blocks.llm.schemas import instruction
from blocks.llm.tokens import count_tokens
from blocks.sdk.block import Example, pin
from blocks.sdk.context import Context
from blocks.sdk.credentials import ApiKey, CredentialsField
from blocks.sdk.llm import LlmAnswer, LlmRequest, Message, OnText
from blocks.sdk.templates import render
from schema.errors import BlockFailed, shorten

#: A key for the provider that the pin `model` means.
AICredentials = Annotated[
    ApiKey, CredentialsField(providers=PROVIDERS, discriminator="model", mapping=provider_by_model(), has_demo=True)
]
_PROMPT_CHARS_MAX: Final = 10_000_000
_UNKNOWN_TOKENS_MAX: Final = 2_000_000
#: Tokens of the object that is put around a schema of another kind.
_AROUND_TOKENS: Final = 50


def model_pin() -> Any:
    return pin(
        DEFAULT_MODEL,
        title="Model",
        description="The language model. A name that is not known here goes to the provider of the credential.",
    )


def credentials_pin() -> Any:
    return pin(description="The key of the model's provider.")


def ollama_pin() -> Any:
    return pin(
        "localhost:11434", description="Where Ollama listens, for models of its; the operator must have opened it."
    )


def address_pin() -> Any:
    return pin(
        None,
        description="Where a server is that speaks OpenAI's API, as `http://host:port/v1`, in place of the provider's own; the "
        "credential must name its host.",
    )


def max_tokens_pin() -> Any:
    return pin(None, description="Most tokens of the answer; none: as many as the model gives.", ge=1)


def demo_example(*, input: Mapping[str, Any], output: Sequence[tuple[str, Any]], **more: Any) -> Example:
    """Give an example that the demo answers."""
    return Example(
        input={**input, "credentials": demo.CREDENTIAL.reference.to_wire()},
        output=output,
        credentials={"credentials": demo.CREDENTIAL},
        surroundings={"llm": DirectLlm()},
        **more,
    )


@dataclass(frozen=True)
class Asking:
    """How a block asks: which model, by which credential, where."""

    model: str
    credential: ApiKey
    ollama_host: str = ""
    base_url: str | None = None
    max_tokens: int | None = None

    @property
    def address(self) -> str | None:
        """Give where the model is, where that is not its provider's own address."""
        if self.base_url:
            return self.base_url.rstrip("/")
        return ollama_url(self.ollama_host) if self.credential.reference.provider == OLLAMA else None

    @property
    def answer_tokens(self) -> int:
        """Give how many tokens are left to the answer: no more than the model gives, and half of its window at most."""
        model = find_model(self.model)
        if not model.is_known:
            return self.max_tokens or model.output_tokens
        return min(self.max_tokens or model.window_tokens // 4, model.output_tokens, model.window_tokens // 2)

    @property
    def prompt_tokens(self) -> int:
        """Give how many tokens a prompt may have. What is over it is cut, or refused."""
        model = find_model(self.model)
        # Of a model that is not known its provider says what is too long: cutting by a guess would lose what it takes.
        return model.window_tokens - self.answer_tokens if model.is_known else _UNKNOWN_TOKENS_MAX

    def request(self, messages: Sequence[Message], *, is_cut: bool = True, **more: Any) -> LlmRequest:
        """Give a request whose prompt fits the model. Raises BlockFailed where it does not, and may not be cut."""
        # What is said of the schema comes to the prompt later.
        schema = more.get("answer_schema")
        told = 0 if schema is None else count_tokens(instruction(schema)) + _AROUND_TOKENS
        return LlmRequest(
            model=self.model,
            messages=fitted(messages, self.prompt_tokens - told, is_cut=is_cut),
            # A provider refuses to be asked for more than the model gives.
            max_tokens=None if self.max_tokens is None else self.answer_tokens,
            base_url=self.address,
            **more,
        )

    async def ask(self, context: Context, request: LlmRequest, on_text: OnText | None = None) -> LlmAnswer:
        """Ask. Raises BlockFailed where the model refuses; an answer that met its limit is one, and the log says so."""
        answer = await context.llm.complete(request, self.credential, on_text)
        if answer.stop_reason == "refused":
            said = answer.text or answer.reasoning
            raise BlockFailed(f"{self.model} refused to answer{f': {shorten(said, 300)}' if said else '.'}")
        if answer.stop_reason == "length":
            context.log("warning", f"{self.model} met the limit of its answer: it is cut. Set `max_tokens` higher.")
        return answer


async def conversation_of(
    system: str, prompt: str, values: Mapping[str, Any], earlier: Sequence[Message] = ()
) -> tuple[Message, ...]:
    """Give a conversation that ends with a prompt; both texts are templates where values are given, and plain where none are."""
    if values:
        system, prompt = await render(system, values), await render(prompt, values)
    if len(system) + len(prompt) > _PROMPT_CHARS_MAX:
        raise BlockFailed(f"The prompt has more than {_PROMPT_CHARS_MAX} characters.")
    begin = (Message("system", system),) if system.strip() else ()
    end = (Message("user", prompt),) if prompt.strip() else ()
    return (*begin, *earlier, *end)


def shown(request: LlmRequest) -> list[dict[str, Any]]:
    """Give a prompt as blocks emit it."""
    return [message.to_wire() for message in request.messages]
