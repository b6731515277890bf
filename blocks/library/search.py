"""Blocks that look one thing up at a public service: an article's summary, the weather of a place; they keep nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from urllib.parse import quote

from blocks.sdk import (
    ApiKey,
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Example,
    Unavailable,
    Yield,
    pin,
)
from blocks.sdk.answers import json_answer
from schema.credentials import Reference
from schema.errors import shorten

#: Bytes of a title (MediaWiki's own limit), and characters of a place's name.
_TITLE_BYTES_MAX: Final = 255
_PLACE_CHARS_MAX: Final = 200
_SUMMARY_BYTES_MAX: Final = 1024 * 1024
_WEATHER_BYTES_MAX: Final = 256 * 1024
#: Where they are, if the operator says nothing else (`Context.base_urls`).
_WIKIPEDIA: Final = "https://en.wikipedia.org/api/rest_v1"
_OPENWEATHER: Final = "https://api.openweathermap.org/data/2.5"


class GetWikipediaSummary(Block):
    """Give the first paragraph of an article of the English Wikipedia, as plain text."""

    id = "f5b0f5d0-1862-4d61-94be-3ad0fa772760"
    name = "GetWikipediaSummaryBlock"
    categories = ("SEARCH",)
    is_batchable = True
    is_resumable = True

    class Input(BlockInput):
        topic: str = pin(description="The article's title.", placeholder="Dry stone")

    class Output(BlockOutput):
        summary: str = pin(description="The summary.")

    examples = (
        Example(
            input={"topic": "Dry stone"},
            output=[("summary", "Dry stone is a building method without mortar.")],
            answers=[
                (
                    200,
                    {"content-type": "application/json"},
                    b'{"title": "Dry stone", "extract": "Dry stone is a building method without mortar."}',
                )
            ],
        ),
        Example(
            title="No such article",
            input={"topic": "Nothing of this name"},
            output=[],
            error="has no article 'Nothing of this name'",
            answers=[(404, {"content-type": "application/problem+json"}, b'{"title": "Not found."}')],
        ),
        Example(input={"topic": "  "}, output=[], error="Give a topic"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        title = "_".join(inputs.topic.split())
        if not title or len(title.encode()) > _TITLE_BYTES_MAX:
            raise BlockFailed(f"Give a topic of at most {_TITLE_BYTES_MAX} bytes: an article's title.")
        response = await context.http.request(
            "GET",
            f"{_place(context, 'wikipedia', _WIKIPEDIA)}/page/summary/{quote(title, safe='')}",
            headers={"Accept": "application/json"},
            content_bytes_max=_SUMMARY_BYTES_MAX,
        )
        missing = f"The English Wikipedia has no article {shorten(inputs.topic.strip(), 100)!r}; check its title."
        found = json_answer(response, "Wikipedia", context.now(), {400: missing, 404: missing})
        summary = found.get("extract") if isinstance(found, dict) else None
        if not isinstance(summary, str):
            raise Unavailable("Wikipedia answered without a summary.")
        yield "summary", summary


_KEY: Final = ApiKey(
    Reference("00000000-0000-4000-8000-000000000002", "openweathermap", "api_key", "Example"), key="example-key"
)
_PARIS: Final = b'{"weather": [{"description": "clear sky"}], "main": {"temp": 21.66, "humidity": 32}, "name": "Paris"}'


class GetWeatherInformation(Block):
    """Give the weather of a place as it is now, by OpenWeather."""

    id = "f7a8b2c3-6d4e-5f8b-9e7f-6d4e5f8b9e7f"
    name = "GetWeatherInformationBlock"
    is_batchable = True
    is_resumable = True

    class Input(BlockInput):
        location: str = pin(
            description="The place: a city, with its country's code if need be.", placeholder="Paris,FR"
        )
        credentials: Annotated[ApiKey, CredentialsField(providers=("openweathermap",))] = pin(
            description="A key of OpenWeather."
        )
        use_celsius: bool = pin(True, description="Give degrees Celsius; otherwise Fahrenheit.")

    class Output(BlockOutput):
        temperature: str = pin(description="The temperature, as a number in text.")
        humidity: str = pin(description="The humidity in per cent, as a number in text.")
        condition: str = pin(description="The weather in words.")

    examples = (
        Example(
            input={"location": "Paris", "credentials": _KEY.reference.to_wire()},
            output=[("temperature", "21.66"), ("humidity", "32"), ("condition", "clear sky")],
            answers=[(200, {"content-type": "application/json"}, _PARIS)],
            credentials={"credentials": _KEY},
        ),
        Example(
            title="No such place",
            input={"location": "Nowhere", "credentials": _KEY.reference.to_wire()},
            output=[],
            error="knows no place 'Nowhere'",
            answers=[(404, {}, b'{"cod": "404", "message": "city not found"}')],
            credentials={"credentials": _KEY},
        ),
        Example(
            title="A key that is not valid (a new one takes up to two hours)",
            input={"location": "Paris", "credentials": _KEY.reference.to_wire()},
            output=[],
            error="does not accept the credential",
            answers=[(401, {}, b'{"cod": 401, "message": "Invalid API key."}')],
            credentials={"credentials": _KEY},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        place = inputs.location.strip()
        if not place or len(place) > _PLACE_CHARS_MAX:
            raise BlockFailed(f"Give a place of at most {_PLACE_CHARS_MAX} characters.")
        response = await context.http.request(
            "GET",
            f"{_place(context, 'openweathermap', _OPENWEATHER)}/weather",
            # OpenWeather takes its key in the query only; no message and no log has the query.
            params={
                "q": place,
                "units": "metric" if inputs.use_celsius else "imperial",
                "appid": inputs.credentials.key,
            },
            content_bytes_max=_WEATHER_BYTES_MAX,
            redirects_max=0,
        )
        unknown = f"OpenWeather knows no place {shorten(place, 100)!r}; write it like Paris,FR."
        found = json_answer(response, "OpenWeather", context.now(), {404: unknown, 400: unknown})
        for name, value in _told(found):
            yield name, value


def _place(context: Context, service: str, url: str) -> str:
    return context.base_urls.get(service, url).rstrip("/")


def _told(found: Any) -> list[tuple[str, str]]:
    try:
        main, words = found["main"], found["weather"][0]["description"]
        return [("temperature", str(main["temp"])), ("humidity", str(main["humidity"])), ("condition", str(words))]
    except (KeyError, IndexError, TypeError) as error:
        raise Unavailable("OpenWeather answered without the weather.") from error
