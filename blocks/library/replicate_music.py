"""A block that makes music by MusicGen on Replicate. Its address ends after an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from blocks.providers.replicate import REPLICATE, ReplicateCredentials
from blocks.replicate.predictions import Prediction, PredictionBlock, as_text
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(REPLICATE)
_DELIVERED: Final = "https://replicate.delivery/1.wav"
_VERSION: Final = "0123456789abcdef" * 4
#: Seconds of music that are made at most.
_SECONDS_MAX: Final = 300


class AIMusicGenerator(PredictionBlock):
    """Make music from a text."""

    id = "44f6c8ad-d75c-4ae1-8209-aad1c0326928"
    name = "AIMusicGeneratorBlock"
    categories = ("AI",)

    class Input(BlockInput):
        credentials: ReplicateCredentials = pin(description="Access to Replicate.")
        prompt: str = pin(description="What the music is like.")
        music_gen_model_version: str = pin(
            "stereo-large", description="Which MusicGen: stereo-large, large, melody-large."
        )
        duration: int = pin(8, description="Seconds of music.", ge=1, le=_SECONDS_MAX)
        temperature: float = pin(1.0, description="How freely it plays.")
        top_k: int = pin(250, description="Among how many of the likeliest sounds it chooses.", ge=0)
        top_p: float = pin(0.0, description="Among sounds of which likelihood together; 0: by top_k.", ge=0, le=1)
        classifier_free_guidance: int = pin(3, description="How close it keeps to the text.")
        output_format: str = pin("wav", description="What kind of file: wav, mp3.")
        normalization_strategy: str = pin("loudness", description="How loud it is made: loudness, clip, peak, rms.")

    class Output(BlockOutput):
        result: str = pin(description="The music's address.")

    examples = (
        sample(
            _KEY,
            {"prompt": "Bells"},
            [("result", _DELIVERED)],
            said({"is_official": False, "latest_version": {"id": _VERSION}}),
            said({"id": "p1", "status": "starting"}, 201),
            said({"id": "p1", "status": "succeeded", "output": _DELIVERED}),
        ),
    )

    async def prediction(self, inputs: Input, api: Api) -> Prediction:
        wanted = inputs.model_dump(exclude={"credentials", "music_gen_model_version"})
        return Prediction("meta/musicgen", {**wanted, "model_version": inputs.music_gen_model_version})

    async def given(self, inputs: Input, api: Api, found: Mapping[str, Any]) -> Sequence[Emission]:
        return [("result", as_text(found.get("output")))]
