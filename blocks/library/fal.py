"""A block for fal: a video that is made from a text by one of its models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from blocks.providers.fal import FAL, FalCredentials
from blocks.sdk import BlockFailed, BlockInput, BlockOutput, Emission, pin
from blocks.sdk.jobs import JobBlock, Pace
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput, shorten

_KEY: Final = sample_key(FAL)
_MODEL: Final = re.compile(r"[\w.-]+(?:/[\w.-]+){1,5}")
_VIDEO: Final = "https://v3.fal.media/files/1.mp4"
#: Lines of a model's log that are given.
_LOGS_MAX: Final = 1_000


class AIVideoGenerator(JobBlock):
    """Make a video from a text."""

    id = "530cf046-2ce0-4854-ae2c-659db17c7a46"
    name = "AIVideoGeneratorBlock"
    categories = ("AI",)
    provider = FAL
    pace = Pace(first_seconds=5.0, seconds_max=30.0)

    class Input(BlockInput):
        prompt: str = pin(description="What the video shows.", min_length=1)
        model: str = pin("fal-ai/mochi-v1", description="The model, such as fal-ai/veo3.")
        credentials: FalCredentials = pin(description="Access to fal.")

    class Output(BlockOutput):
        video_url: str = pin(description="The video's address.")
        logs: list[str] = pin(description="What the model said meanwhile.")

    examples = (
        sample(
            _KEY,
            {"prompt": "A wall"},
            [("logs", ["half of it"]), ("video_url", _VIDEO)],
            said({"request_id": "r1"}),
            said({"status": "IN_QUEUE", "queue_position": 1}),
            said({"status": "COMPLETED", "logs": [{"message": "half of it"}]}),
            said({"video": {"url": _VIDEO}}),
        ),
    )

    async def start(self, inputs: Any, api: Api) -> Any:
        path, places = _path(inputs.model, parts_max=6)
        return (await api.call("POST", path, places, json={"prompt": inputs.prompt})).content["request_id"]

    async def ask(self, inputs: Any, api: Api, job: Any) -> Sequence[Emission] | None:
        # A request is asked for at the app, whichever of the app's models it is for.
        path, places = _path(inputs.model, parts_max=2)
        places = {**places, "request": job}
        state = (await api.call("GET", f"{path}/requests/{{request}}/status", places, query={"logs": 1})).content
        if state.get("status") != "COMPLETED":
            return None
        if state.get("error"):
            raise BlockFailed(f"fal could not make the video {job}: {shorten(str(state['error']), 500)}")
        found = (await api.call("GET", f"{path}/requests/{{request}}", places)).content
        address = found_at(found, ("video", "url")) or found_at(found, ("videos", "0", "url"))
        if not isinstance(address, str):
            raise BlockFailed(f"{inputs.model} gave no video.")
        logs = [str(line.get("message", "")) for line in (state.get("logs") or [])[-_LOGS_MAX:]]
        return [("logs", logs), ("video_url", address)]


def _path(model: str, *, parts_max: int) -> tuple[str, dict[str, str]]:
    """Give a model's path, and what stands in it."""
    if not _MODEL.fullmatch(model):
        raise InvalidInput(f"{shorten(model, 100)!r} is no model of fal's: write fal-ai/name.", pin="model")
    parts = model.split("/")[:parts_max]
    places = {f"part_{number}": part for number, part in enumerate(parts)}
    return "".join(f"/{{{name}}}" for name in places), places
