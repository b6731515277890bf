"""Blocks for Jina: search the web, read a page as text, check a statement, embed and cut texts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.providers.jina import JINA, JinaCredentials
from blocks.sdk import ApiKey, Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Unavailable, Yield, pin
from blocks.sdk.rest import Api, Operation, RestBlock
from blocks.sdk.texts import text_of
from schema.credentials import Reference

_EXAMPLE: Final = ApiKey(Reference("00000000-0000-4000-8000-000000000004", "jina", "api_key", "Example"), key="example")
_WITH: Final = {"credentials": _EXAMPLE}
_REFERENCE: Final = _EXAMPLE.reference.to_wire()
#: Jina searches, and reads what it found, before it answers.
_SEARCH_SECONDS: Final = 90.0
#: Texts that one execution embeds or cuts.
_TEXTS_MAX: Final = 1_000


class SearchTheWeb(Block):
    """Search the web, and give what the best pages say as one text."""

    id = "87840993-2053-44b7-8da4-187ad4ee518c"
    name = "SearchTheWebBlock"
    categories = ("SEARCH",)
    is_batchable = True

    class Input(BlockInput):
        credentials: JinaCredentials = pin(description="Access to Jina.")
        query: str = pin(description="What to search for.")

    class Output(BlockOutput):
        results: str = pin(description="What the pages say, with their titles and addresses.")

    examples = (
        Example(
            input={"query": "temporal", "credentials": _REFERENCE},
            output=[("results", "[1] Title: Temporal")],
            answers=[(200, {"content-type": "text/plain"}, b"[1] Title: Temporal")],
            credentials=_WITH,
        ),
        Example(
            title="Nothing to search for",
            input={"query": " ", "credentials": _REFERENCE},
            output=[],
            error="what to search for",
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not inputs.query.strip():
            raise BlockFailed("Say what to search for.")
        api = Api(JINA, inputs.credentials, context)
        answer = await api.call(
            "GET",
            "search:/",
            query={"q": inputs.query},
            headers={"Accept": "text/plain"},
            timeout_seconds=_SEARCH_SECONDS,
        )
        yield "results", _text(answer.content)


class ExtractWebsiteContent(Block):
    """Read a web page as text: through Jina, which leaves out what is not content, or as it is."""

    id = "436c3984-57fd-4b85-8e9a-459b356883bd"
    name = "ExtractWebsiteContentBlock"
    categories = ("SEARCH",)
    is_batchable = True

    class Input(BlockInput):
        credentials: JinaCredentials = pin(description="Access to Jina.")
        url: str = pin(description="The page.", placeholder="https://example.com")
        raw_content: bool = pin(
            False, title="Raw content", description="Give the page as it is; Jina is not asked, and gets no key."
        )

    class Output(BlockOutput):
        content: str = pin(description="The page's text.")

    examples = (
        Example(
            input={"url": "https://example.com", "credentials": _REFERENCE},
            output=[("content", "# Example Domain")],
            answers=[(200, {"content-type": "text/plain"}, b"# Example Domain")],
            credentials=_WITH,
        ),
        Example(
            title="As it is",
            input={"url": "https://example.com", "raw_content": True, "credentials": _REFERENCE},
            output=[("content", "<h1>Example Domain</h1>")],
            answers=[(200, {"content-type": "text/html"}, b"<h1>Example Domain</h1>")],
            credentials=_WITH,
        ),
        Example(
            title="A page that is not there",
            input={"url": "https://example.com/none", "raw_content": True, "credentials": _REFERENCE},
            output=[],
            answers=[(404, {}, b"")],
            error="404",
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "content", await (_as_it_is(inputs.url, context) if inputs.raw_content else _read(inputs, context))


async def _read(inputs: ExtractWebsiteContent.Input, context: Context) -> str:
    api = Api(JINA, inputs.credentials, context)
    answer = await api.call(
        "POST",
        "reader:/",
        json={"url": inputs.url},
        headers={"Accept": "text/plain"},
        timeout_seconds=_SEARCH_SECONDS,
        is_repeatable=True,
    )
    return _text(answer.content)


async def _as_it_is(url: str, context: Context) -> str:
    response = await context.http.request("GET", url if "://" in url else f"https://{url}")
    if response.status >= 500:
        raise Unavailable(f"The page's server answered {response.status}.")
    if response.status >= 400:
        raise BlockFailed(f"The page cannot be read: its server answered {response.status}.")
    return response.text()


class FactChecker(RestBlock):
    """Check a statement against the web: how true it is, why, and where that stands."""

    id = "d38b6c5e-9968-4271-8423-6cfe60d6e7e6"
    name = "FactCheckerBlock"
    categories = ("SEARCH",)
    provider = JINA
    operation = Operation(
        "GET",
        "grounding:/{statement}",
        gives={
            "factuality": ("data", "factuality"),
            "result": ("data", "result"),
            "reason": ("data", "reason"),
            "references": ("data", "references"),
        },
    )

    class Input(BlockInput):
        statement: str = pin(description="The statement.")
        credentials: JinaCredentials = pin(description="Access to Jina.")

    class Output(BlockOutput):
        factuality: float = pin(description="How true it is, from 0 to 1.")
        result: bool = pin(description="Whether it is true.")
        reason: str = pin(description="Why.")
        references: list[dict[str, Any]] = pin(description="Where that stands: url, keyQuote, isSupportive.")

    examples = (
        Example(
            input={"statement": "Jina is a company.", "credentials": _REFERENCE},
            output=[("factuality", 0.9), ("result", True), ("reason", "It says so."), ("references", [])],
            answers=[
                (
                    200,
                    {},
                    b'{"data": {"factuality": 0.9, "result": true, "reason": "It says so.", "references": []}}',
                )
            ],
            credentials=_WITH,
        ),
    )


class JinaEmbedding(Block):
    """Give the embedding of each text: what a vector database compares."""

    id = "7c56b3ab-62e7-43a2-a2dc-4ec4245660b6"
    name = "JinaEmbeddingBlock"
    categories = ("AI",)
    is_batchable = True

    class Input(BlockInput):
        texts: list[Any] = pin(description="The texts.", max_length=_TEXTS_MAX)
        credentials: JinaCredentials = pin(description="Access to Jina.")
        model: str = pin("jina-embeddings-v2-base-en", description="The model.")

    class Output(BlockOutput):
        embeddings: list[Any] = pin(description="A list of numbers for each text.")

    examples = (
        Example(
            input={"texts": ["a"], "credentials": _REFERENCE},
            output=[("embeddings", [[0.5, 1.0]])],
            answers=[(200, {}, b'{"data": [{"index": 0, "embedding": [0.5, 1.0]}]}')],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        body = {"input": [str(text) for text in inputs.texts], "model": inputs.model}
        answer = await Api(JINA, inputs.credentials, context).call("POST", "/embeddings", json=body, is_repeatable=True)
        rows = sorted(answer.content["data"], key=lambda row: row["index"])
        yield "embeddings", [row["embedding"] for row in rows]


class JinaChunking(Block):
    """Cut texts into pieces at their natural places."""

    id = "806fb15e-830f-4796-8692-557d300ff43c"
    name = "JinaChunkingBlock"
    categories = ("AI", "TEXT")

    class Input(BlockInput):
        texts: list[Any] = pin(description="The texts.", max_length=_TEXTS_MAX)
        credentials: JinaCredentials = pin(description="Access to Jina.")
        max_chunk_length: int = pin(1000, description="Most characters of a piece.", ge=1)
        return_tokens: bool = pin(False, description="Give the tokens, too.")

    class Output(BlockOutput):
        chunks: list[Any] = pin(description="The pieces of all texts.")
        tokens: list[Any] = pin(description="The tokens of all texts.")

    examples = (
        Example(
            input={"texts": ["One. Two."], "credentials": _REFERENCE},
            output=[("chunks", ["One.", "Two."])],
            answers=[(200, {}, b'{"chunks": ["One.", "Two."]}')],
            credentials=_WITH,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(JINA, inputs.credentials, context)
        chunks: list[Any] = []
        tokens: list[Any] = []
        for text in inputs.texts:
            body = {
                "content": str(text),
                "return_tokens": inputs.return_tokens,
                "return_chunks": True,
                "max_chunk_length": inputs.max_chunk_length,
            }
            answer = await api.call("POST", "segmenter:/", json=body, is_repeatable=True)
            chunks += answer.content.get("chunks") or []
            tokens += answer.content.get("tokens") or []
        yield "chunks", chunks
        if inputs.return_tokens:
            yield "tokens", tokens


def _text(content: Any) -> str:
    """Give an answer's text; what happens to be JSON, as JSON."""
    return text_of(content) if content is not None else ""
