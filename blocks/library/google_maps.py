"""A block for Google Maps: search for places by words; https://developers.google.com/maps/documentation/places/web-service/text-search."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import orjson

from blocks.providers.google_maps import GOOGLE_MAPS, GoogleMapsCredentials
from blocks.sdk import ApiKey, Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.rest import Api, CursorPaging, found_at
from schema.credentials import Reference
from schema.errors import InvalidInput

#: Places of one search: Google gives three pages of twenty.
PLACES_MAX: Final = 60
_PAGE: Final = 20
_RADIUS_METRES_MAX: Final = 50_000
_EXAMPLE: Final = ApiKey(
    Reference("00000000-0000-4000-8000-000000000007", "google_maps", "api_key", "Example"), key="example"
)
#: What is asked for of each place; Google charges by it.
_FIELDS: Final = (
    "nextPageToken",
    "places.displayName",
    "places.formattedAddress",
    "places.nationalPhoneNumber",
    "places.rating",
    "places.userRatingCount",
    "places.websiteUri",
)


class GoogleMapsSearch(Block):
    """Search for places, each given by itself.

    A text search has no centre that a radius could be around, so `radius` is checked and not sent: name the place in the query,
    such as `cafés in Sydney`.
    """

    id = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    name = "GoogleMapsSearchBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        credentials: GoogleMapsCredentials = pin(description="A key of Google Maps, with the Places API (New).")
        query: str = pin(description="What is searched for.", placeholder="restaurants in New York")
        radius: int = pin(
            5000, description=f"Metres, up to {_RADIUS_METRES_MAX}. It is not sent: the query says where."
        )
        max_results: int = pin(20, description=f"Places at most; up to {PLACES_MAX}.")

    class Output(BlockOutput):
        place: dict[str, Any] = pin(description="A place: name, address, phone, rating, reviews, website.")

    examples = (
        Example(
            input={"credentials": _EXAMPLE.reference.to_wire(), "query": "museum in Cumbria", "max_results": 1},
            output=[
                (
                    "place",
                    {
                        "name": "The Wall",
                        "address": "Cumbria",
                        "phone": "",
                        "rating": 4.5,
                        "reviews": 12,
                        "website": "https://example.com",
                    },
                )
            ],
            answers=[
                (
                    200,
                    {},
                    orjson.dumps(
                        {
                            "places": [
                                {
                                    "displayName": {"text": "The Wall", "languageCode": "en"},
                                    "formattedAddress": "Cumbria",
                                    "rating": 4.5,
                                    "userRatingCount": 12,
                                    "websiteUri": "https://example.com",
                                }
                            ]
                        }
                    ),
                )
            ],
            credentials={"credentials": _EXAMPLE},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not 1 <= inputs.max_results <= PLACES_MAX:
            raise InvalidInput(f"Ask for 1 to {PLACES_MAX} places.", pin="max_results")
        if not 1 <= inputs.radius <= _RADIUS_METRES_MAX:
            raise InvalidInput(f"The radius is from 1 to {_RADIUS_METRES_MAX} metres.", pin="radius")
        places = Api(GOOGLE_MAPS, inputs.credentials, context).pages(
            "/v1/places:searchText",
            None,
            CursorPaging("pageToken", ("nextPageToken",), ("places",), in_body=True),
            items_max=inputs.max_results,
            method="POST",
            json={"textQuery": inputs.query, "pageSize": min(_PAGE, inputs.max_results)},
            headers={"X-Goog-FieldMask": ",".join(_FIELDS)},
        )
        async for place in places:
            if isinstance(place, dict):
                yield "place", _place(place)


def _place(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": found_at(found, ("displayName", "text")) or "",
        "address": found.get("formattedAddress", ""),
        "phone": found.get("nationalPhoneNumber", ""),
        "rating": found.get("rating", 0.0),
        "reviews": found.get("userRatingCount", 0),
        "website": found.get("websiteUri", ""),
    }
