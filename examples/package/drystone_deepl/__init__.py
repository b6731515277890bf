"""Blocks for DeepL: one translates a text, one tells what is left of the quota; they keep nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.sdk import ApiKey, Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Unavailable, Yield, pin
from blocks.sdk.rest import Api, found_at
from schema.credentials import Reference

from drystone_deepl.provider import DEEPL, DeepLKey, path_for

#: Bytes of a text: a request may have 128 KiB, and JSON writes some characters with six bytes.
TEXT_BYTES_MAX: Final = 20 * 1024

_KEY: Final = ApiKey(
    Reference("7a3c1f0e-0000-4000-8000-000000000001", DEEPL.name, "api_key", "Example"), key="example:fx"
)
_JSON: Final = {"Content-Type": "application/json"}


class DeepLTranslate(Block):
    """Translate a text with DeepL; without a source language it finds that out by itself."""

    id = "0d5b3c0e-52a4-4a57-9a5b-5a8f2d0c7b11"
    name = "DeepLTranslateBlock"
    categories = ("AI", "TEXT")

    class Input(BlockInput):
        credentials: DeepLKey = pin(description="An API key of DeepL.")
        text: str = pin(description="What to translate.", placeholder="Hello, world!")
        target_language: str = pin(description="Into which language: DE, FR, PT-BR.", placeholder="DE")
        source_language: str = pin("", description="From which language; empty: as DeepL finds it.")

    class Output(BlockOutput):
        translation: str = pin(description="The text in the target language.")
        detected_language: str = pin(description="The language that it was in.")

    examples = (
        Example(
            input={"credentials": _KEY.reference.to_wire(), "text": "Hello, world!", "target_language": "DE"},
            output=[("translation", "Hallo, Welt!"), ("detected_language", "EN")],
            answers=[(200, _JSON, b'{"translations": [{"detected_source_language": "EN", "text": "Hallo, Welt!"}]}')],
            credentials={"credentials": _KEY},
        ),
        Example(
            input={"credentials": _KEY.reference.to_wire(), "text": "Hello", "target_language": "DE"},
            output=[],
            error="quota of this DeepL key is used up",
            answers=[(456, {}, b"")],
            credentials={"credentials": _KEY},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if len(inputs.text.encode()) > TEXT_BYTES_MAX:
            raise BlockFailed(f"At most {TEXT_BYTES_MAX} bytes are translated at a time; split the text.")
        asked: dict[str, Any] = {"text": [inputs.text], "target_lang": inputs.target_language.upper()}
        if inputs.source_language:
            asked["source_lang"] = inputs.source_language.upper()
        path = path_for(inputs.credentials, "/v2/translate")
        # To translate a text twice changes nothing, so it may be asked again.
        answer = await Api(DEEPL, inputs.credentials, context).call("POST", path, json=asked, is_repeatable=True)
        yield "translation", _found(answer.content, "translations", "0", "text")
        yield "detected_language", _found(answer.content, "translations", "0", "detected_source_language")


class DeepLUsage(Block):
    """Tell how many characters a DeepL key has translated in this period, and how many are left."""

    id = "0d5b3c0e-52a4-4a57-9a5b-5a8f2d0c7b12"
    name = "DeepLUsageBlock"
    categories = ("AI",)

    class Input(BlockInput):
        credentials: DeepLKey = pin(description="An API key of DeepL.")

    class Output(BlockOutput):
        used: int = pin(description="Characters translated in this period.")
        left: int = pin(description="Characters that may still be translated.")

    examples = (
        Example(
            input={"credentials": _KEY.reference.to_wire()},
            output=[("used", 180_118), ("left", 319_882)],
            answers=[(200, _JSON, b'{"character_count": 180118, "character_limit": 500000}')],
            credentials={"credentials": _KEY},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        path = path_for(inputs.credentials, "/v2/usage")
        answer = await Api(DEEPL, inputs.credentials, context).call("GET", path)
        used = int(_found(answer.content, "character_count"))
        yield "used", used
        yield "left", max(0, int(_found(answer.content, "character_limit")) - used)


def _found(content: Any, *path: str) -> Any:
    """Give what stands in an answer; raise Unavailable where it is not there: what answered is not the API that we know."""
    value = found_at(content, path)
    if value is None:
        raise Unavailable(f"DeepL's answer has no {path[-1]}.")
    return value
