"""Firecrawl's API v2, https://docs.firecrawl.dev/api-reference: pages as text, searches, maps and crawls of sites."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import Provider

FIRECRAWL: Final = Provider(
    name="firecrawl",
    title="Firecrawl",
    base_url="https://api.firecrawl.dev/v2",
    error_at=("error",),
    refusals={
        400: "Firecrawl cannot do that: {said}",
        402: "Firecrawl's account has no credits left: {said}",
        404: "Firecrawl has no such job: it keeps a result for a day.",
        408: "Firecrawl could not load the page in time: {said}",
        410: "Firecrawl does not offer that any more: {said}",
    },
)
FirecrawlCredentials = Annotated[ApiKey, FIRECRAWL.field()]
