"""Blocks for Revid: short videos from a script, with film of its own or with yours. It takes minutes, and costs credits there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final

from blocks.providers.revid import REVID, RevidCredentials
from blocks.sdk import BlockFailed, BlockInput, BlockOutput, Emission, pin
from blocks.sdk.jobs import JobBlock, Pace
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput, shorten

_KEY: Final = sample_key(REVID)
#: ElevenLabs' voices, by the names that agents have. Another text is taken for the id of a voice.
_VOICES: Final = {
    "Lily": "pFZP5JQG7iQjIQuC4Bku",
    "Daniel": "onwK4e9ZLuTAKqWW03F9",
    "Brian": "nPczCjzI2devNBz1zQrb",
    "Jessica": "cgSgspJ2msm6clMCkdW9",
    "Charlotte": "XB0fDUnXU5powFXDhCwa",
    "Callum": "N2lVS1w4EtoT3dr4eOWO",
    "Eva": "FGY2WhTYpPnrIDTdsKH5",
}
_STYLES: Final = {"stockVideo": "stock-video", "movingImage": "moving-image", "aiVideo": "ai-video"}
#: Addresses of images and videos that one video is made of.
_MEDIA_MAX: Final = 50
_VIDEO: Final = "https://cdn.revid.ai/v/1.mp4"
_MADE: Final = (
    said({"success": 1, "pid": "p_1"}),
    said({"status": "building", "progress": 40}),
    said({"status": "ready", "videoUrl": _VIDEO}),
)


class _VideoBlock(JobBlock):
    """A block that makes a video."""

    is_abstract = True
    provider = REVID
    pace = Pace(first_seconds=8.0, seconds_max=30.0)

    @abstractmethod
    def wanted(self, inputs: Any) -> Mapping[str, Any]:
        """Give what the video is made of, besides script, shape, voice and music."""

    async def start(self, inputs: Any, api: Api) -> Any:
        body = {
            "workflow": "script-to-video",
            "source": {"text": inputs.script},
            "aspectRatio": inputs.ratio.replace(" ", "").replace("/", ":"),
            "voice": {"enabled": True, "voiceId": _VOICES.get(inputs.voice, inputs.voice)},
            "captions": {"enabled": True},
            "music": {"enabled": bool(inputs.background_music)},
            **self.wanted(inputs),
        }
        answer = (await api.call("POST", "/render", json=body)).content
        if not answer.get("pid"):
            why = shorten(str(answer.get("error") or answer.get("message") or "no reason is given"), 500)
            raise BlockFailed(f"Revid did not begin the video: {why}")
        return answer["pid"]

    async def ask(self, inputs: Any, api: Api, job: Any) -> Sequence[Emission] | None:
        found = (await api.call("GET", "/status", query={"pid": job})).content
        if found.get("status") == "ready" and found.get("videoUrl"):
            return [("video_url", found["videoUrl"])]
        if found.get("status") in ("failed", "error"):
            why = shorten(str(found.get("error") or "no reason is given"), 500)
            raise BlockFailed(f"Revid could not make the video {job}: {why}")
        return None


class AIShortformVideoCreator(_VideoBlock):
    """Make a short video from a script."""

    id = "361697fb-0c4f-4feb-aed3-8320c88c771b"
    name = "AIShortformVideoCreatorBlock"
    categories = ("SOCIAL", "AI")

    class Input(BlockInput):
        credentials: RevidCredentials = pin(description="Access to Revid.")
        script: str = pin(description="What is said.", min_length=1)
        ratio: str = pin("9 / 16", description="Its shape.")
        resolution: str = pin("720p", description="Its size: 720p, 1080p.")
        frame_rate: int = pin(60, description="Images a second.", ge=1, le=60)
        generation_preset: str = pin("Default", description="How images that are made look, such as Anime.")
        background_music: str = pin("Highway Nocturne", description="With music; empty: without. Revid chooses it.")
        voice: str = pin("Lily", description=f"Who speaks: {', '.join(_VOICES)}, or a voice's id.")
        video_style: str = pin("stockVideo", description="What is shown: stockVideo, movingImage, aiVideo.")

    class Output(BlockOutput):
        video_url: str = pin(description="The video's address.")

    examples = (
        sample(_KEY, {"script": "Walls stand for centuries."}, [("video_url", _VIDEO)], *_MADE),
        sample(
            _KEY,
            {"script": "Walls stand for centuries."},
            [],
            said({"success": 1, "pid": "p_1"}),
            said({"status": "failed", "error": "insufficient_credits"}),
            title="It fails",
            error="insufficient_credits",
        ),
    )

    def wanted(self, inputs: Any) -> Mapping[str, Any]:
        preset = inputs.generation_preset.upper().replace(" ", "_")
        return {
            "media": {"type": _STYLES.get(inputs.video_style, inputs.video_style), "mediaPreset": preset},
            "render": {"resolution": inputs.resolution, "frameRate": inputs.frame_rate},
        }


class AIAdMakerVideoCreator(_VideoBlock):
    """Make an advertisement from a script, and from images and videos of yours."""

    id = "58bd2a19-115d-4fd1-8ca4-13b9e37fa6a0"
    name = "AIAdMakerVideoCreatorBlock"
    categories = ("MARKETING", "AI")

    class Input(BlockInput):
        credentials: RevidCredentials = pin(description="Access to Revid.")
        script: str = pin(description="What is said.", min_length=1)
        ratio: str = pin("9 / 16", description="Its shape.")
        target_duration: int = pin(30, description="Seconds that it is to take.", ge=1, le=600)
        voice: str = pin("Eva", description=f"Who speaks: {', '.join(_VOICES)}, or a voice's id.")
        background_music: str = pin(
            "Dont Stop Me Abstract Future Bass", description="With music; empty: without. Revid chooses it."
        )
        input_media_urls: list[str] = pin(
            default_factory=list, description="Addresses of what is shown.", max_length=_MEDIA_MAX
        )
        use_only_provided_media: bool = pin(True, description="Show nothing else.")

    class Output(BlockOutput):
        video_url: str = pin(description="The video's address.")

    examples = (
        sample(
            _KEY,
            {"script": "Buy walls.", "input_media_urls": ["https://example.com/wall.jpg"]},
            [("video_url", _VIDEO)],
            *_MADE,
        ),
    )

    def wanted(self, inputs: Any) -> Mapping[str, Any]:
        return _own_media(inputs.input_media_urls, inputs.use_only_provided_media, inputs.target_duration)


class AIScreenshotToVideoAd(_VideoBlock):
    """Make an advertisement from a script and an image of what it is for."""

    id = "0f3e4635-e810-43d9-9e81-49e6f4e83b7c"
    name = "AIScreenshotToVideoAdBlock"
    categories = ("AI", "MARKETING")

    class Input(BlockInput):
        credentials: RevidCredentials = pin(description="Access to Revid.")
        script: str = pin(description="What is said.", min_length=1)
        screenshot_url: str = pin(description="The image's address.")
        ratio: str = pin("9 / 16", description="Its shape.")
        target_duration: int = pin(30, description="Seconds that it is to take.", ge=1, le=600)
        voice: str = pin("Eva", description=f"Who speaks: {', '.join(_VOICES)}, or a voice's id.")
        background_music: str = pin(
            "Dont Stop Me Abstract Future Bass", description="With music; empty: without. Revid chooses it."
        )

    class Output(BlockOutput):
        video_url: str = pin(description="The video's address.")

    examples = (
        sample(
            _KEY,
            {"script": "Use it.", "screenshot_url": "https://example.com/app.png"},
            [("video_url", _VIDEO)],
            *_MADE,
        ),
    )

    def wanted(self, inputs: Any) -> Mapping[str, Any]:
        return _own_media([inputs.screenshot_url], True, inputs.target_duration)


def _own_media(addresses: Sequence[str], is_all: bool, seconds: int) -> Mapping[str, Any]:
    for address in addresses:
        if not address.startswith(("http://", "https://")):
            what = "Revid fetches what it shows: give web addresses"
            raise InvalidInput(f"{what}, not {shorten(address, 60)!r}.", pin="input_media_urls")
    provided = [{"url": address, "title": "", "type": _kind(address)} for address in addresses]
    media: dict[str, Any] = {"type": "custom" if provided else "stock-video"}
    if provided:
        media |= {"provided": provided, "useOnlyProvided": is_all, "turnImagesIntoVideos": True}
    return {"media": media, "options": {"targetDuration": seconds}}


def _kind(address: str) -> str:
    path = address.partition("?")[0].lower()
    return "video" if path.endswith((".mp4", ".mov", ".webm", ".m4v")) else "image"
