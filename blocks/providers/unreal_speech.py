"""Unreal Speech's API v7, https://docs.unrealspeech.com: texts that are read aloud; version 8 has other voices."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import Provider

UNREAL_SPEECH: Final = Provider(
    name="unreal_speech",
    title="Unreal Speech",
    base_url="https://api.v7.unrealspeech.com",
    error_at=("error",),
)
UnrealSpeechCredentials = Annotated[ApiKey, UNREAL_SPEECH.field()]
