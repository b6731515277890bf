"""Websets, collections that Exa finds and enriches, as pins and values; https://exa.ai/docs/websets/api. It asks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.providers.exa import EXA, ExaCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import RestBlock

#: Where websets are, below Exa's address.
WEBSETS: Final = "/websets/v0"
#: What Exa gives in one answer of a list.
PAGE_MAX: Final = 100
#: What stands for a deed that was done: the pin is a text.
DONE: Final = "true"


class EnrichmentFormat(StrEnum):
    """What an enrichment's answers are."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    OPTIONS = "options"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"


class WebsetInput(BlockInput):
    """What each block about one webset takes."""

    credentials: ExaCredentials = pin(description="Access to Exa.")
    webset_id: str = pin(description="The webset's id, or your own name for it.")


class ListOutput(BlockOutput):
    """What each list says of itself."""

    has_more: bool = pin(description="Whether there are more behind these.")
    next_cursor: str | None = pin(None, description="Where they begin.")


class WebsetBlock(RestBlock):
    """A block that is one operation of websets: `gives` names what the answer has, and what is done is told by `success`."""

    is_abstract = True
    provider = EXA
    categories = ("SEARCH",)

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield from super().emissions(answer, inputs)
        if "success" in self.Output.model_fields:
            yield "success", DONE


class WebsetItem(BaseModel):
    """An item of a webset."""

    id: str = Field(description="Its id.")
    url: str = Field("", description="Its address.")
    title: str = Field("", description="What it is called.")
    content: str = Field("", description="What its page says.")
    entity_data: dict[str, Any] = Field(default_factory=dict, description="What is known of it, by its kind.")
    enrichments: dict[str, Any] = Field(default_factory=dict, description="What enrichments found, by their ids.")
    created_at: str = Field("", description="When it was found.")
    updated_at: str = Field("", description="When it was changed last.")


def item_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give an item of Exa's as blocks give it."""
    properties = found.get("properties") or {}
    entity = properties.get(str(properties.get("type"))) or {}
    item = WebsetItem(
        id=found["id"],
        url=properties.get("url") or "",
        title=entity.get("name") or entity.get("title") or properties.get("description") or "",
        content=properties.get("content") or "",
        entity_data=entity,
        enrichments={str(one.get("enrichmentId")): one for one in found.get("enrichments") or ()},
        created_at=found.get("createdAt") or "",
        updated_at=found.get("updatedAt") or "",
    )
    return item.model_dump(mode="json")


def end_of_list(answer: Mapping[str, Any]) -> Iterator[Emission]:
    """Give what an answer says of the list that it is a part of."""
    yield "has_more", bool(answer.get("hasMore"))
    if answer.get("nextCursor"):
        yield "next_cursor", answer["nextCursor"]
