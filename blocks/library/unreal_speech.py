"""A block for Unreal Speech: a text that is read aloud."""

from __future__ import annotations

from typing import Final

from blocks.providers.unreal_speech import UNREAL_SPEECH, UnrealSpeechCredentials
from blocks.sdk import BlockInput, BlockOutput, pin
from blocks.sdk.rest import Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(UNREAL_SPEECH)
#: Characters that are read aloud in one request.
TEXT_CHARS_MAX: Final = 3_000
_MP3: Final = "https://unreal-expire-in-90-days.s3-us-west-2.amazonaws.com/1-0.mp3"


class UnrealTextToSpeech(RestBlock):
    """Read a text aloud."""

    id = "4ff1ff6d-cc40-4caa-ae69-011daa20c378"
    name = "UnrealTextToSpeechBlock"
    categories = ("AI", "TEXT", "MULTIMEDIA")
    provider = UNREAL_SPEECH
    operation = Operation(
        "POST",
        "/speech",
        body={"text": "Text", "voice_id": "VoiceId"},
        constants={"Bitrate": "192k", "Speed": "0", "Pitch": "1", "TimestampType": "sentence"},
        gives={"mp3_url": ("OutputUri",)},
    )

    class Input(BlockInput):
        text: str = pin(description="The text.", min_length=1, max_length=TEXT_CHARS_MAX)
        voice_id: str = pin("Scarlett", description="Who reads: Scarlett, Liv, Amy, Dan, Will.")
        credentials: UnrealSpeechCredentials = pin(description="Access to Unreal Speech.")

    class Output(BlockOutput):
        mp3_url: str = pin(description="The recording's address.")

    examples = (
        sample(_KEY, {"text": "Walls."}, [("mp3_url", _MP3)], said({"OutputUri": _MP3, "CreationTime": "now"})),
    )
