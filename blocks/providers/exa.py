"""Exa's search API, https://exa.ai/docs/reference; and the settings of contents that several of its operations take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

EXA: Final = Provider(
    name="exa",
    title="Exa",
    base_url="https://api.exa.ai",
    key=KeyPlace(header="x-api-key", scheme=""),
    error_at=("error",),
    refusals={402: "Exa's account has no credits left: {said}"},
)
ExaCredentials = Annotated[ApiKey, EXA.field()]


class TextSettings(BaseModel):
    """How much of a page's text is wanted."""

    max_characters: int | None = Field(None, description="Most characters of a page.")
    include_html_tags: bool = Field(False, description="Keep its HTML tags.")


class HighlightSettings(BaseModel):
    """Which sentences of a page are wanted."""

    num_sentences: int = Field(1, description="Sentences of a highlight.")
    highlights_per_url: int = Field(1, description="Highlights of a page.")
    query: str | None = Field(None, description="What they are to be about.")


class SummarySettings(BaseModel):
    """What a page's summary is to say."""

    query: str | None = Field("", description="What it is to be about.")
    schema_: dict[str, Any] | None = Field(None, alias="schema", description="JSON Schema of a summary that is data.")


class Livecrawl(StrEnum):
    """When a page is fetched anew."""

    NEVER = "never"
    FALLBACK = "fallback"
    ALWAYS = "always"
    PREFERRED = "preferred"


class ExtrasSettings(BaseModel):
    """What else of a page is wanted."""

    links: int = Field(0, description="Links.")
    image_links: int = Field(0, description="Addresses of images.")


class ContentSettings(BaseModel):
    """What is wanted of each page that is found."""

    text: bool | TextSettings | None = Field(None, description="Its text.")
    highlights: HighlightSettings | None = Field(None, description="Its best sentences.")
    summary: SummarySettings | None = Field(None, description="A summary of it.")
    livecrawl: Livecrawl | None = Field(None, description="When it is fetched anew.")
    livecrawl_timeout: int | None = Field(None, description="Milliseconds that this may take.")
    subpages: int | None = Field(None, description="Pages below it.")
    subpage_target: str | list[str] | None = Field(None, description="Words that these are to have.")
    extras: ExtrasSettings | None = Field(None, description="What else is wanted.")
    context: bool | dict[str, Any] | None = Field(None, description="Give all pages as one text for a model, too.")


def as_asked(settings: BaseModel) -> dict[str, Any]:
    """Give settings as Exa takes them: its names, without what nobody set."""
    found = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {_camel(name): _nested(value) for name, value in found.items()}


def _nested(value: Any) -> Any:
    return {_camel(name): one for name, one in value.items()} if isinstance(value, dict) else value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
