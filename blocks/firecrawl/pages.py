"""Pages as Firecrawl gives them: which formats are wanted, and which pin each of them goes to; it asks for none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from blocks.sdk import BlockOutput, Emission, pin

#: What is asked of a page where nothing was said of the JSON that is wanted: Firecrawl does not take an empty wish.
_ANY_JSON: Final = "Give the main content of the page as JSON."


class ScrapeFormat(StrEnum):
    """What to give of a page."""

    MARKDOWN = "markdown"
    HTML = "html"
    RAW_HTML = "rawHtml"
    LINKS = "links"
    SCREENSHOT = "screenshot"
    SCREENSHOT_FULL_PAGE = "screenshot@fullPage"
    JSON = "json"
    CHANGE_TRACKING = "changeTracking"


class PageOutput(BlockOutput):
    """What each format of a page is given on."""

    markdown: str = pin(description="The page as Markdown.")
    html: str = pin(description="The page as HTML, cleaned.")
    raw_html: str = pin(description="The page as HTML, as it came.")
    links: list[str] = pin(description="The addresses that the page links to.")
    screenshot: str = pin(description="The address of a picture of what is seen first.")
    screenshot_full_page: str = pin(description="The address of a picture of the whole page.")
    json_data: dict[str, Any] = pin(description="The page's content as JSON.")
    change_tracking: dict[str, Any] = pin(description="What changed since Firecrawl saw it before.")


_PLACES: Final[Mapping[ScrapeFormat, tuple[str, str]]] = {
    ScrapeFormat.MARKDOWN: ("markdown", "markdown"),
    ScrapeFormat.HTML: ("html", "html"),
    ScrapeFormat.RAW_HTML: ("raw_html", "rawHtml"),
    ScrapeFormat.LINKS: ("links", "links"),
    ScrapeFormat.SCREENSHOT: ("screenshot", "screenshot"),
    ScrapeFormat.SCREENSHOT_FULL_PAGE: ("screenshot_full_page", "screenshot"),
    ScrapeFormat.JSON: ("json_data", "json"),
    ScrapeFormat.CHANGE_TRACKING: ("change_tracking", "changeTracking"),
}


def asked_formats(formats: Sequence[ScrapeFormat]) -> list[Any]:
    """Give formats as version 2 takes them: some are objects, and changes are only told of Markdown."""
    found: list[Any] = []
    for one in dict.fromkeys(formats):
        match one:
            case ScrapeFormat.SCREENSHOT_FULL_PAGE:
                found.append({"type": "screenshot", "fullPage": True})
            case ScrapeFormat.JSON:
                found.append({"type": "json", "prompt": _ANY_JSON})
            case ScrapeFormat.CHANGE_TRACKING:
                found.append({"type": "changeTracking"})
            case _:
                found.append(one.value)
    if ScrapeFormat.CHANGE_TRACKING in formats and ScrapeFormat.MARKDOWN not in formats:
        found.append(ScrapeFormat.MARKDOWN.value)
    return found


def page_emissions(page: Mapping[str, Any], formats: Sequence[ScrapeFormat]) -> Iterator[Emission]:
    """Give what a page has of the formats that were asked for, each on its pin."""
    for one in dict.fromkeys(formats):
        name, key = _PLACES[one]
        if page.get(key) is not None:
            yield name, page[key]
