"""Blocks for Replicate: any of its models, and the Flux models for images. Addresses that they give end after an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from blocks.providers.replicate import REPLICATE, ReplicateCredentials
from blocks.replicate.predictions import Prediction, PredictionBlock, as_text
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(REPLICATE)
_VERSION: Final = "0123456789abcdef" * 4
#: Replicate's names of the Flux models, by those that agents have.
_FLUX: Final = {
    "Flux Schnell": "black-forest-labs/flux-schnell",
    "Flux Pro": "black-forest-labs/flux-pro",
    "Flux Pro 1.1": "black-forest-labs/flux-1.1-pro",
}


class ReplicateModel(PredictionBlock):
    """Run a model of Replicate's. Where it gives several files, this is the first."""

    id = "c40d75a2-d0ea-44c9-a4f6-634bb3bdab1a"
    name = "ReplicateModelBlock"
    categories = ("AI",)

    class Input(BlockInput):
        credentials: ReplicateCredentials = pin(description="Access to Replicate.")
        model_name: str = pin(description="The model.", placeholder="owner/name")
        model_inputs: dict[str, str | int | float | bool] = pin(
            default_factory=dict, description="What it is run with, as its page on Replicate says."
        )
        version: str | None = pin(None, description="A version of it; none: the newest.")

    class Output(BlockOutput):
        result: str = pin(description="What it gave: text, or a file's address.")
        status: str = pin(description="How it ended.")
        model_name: str = pin(description="The model that ran.")

    examples = (
        sample(
            _KEY,
            {"model_name": "owner/poet", "model_inputs": {"prompt": "walls"}, "version": _VERSION},
            [("result", "Stone on stone"), ("status", "succeeded"), ("model_name", f"owner/poet:{_VERSION}")],
            said({"id": "p1", "status": "starting"}, 201),
            said({"id": "p1", "status": "processing"}),
            said({"id": "p1", "status": "succeeded", "output": ["Stone ", "on stone"]}),
        ),
        sample(
            _KEY,
            {"model_name": "owner/poet", "version": _VERSION},
            [],
            said({"id": "p1", "status": "starting"}, 201),
            said({"id": "p1", "status": "failed", "error": "prompt is missing"}),
            title="It fails",
            error="prompt is missing",
        ),
    )

    async def prediction(self, inputs: Input, api: Api) -> Prediction:
        return Prediction(_named(inputs), inputs.model_inputs)

    async def given(self, inputs: Input, api: Api, found: Mapping[str, Any]) -> Sequence[Emission]:
        result = as_text(found.get("output"))
        return [("result", result), ("status", found["status"]), ("model_name", _named(inputs))]


def _named(inputs: ReplicateModel.Input) -> str:
    return f"{inputs.model_name}:{inputs.version}" if inputs.version else inputs.model_name


class ReplicateFluxAdvancedModel(PredictionBlock):
    """Make an image by one of the Flux models."""

    id = "90f8c45e-e983-4644-aa0b-b4ebe2f531bc"
    name = "ReplicateFluxAdvancedModelBlock"
    categories = ("AI", "MULTIMEDIA")

    class Input(BlockInput):
        credentials: ReplicateCredentials = pin(description="Access to Replicate.")
        prompt: str = pin(description="What the image shows.")
        replicate_model_name: str = pin("Flux Schnell", description=f"The model: {', '.join(_FLUX)}.")
        seed: int | None = pin(None, description="The same number gives the same image.")
        steps: int = pin(25, description="Steps that it takes (Flux Pro).", ge=1, le=50)
        guidance: float = pin(3, description="How close it keeps to the text (Flux Pro).", ge=0, le=10)
        interval: float = pin(2, description="How much its images differ (Flux Pro).", ge=0, le=10)
        aspect_ratio: str = pin("1:1", description="The image's shape.", placeholder="16:9")
        output_format: str = pin("webp", description="What kind of image: webp, jpg, png.")
        output_quality: int = pin(80, description="Its quality; png has none.", ge=0, le=100)
        safety_tolerance: int = pin(2, description="What it lets pass: 1 is strict.", ge=0, le=6)

    class Output(BlockOutput):
        result: str = pin(description="The image's address.")

    examples = (
        sample(
            _KEY,
            {"prompt": "A wall"},
            [("result", "https://replicate.delivery/1.webp")],
            said({"is_official": True}),
            said({"id": "p1", "status": "starting"}, 201),
            said({"id": "p1", "status": "succeeded", "output": ["https://replicate.delivery/1.webp"]}),
        ),
    )

    async def prediction(self, inputs: Input, api: Api) -> Prediction:
        model = _FLUX.get(inputs.replicate_model_name, inputs.replicate_model_name)
        wanted = inputs.model_dump(exclude={"credentials", "replicate_model_name", "seed"})
        if inputs.seed is not None:
            wanted["seed"] = inputs.seed
        # Its steps end at 4, and it knows nothing of the rest.
        left = ("steps", "guidance", "interval", "safety_tolerance") if model.endswith("schnell") else ()
        return Prediction(model, {name: value for name, value in wanted.items() if name not in left})

    async def given(self, inputs: Input, api: Api, found: Mapping[str, Any]) -> Sequence[Emission]:
        return [("result", as_text(found.get("output")))]
