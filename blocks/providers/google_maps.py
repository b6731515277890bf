"""Google's Places API (New), https://developers.google.com/maps/documentation/places/web-service; its key signs nobody in."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

GOOGLE_MAPS: Final = Provider(
    name="google_maps",
    title="Google Maps",
    base_url="https://places.googleapis.com",
    key=KeyPlace(header="X-Goog-Api-Key", scheme=""),
    error_at=("error", "message"),
    refusals={400: "Google Maps cannot search for that: {said}"},
)
GoogleMapsCredentials = Annotated[ApiKey, GOOGLE_MAPS.field()]
