"""Blocks for Exa's websets as a whole: get, list, change, cancel and delete them; and code that explains itself. They make none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from blocks.exa.websets import PAGE_MAX, WEBSETS, ListOutput, WebsetBlock, WebsetInput, end_of_list
from blocks.providers.exa import EXA, ExaCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(EXA)
_ONE: Final = f"{WEBSETS}/websets/{{webset_id}}"
_WEBSET: Final = {"id": "ws1", "status": "idle", "metadata": {"team": "walls"}}
_STATE: Final = {"webset_id": ("id",), "status": ("status",), "external_id": ("externalId",)}


class ExaGetWebset(WebsetBlock):
    """Get a webset: its searches, enrichments and monitors."""

    id = "6ab8e12a-132c-41bf-b5f3-d662620fa832"
    name = "ExaGetWebsetBlock"
    operation = Operation(
        "GET",
        _ONE,
        gives={
            **_STATE,
            "searches": ("searches",),
            "enrichments": ("enrichments",),
            "monitors": ("monitors",),
            "metadata": ("metadata",),
            "created_at": ("createdAt",),
            "updated_at": ("updatedAt",),
        },
    )

    class Input(WebsetInput):
        pass

    class Output(BlockOutput):
        webset_id: str = pin(description="Its id.")
        status: str = pin(description="idle, pending, running or paused.")
        external_id: str | None = pin(None, description="Your own name for it.")
        searches: list[dict[str, Any]] = pin(description="Its searches.")
        enrichments: list[dict[str, Any]] = pin(description="Its enrichments.")
        monitors: list[dict[str, Any]] = pin(description="Its monitors.")
        metadata: dict[str, Any] = pin(description="What you noted of it.")
        created_at: str = pin(description="When it was made.")
        updated_at: str = pin(description="When it was changed last.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1"},
            [("webset_id", "ws1"), ("status", "idle"), ("metadata", {"team": "walls"})],
            said(_WEBSET),
        ),
    )


class ExaUpdateWebset(WebsetBlock):
    """Change what is noted of a webset."""

    id = "89ccd99a-3c2b-4fbf-9e25-0ffa398d0314"
    name = "ExaUpdateWebsetBlock"
    operation = Operation(
        "POST",
        _ONE,
        body={"metadata": "metadata"},
        gives={**_STATE, "metadata": ("metadata",), "updated_at": ("updatedAt",)},
        is_repeatable=True,
    )

    class Input(WebsetInput):
        metadata: dict[str, Any] | None = pin(None, description="What to note of it.")

    class Output(BlockOutput):
        webset_id: str = pin(description="Its id.")
        status: str = pin(description="idle, pending, running or paused.")
        external_id: str | None = pin(None, description="Your own name for it.")
        metadata: dict[str, Any] = pin(description="What is noted of it.")
        updated_at: str = pin(description="When it was changed last.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "metadata": {"team": "walls"}},
            [("webset_id", "ws1"), ("status", "idle"), ("metadata", {"team": "walls"})],
            said(_WEBSET),
        ),
    )


class _Ended(BlockOutput):
    webset_id: str = pin(description="Its id.")
    external_id: str | None = pin(None, description="Your own name for it.")
    status: str = pin(description="Its status now.")
    success: str = pin(description="That it was done.")


class ExaDeleteWebset(WebsetBlock):
    """Delete a webset with all of its items."""

    id = "aa6994a2-e986-421f-8d4c-7671d3be7b7e"
    name = "ExaDeleteWebsetBlock"
    operation = Operation("DELETE", _ONE, gives=_STATE)

    class Input(WebsetInput):
        pass

    class Output(_Ended):
        pass

    examples = (
        sample(
            _KEY, {"webset_id": "ws1"}, [("webset_id", "ws1"), ("status", "idle"), ("success", "true")], said(_WEBSET)
        ),
    )


class ExaCancelWebset(WebsetBlock):
    """End all that runs for a webset; what was found stays."""

    id = "e40a6420-1db8-47bb-b00a-0e6aecd74176"
    name = "ExaCancelWebsetBlock"
    operation = Operation("POST", f"{_ONE}/cancel", gives=_STATE, is_repeatable=True)

    class Input(WebsetInput):
        pass

    class Output(_Ended):
        pass

    examples = (
        sample(
            _KEY, {"webset_id": "ws1"}, [("webset_id", "ws1"), ("status", "idle"), ("success", "true")], said(_WEBSET)
        ),
    )


class ExaListWebsets(WebsetBlock):
    """List websets."""

    id = "1dcd8fd6-c13f-4e6f-bd4c-654428fa4757"
    name = "ExaListWebsetsBlock"
    operation = Operation("GET", f"{WEBSETS}/websets", query={"cursor": "cursor", "limit": "limit"})

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        trigger: Any | None = pin(None, description="Whatever the node is to wait for.")
        cursor: str | None = pin(None, description="Where to begin: the `next_cursor` of a list before.")
        limit: int = pin(25, description="Websets to give at most.", ge=1, le=PAGE_MAX)

    class Output(ListOutput):
        websets: list[dict[str, Any]] = pin(description="The websets.")

    examples = (
        sample(
            _KEY,
            {},
            [("websets", [_WEBSET]), ("has_more", True), ("next_cursor", "c1")],
            said({"data": [_WEBSET], "hasMore": True, "nextCursor": "c1"}),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "websets", answer.get("data") or []
        yield from end_of_list(answer)


class ExaCodeContext(RestBlock):
    """Find code and documentation that explain how something is done, as one text for a model."""

    id = "8f9e0d1c-2b3a-4567-8901-23456789abcd"
    name = "ExaCodeContextBlock"
    categories = ("SEARCH", "DEVELOPER_TOOLS")
    provider = EXA
    operation = Operation(
        "POST",
        "/context",
        body={"query": "query", "tokens_num": "tokensNum"},
        gives={
            "request_id": ("requestId",),
            "query": ("query",),
            "response": ("response",),
            "results_count": ("resultsCount",),
            "cost_dollars": ("costDollars",),
            "search_time": ("searchTime",),
            "output_tokens": ("outputTokens",),
        },
    )

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        query: str = pin(description="What is to be explained.", max_length=2_000)
        tokens_num: str | int = pin("dynamic", description="How long the text is to be, in tokens; or dynamic.")

    class Output(BlockOutput):
        request_id: str = pin(description="What Exa calls the request.")
        query: str = pin(description="What was asked.")
        response: str = pin(description="The text.")
        results_count: int = pin(description="How many sources it has.")
        cost_dollars: str = pin(description="What Exa took for it.")
        search_time: float = pin(description="How long Exa took, in milliseconds.")
        output_tokens: int = pin(description="How long the text is, in tokens.")

    examples = (
        sample(
            _KEY,
            {"query": "durable timers in Temporal"},
            [("query", "durable timers in Temporal"), ("response", "Use a timer."), ("results_count", 3)],
            said({"query": "durable timers in Temporal", "response": "Use a timer.", "resultsCount": 3}),
        ),
    )
