"""A block for Ideogram: an image that is made from a text, perhaps made larger. Its address ends some time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, Final

from blocks.providers.ideogram import IDEOGRAM, IdeogramCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(IDEOGRAM)
_SECONDS: Final = 180.0
_COLOURS_MAX: Final = 10
_URL: Final = "https://ideogram.ai/api/images/1.png"


class IdeogramModelName(StrEnum):
    """Ideogram's models."""

    V3 = "V_3"
    V2 = "V_2"
    V1 = "V_1"
    V1_TURBO = "V_1_TURBO"
    V2_TURBO = "V_2_TURBO"
    V2A = "V_2A"
    V2A_TURBO = "V_2A_TURBO"


class UpscaleOption(StrEnum):
    """Whether the image is made larger."""

    AI_UPSCALE = "AI Upscale"
    NO_UPSCALE = "No Upscale"


class IdeogramModel(Block):
    """Make an image from a text."""

    id = "6ab085e2-20b3-4055-bc3e-08036e01eca6"
    name = "IdeogramModelBlock"
    categories = ("AI", "MULTIMEDIA")

    class Input(BlockInput):
        credentials: IdeogramCredentials = pin(description="Access to Ideogram.")
        prompt: str = pin(description="What the image shows.", min_length=1)
        ideogram_model_name: IdeogramModelName = pin(IdeogramModelName.V3, description="The model.")
        aspect_ratio: str = pin(
            "ASPECT_1_1", description="Its shape, such as ASPECT_16_9.", pattern=r"^ASPECT_\d{1,2}_\d{1,2}$"
        )
        upscale: UpscaleOption = pin(UpscaleOption.NO_UPSCALE, description="Whether it is made larger.")
        magic_prompt_option: str = pin("AUTO", description="Whether Ideogram adds to the text: AUTO, ON, OFF.")
        seed: int | None = pin(None, description="The same number gives the same image.")
        style_type: str = pin("AUTO", description="Its style: AUTO, GENERAL, REALISTIC, DESIGN, FICTION.")
        negative_prompt: str | None = pin(None, description="What it must not show.")
        color_palette_name: str = pin("NONE", description="Its colours, by a name such as EMBER; NONE: any.")
        custom_color_palette: list[str] | None = pin(
            None, description="Its colours, as #RRGGBB.", max_length=_COLOURS_MAX
        )

    class Output(BlockOutput):
        result: str = pin(description="The image's address.")

    examples = (
        sample(_KEY, {"prompt": "A wall"}, [("result", _URL)], said({"data": [{"url": _URL}]})),
        sample(
            _KEY,
            {"prompt": "A wall"},
            [],
            said({"data": [{"url": None, "is_image_safe": False}]}),
            title="It is not shown",
            error="no image",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(IDEOGRAM, inputs.credentials, context)
        if inputs.ideogram_model_name is IdeogramModelName.V3:
            made = await api.call("POST", "/v1/ideogram-v3/generate", json=_newer(inputs), timeout_seconds=_SECONDS)
        else:
            body = {"image_request": _older(inputs)}
            made = await api.call("POST", "/generate", json=body, timeout_seconds=_SECONDS)
        address = _address(made.content)
        if inputs.upscale is UpscaleOption.AI_UPSCALE:
            address = await _upscaled(api, address, inputs.prompt)
        yield "result", address


def _palette(inputs: Any) -> dict[str, Any] | None:
    if inputs.custom_color_palette:
        return {"members": [{"color_hex": colour} for colour in inputs.custom_color_palette]}
    return None if inputs.color_palette_name == "NONE" else {"name": inputs.color_palette_name}


def _shared(inputs: Any) -> dict[str, Any]:
    return {
        "prompt": inputs.prompt,
        "seed": inputs.seed,
        "negative_prompt": inputs.negative_prompt or None,
        "color_palette": _palette(inputs),
    }


def _newer(inputs: Any) -> dict[str, Any]:
    """Give what version 3 is asked: https://developer.ideogram.ai/api-reference/api-reference/generate-v3."""
    shape = inputs.aspect_ratio.removeprefix("ASPECT_").replace("_", "x")
    asked = {**_shared(inputs), "aspect_ratio": shape, "magic_prompt": inputs.magic_prompt_option}
    return _set({**asked, "style_type": None if inputs.style_type == "AUTO" else inputs.style_type})


def _older(inputs: Any) -> dict[str, Any]:
    asked = {**_shared(inputs), "model": inputs.ideogram_model_name.value, "aspect_ratio": inputs.aspect_ratio}
    return _set({**asked, "magic_prompt_option": inputs.magic_prompt_option, "style_type": inputs.style_type})


def _set(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _address(content: Any) -> str:
    found = found_at(content, ("data", "0", "url"))
    if not isinstance(found, str):
        raise BlockFailed("Ideogram gave no image: it holds the text, or what came of it, for unsafe.")
    return found


async def _upscaled(api: Api, address: str, prompt: str) -> str:
    image = await api.context.files.open(address, types=("image/",))
    request = json.dumps({"prompt": prompt})
    answer = await api.call(
        "POST",
        "/upscale",
        data={"image_request": request},
        files=[("image_file", (image.name, image.content, image.media_type))],
        timeout_seconds=_SECONDS,
    )
    return _address(answer.content)
