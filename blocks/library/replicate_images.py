"""Blocks that make and change images by models on Replicate. A pin for files keeps the image with the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from blocks.providers.replicate import REPLICATE, ReplicateCredentials
from blocks.replicate.predictions import Prediction, PredictionBlock, as_file, as_text
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(REPLICATE)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_IMAGE: Final = "data:image/png;base64,iVBORw0KGgo="
_DELIVERED: Final = "https://replicate.delivery/1.png"
#: Images that a model is given at most.
_IMAGES_MAX: Final = 14
#: Replicate's names of the models, by those that agents have.
_MODELS: Final = {
    "Flux 1.1 Pro": "black-forest-labs/flux-1.1-pro",
    "Flux 1.1 Pro Ultra": "black-forest-labs/flux-1.1-pro-ultra",
    "Recraft v3": "recraft-ai/recraft-v3",
    "Stable Diffusion 3.5 Medium": "stability-ai/stable-diffusion-3.5-medium",
    "Flux Kontext Pro": "black-forest-labs/flux-kontext-pro",
    "Flux Kontext Max": "black-forest-labs/flux-kontext-max",
    "Nano Banana": "google/nano-banana",
    "Nano Banana Pro": "google/nano-banana-pro",
    "Nano Banana 2": "google/nano-banana-2",
}
#: {size: (aspect ratio, pixels for the model that knows no ratios)}.
_SIZES: Final = {
    "square": ("1:1", "1024x1024"),
    "landscape": ("4:3", "1365x1024"),
    "portrait": ("3:4", "1024x1365"),
    "wide": ("16:9", "1820x1024"),
    "tall": ("9:16", "1024x1820"),
}


def _model(name: str) -> str:
    return _MODELS.get(name, name)


def _takes_images(model: str) -> bool:
    """Say whether a model takes a list of images; the others take one."""
    return model.startswith("google/")


class AIImageGenerator(PredictionBlock):
    """Make an image from a text."""

    id = "ed1ae7a0-b770-4089-b520-1f0005fad19a"
    name = "AIImageGeneratorBlock"
    categories = ("AI",)

    class Input(BlockInput):
        credentials: ReplicateCredentials = pin(description="Access to Replicate.")
        prompt: str = pin(description="What the image shows.")
        model: str = pin("Nano Banana 2", description="The model, by its name here or on Replicate.")
        size: str = pin("square", description=f"Its shape: {', '.join(_SIZES)}.")
        style: str = pin("any", description="Its style, such as digital_art; any: as the model likes.")

    class Output(BlockOutput):
        image_url: str = pin(description="The image's address, for an hour.")

    examples = (
        sample(
            _KEY,
            {"prompt": "A wall", "style": "digital_art"},
            [("image_url", _DELIVERED)],
            said({"is_official": True}),
            said({"id": "p1", "status": "starting"}, 201),
            said({"id": "p1", "status": "succeeded", "output": _DELIVERED}),
        ),
    )

    async def prediction(self, inputs: Input, api: Api) -> Prediction:
        model = _model(inputs.model)
        shape, pixels = _SIZES.get(inputs.size, (inputs.size, inputs.size))
        style = "" if inputs.style == "any" else inputs.style
        if model == "recraft-ai/recraft-v3":
            return Prediction(model, {"prompt": inputs.prompt, "size": pixels, "style": style or "any"})
        prompt = f"{inputs.prompt}\n\nStyle: {style.replace('_', ' ')}" if style else inputs.prompt
        return Prediction(model, {"prompt": prompt, "aspect_ratio": shape, "output_format": "png"})

    async def given(self, inputs: Input, api: Api, found: Mapping[str, Any]) -> Sequence[Emission]:
        return [("image_url", as_text(found.get("output")))]


class AIImageCustomizer(PredictionBlock):
    """Make an image from a text and images."""

    id = "d76bbe4c-930e-4894-8469-b66775511f71"
    name = "AIImageCustomizerBlock"
    categories = ("AI", "MULTIMEDIA")

    class Input(BlockInput):
        credentials: ReplicateCredentials = pin(description="Access to Replicate.")
        prompt: str = pin(description="What the image shows, or what is changed.")
        model: str = pin("google/nano-banana-2", description="The model.")
        images: list[str] = pin(default_factory=list, description="Images to start from.", max_length=_IMAGES_MAX)
        aspect_ratio: str = pin("match_input_image", description="Its shape, such as 16:9.")
        output_format: str = pin("png", description="What kind of image: png, jpg.")

    class Output(BlockOutput):
        image_url: str = pin(description="The image.")

    examples = (
        sample(
            _KEY,
            {"prompt": "Make it blue", "images": ["https://example.com/wall.png"]},
            [("image_url", _IMAGE)],
            said({"is_official": True}),
            said({"id": "p1", "status": "starting"}, 201),
            said({"id": "p1", "status": "succeeded", "output": _DELIVERED}),
            said(_PNG, content_type="image/png"),
        ),
    )

    async def prediction(self, inputs: Input, api: Api) -> Prediction:
        images = [await as_file(api, image) for image in inputs.images]
        # Without an image there is nothing whose shape could be kept.
        shape = "1:1" if inputs.aspect_ratio == "match_input_image" and not images else inputs.aspect_ratio
        wanted = {"prompt": inputs.prompt, "aspect_ratio": shape, "output_format": inputs.output_format}
        return Prediction(_model(inputs.model), {**wanted, "image_input": images})

    async def given(self, inputs: Input, api: Api, found: Mapping[str, Any]) -> Sequence[Emission]:
        return [("image_url", await api.context.files.keep(as_text(found.get("output"))))]


class AIImageEditor(PredictionBlock):
    """Change an image as a text says."""

    id = "3fd9c73d-4370-4925-a1ff-1b86b99fabfa"
    name = "AIImageEditorBlock"
    categories = ("AI", "MULTIMEDIA")

    class Input(BlockInput):
        credentials: ReplicateCredentials = pin(description="Access to Replicate.")
        prompt: str = pin(description="What is changed.")
        input_image: str | None = pin(None, description="The image; none: one is made.")
        aspect_ratio: str = pin("match_input_image", description="Its shape, such as 16:9.")
        seed: int | None = pin(None, description="The same number gives the same image, where the model knows that.")
        model: str = pin("Nano Banana 2", description="The model, by its name here or on Replicate.")

    class Output(BlockOutput):
        output_image: str = pin(description="The image.")

    examples = (
        sample(
            _KEY,
            {"prompt": "Make it blue", "input_image": _IMAGE},
            [("output_image", _IMAGE)],
            said({"is_official": True}),
            said({"id": "p1", "status": "starting"}, 201),
            said({"id": "p1", "status": "succeeded", "output": _DELIVERED}),
            said(_PNG, content_type="image/png"),
        ),
    )

    async def prediction(self, inputs: Input, api: Api) -> Prediction:
        model = _model(inputs.model)
        image = await as_file(api, inputs.input_image) if inputs.input_image else None
        shape = "1:1" if inputs.aspect_ratio == "match_input_image" and image is None else inputs.aspect_ratio
        wanted: dict[str, Any] = {"prompt": inputs.prompt, "aspect_ratio": shape, "output_format": "png"}
        if _takes_images(model):
            return Prediction(model, {**wanted, "image_input": [image] if image else []})
        more = {"input_image": image, "seed": inputs.seed}
        return Prediction(model, wanted | {name: value for name, value in more.items() if value is not None})

    async def given(self, inputs: Input, api: Api, found: Mapping[str, Any]) -> Sequence[Emission]:
        return [("output_image", await api.context.files.keep(as_text(found.get("output"))))]
