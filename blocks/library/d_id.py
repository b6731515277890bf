"""A block for D-ID: a video of a person who speaks a text. Its address ends after a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from blocks.providers.d_id import D_ID, DIdCredentials
from blocks.sdk import BlockFailed, BlockInput, BlockOutput, Emission, pin
from blocks.sdk.jobs import JobBlock, Pace
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import shorten

_KEY: Final = sample_key(D_ID)
_VIDEO: Final = "https://d-id-clips-prod.s3.us-west-2.amazonaws.com/1.mp4"
#: Bounds of how often, and how soon again, it is asked after.
_ASKS_MAX: Final = 500
_SECONDS_MIN, _SECONDS_MAX = 5, 600


class CreateTalkingAvatarVideo(JobBlock):
    """Make a video of a person who speaks a text."""

    id = "98c6f503-8c47-4b1c-a96d-351fc7c87dab"
    name = "CreateTalkingAvatarVideoBlock"
    categories = ("AI", "MULTIMEDIA")
    provider = D_ID

    class Input(BlockInput):
        credentials: DIdCredentials = pin(description="Access to D-ID.")
        script_input: str = pin(description="What is said.", min_length=1)
        provider: Literal["microsoft", "elevenlabs", "amazon"] = pin("microsoft", description="Whose voice speaks.")
        voice_id: str = pin("en-US-JennyNeural", description="The voice.")
        presenter_id: str = pin("amy-Aq6OmGZnMt", description="Who is seen.")
        driver_id: str = pin("Vcq0R4a8F0", description="How they move.")
        result_format: Literal["mp4", "gif", "wav"] = pin("mp4", description="What kind of file.")
        crop_type: Literal["wide", "square", "vertical"] = pin("wide", description="Its shape.")
        subtitles: bool = pin(False, description="With subtitles.")
        ssml: bool = pin(False, description="The text is SSML.")
        max_polling_attempts: int = pin(30, description="How often it is asked after at most.", ge=1, le=_ASKS_MAX)
        polling_interval: int = pin(10, description="Seconds between.", ge=_SECONDS_MIN, le=_SECONDS_MAX)

    class Output(BlockOutput):
        video_url: str = pin(description="The video's address.")

    examples = (
        sample(
            _KEY,
            {"script_input": "Welcome."},
            [("video_url", _VIDEO)],
            said({"id": "clp_1", "status": "created"}, 201),
            said({"id": "clp_1", "status": "started"}),
            said({"id": "clp_1", "status": "done", "result_url": _VIDEO}),
        ),
        sample(
            _KEY,
            {"script_input": "Welcome.", "max_polling_attempts": 1},
            [],
            said({"id": "clp_1", "status": "created"}, 201),
            said({"id": "clp_1", "status": "started"}),
            title="It takes too long",
            error="has not finished",
        ),
    )

    def pace_of(self, inputs: Any) -> Pace:
        seconds = float(inputs.polling_interval)
        return Pace(seconds, seconds, asks_max=inputs.max_polling_attempts, growth=1.0)

    async def start(self, inputs: Any, api: Api) -> Any:
        script = {
            "type": "text",
            "input": inputs.script_input,
            "provider": {"type": inputs.provider, "voice_id": inputs.voice_id},
            "ssml": inputs.ssml,
            "subtitles": inputs.subtitles,
        }
        body = {
            "presenter_id": inputs.presenter_id,
            "driver_id": inputs.driver_id,
            "script": script,
            "config": {"result_format": inputs.result_format},
            "presenter_config": {"crop": {"type": inputs.crop_type}},
        }
        return (await api.call("POST", "/clips", json=body)).content["id"]

    async def ask(self, inputs: Any, api: Api, job: Any) -> Sequence[Emission] | None:
        found = (await api.call("GET", "/clips/{id}", {"id": job})).content
        if found.get("status") == "done":
            return [("video_url", found["result_url"])]
        if found.get("status") in ("error", "rejected"):
            why = found_at(found, ("error", "description")) or found.get("error") or "no reason is given"
            raise BlockFailed(f"D-ID could not make the video {job}: {shorten(str(why), 500)}")
        return None
