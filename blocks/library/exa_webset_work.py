"""Blocks for the work on Exa's websets: get, change, cancel and delete enrichments and searches. They begin none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from blocks.exa.websets import (
    DONE,
    WEBSETS,
    EnrichmentFormat,
    WebsetBlock,
    WebsetInput,
)  # fmt: skip
from blocks.providers.exa import EXA
from blocks.sdk import BlockOutput, Emission, pin
from blocks.sdk.rest import Arguments, Operation
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(EXA)
_ENRICHMENT: Final = f"{WEBSETS}/websets/{{webset_id}}/enrichments/{{enrichment_id}}"
_SEARCH: Final = f"{WEBSETS}/websets/{{webset_id}}/searches/{{search_id}}"
_TITLED: Final = {"title": ("title",), "description": ("description",), "format": ("format",)}
_TIMES: Final = {"created_at": ("createdAt",), "updated_at": ("updatedAt",)}


class _OfEnrichment(WebsetInput):
    enrichment_id: str = pin(description="The enrichment's id.")


class _OfSearch(WebsetInput):
    search_id: str = pin(description="The search's id.")


class ExaGetEnrichment(WebsetBlock):
    """Get an enrichment: what is asked of each item of a webset."""

    id = "b8c9d0e1-f2a3-4567-89ab-cdef01234567"
    name = "ExaGetEnrichmentBlock"
    operation = Operation(
        "GET",
        _ENRICHMENT,
        gives={
            "enrichment_id": ("id",),
            "status": ("status",),
            **_TITLED,
            "instructions": ("instructions",),
            **_TIMES,
            "metadata": ("metadata",),
        },
    )

    class Input(_OfEnrichment):
        pass

    class Output(BlockOutput):
        enrichment_id: str = pin(description="Its id.")
        status: str = pin(description="pending, completed or canceled.")
        title: str = pin(description="What it is called.")
        description: str = pin(description="What is asked.")
        format: str = pin(description="What the answers are.")
        options: list[str] = pin(description="The answers that there may be.")
        instructions: str = pin(description="How Exa goes about it.")
        created_at: str = pin(description="When it was made.")
        updated_at: str = pin(description="When it was changed last.")
        metadata: dict[str, Any] = pin(description="What you noted of it.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "enrichment_id": "e1"},
            [("enrichment_id", "e1"), ("status", "completed"), ("format", "options"), ("options", ["dry", "wet"])],
            said(
                {
                    "id": "e1",
                    "status": "completed",
                    "format": "options",
                    "options": [{"label": "dry"}, {"label": "wet"}],
                }
            ),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield from super().emissions(answer, inputs)
        if answer.get("options"):
            yield "options", [one["label"] for one in answer["options"]]


class ExaUpdateEnrichment(WebsetBlock):
    """Change an enrichment."""

    id = "c8d5c5fb-9684-4a29-bd2a-5b38d71776c9"
    name = "ExaUpdateEnrichmentBlock"
    operation = Operation(
        "PATCH",
        _ENRICHMENT,
        body={"description": "description", "format": "format", "metadata": "metadata"},
        gives={"enrichment_id": ("id",), "status": ("status",), **_TITLED},
        is_repeatable=True,
    )

    class Input(_OfEnrichment):
        description: str | None = pin(None, description="What is asked.")
        format: EnrichmentFormat | None = pin(None, description="What the answers are.")
        options: list[str] | None = pin(None, description="The answers that there may be.", max_length=150)
        metadata: dict[str, Any] | None = pin(None, description="What to note of it.")

    class Output(BlockOutput):
        enrichment_id: str = pin(description="Its id.")
        status: str = pin(description="pending, completed or canceled.")
        title: str = pin(description="What it is called.")
        description: str = pin(description="What is asked.")
        format: str = pin(description="What the answers are.")
        success: str = pin(description="That it was changed.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "enrichment_id": "e1", "description": "Is it dry?"},
            [("enrichment_id", "e1"), ("description", "Is it dry?"), ("success", DONE)],
            said({"id": "e1", "description": "Is it dry?"}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        options = {} if inputs.options is None else {"options": [{"label": one} for one in inputs.options]}
        return Arguments(found.places, found.query, {**(found.body or {}), **options})


class ExaDeleteEnrichment(WebsetBlock):
    """Delete an enrichment, and what it found."""

    id = "b250de56-2ca6-4237-a7b8-b5684892189f"
    name = "ExaDeleteEnrichmentBlock"
    operation = Operation("DELETE", _ENRICHMENT, gives={"enrichment_id": ("id",)})

    class Input(_OfEnrichment):
        pass

    class Output(BlockOutput):
        enrichment_id: str = pin(description="Its id.")
        success: str = pin(description="That it was deleted.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "enrichment_id": "e1"},
            [("enrichment_id", "e1"), ("success", DONE)],
            said({"id": "e1"}),
        ),
    )


class ExaCancelEnrichment(WebsetBlock):
    """End an enrichment; what it found stays."""

    id = "7e1f8f0f-b6ab-43b3-bd1d-0c534a649295"
    name = "ExaCancelEnrichmentBlock"
    operation = Operation(
        "POST", f"{_ENRICHMENT}/cancel", gives={"enrichment_id": ("id",), "status": ("status",)}, is_repeatable=True
    )

    class Input(_OfEnrichment):
        pass

    class Output(BlockOutput):
        enrichment_id: str = pin(description="Its id.")
        status: str = pin(description="Its status now.")
        items_enriched_before_cancel: int = pin(description="Not told by Exa.")
        success: str = pin(description="That it was ended.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "enrichment_id": "e1"},
            [("enrichment_id", "e1"), ("status", "canceled"), ("success", DONE)],
            said({"id": "e1", "status": "canceled"}),
        ),
    )


class ExaGetWebsetSearch(WebsetBlock):
    """Get a search of a webset: how far it is."""

    id = "4fa3e627-a0ff-485f-8732-52148051646c"
    name = "ExaGetWebsetSearchBlock"
    operation = Operation(
        "GET",
        _SEARCH,
        gives={
            "search_id": ("id",),
            "status": ("status",),
            "query": ("query",),
            "entity_type": ("entity", "type"),
            "criteria": ("criteria",),
            "progress": ("progress",),
            "recall": ("recall",),
            **_TIMES,
            "canceled_at": ("canceledAt",),
            "canceled_reason": ("canceledReason",),
            "metadata": ("metadata",),
        },
    )

    class Input(_OfSearch):
        pass

    class Output(BlockOutput):
        search_id: str = pin(description="Its id.")
        status: str = pin(description="created, pending, running, completed or canceled.")
        query: str = pin(description="What is searched for.")
        entity_type: str = pin(description="What kind of thing that is.")
        criteria: list[dict[str, Any]] = pin(description="What each must fulfil.")
        progress: dict[str, Any] = pin(description="How far it is: found, analyzed, completion, timeLeft.")
        recall: dict[str, Any] = pin(description="How many Exa thinks there are.")
        created_at: str = pin(description="When it was begun.")
        updated_at: str = pin(description="When it was changed last.")
        canceled_at: str | None = pin(None, description="When it was ended.")
        canceled_reason: str | None = pin(None, description="Why.")
        metadata: dict[str, Any] = pin(description="What you noted of it.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "search_id": "s1"},
            [("search_id", "s1"), ("status", "running"), ("entity_type", "company"), ("progress", {"found": 3})],
            said({"id": "s1", "status": "running", "entity": {"type": "company"}, "progress": {"found": 3}}),
        ),
    )


class ExaCancelWebsetSearch(WebsetBlock):
    """End a search; what it found stays."""

    id = "74ef9f1e-ae89-4c7f-9d7d-d217214815b4"
    name = "ExaCancelWebsetSearchBlock"
    operation = Operation(
        "POST",
        f"{_SEARCH}/cancel",
        gives={"search_id": ("id",), "status": ("status",), "items_found_before_cancel": ("progress", "found")},
        is_repeatable=True,
    )

    class Input(_OfSearch):
        pass

    class Output(BlockOutput):
        search_id: str = pin(description="Its id.")
        status: str = pin(description="Its status now.")
        items_found_before_cancel: int = pin(description="How many it had found.")
        success: str = pin(description="That it was ended.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "search_id": "s1"},
            [("search_id", "s1"), ("status", "canceled"), ("items_found_before_cancel", 3), ("success", DONE)],
            said({"id": "s1", "status": "canceled", "progress": {"found": 3}}),
        ),
    )
