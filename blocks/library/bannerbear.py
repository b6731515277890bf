"""A block for Bannerbear: an image from a template, with texts and an image of yours in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from blocks.providers.bannerbear import BANNERBEAR, BannerbearCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(BANNERBEAR)
_IMAGE: Final = "https://images.bannerbear.com/1.png"
_CHANGES_MAX: Final = 100
#: It answers within ten, or says that it could not.
_SECONDS: Final = 30.0


class TextModification(BaseModel):
    """What a layer of a template says."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(description="The layer.")
    text: str = Field(description="What it says.")
    color: str | None = Field(None, description="Its colour, as #RRGGBB.")
    font_family: str | None = Field(None, description="Its font.")
    font_size: int | None = Field(None, description="Its size.")
    font_weight: str | None = Field(None, description="How bold it is.")
    text_align: str | None = Field(None, description="left, center or right.")


class BannerbearTextOverlay(Block):
    """Make an image from a template. With `webhook_url` it is made later, and that address is told."""

    id = "c7d3a5c2-05fc-450e-8dce-3b0e04626009"
    name = "BannerbearTextOverlayBlock"
    categories = ("PRODUCTIVITY", "AI")

    class Input(BlockInput):
        credentials: BannerbearCredentials = pin(description="Access to Bannerbear.")
        template_id: str = pin(description="The template.", min_length=1)
        project_id: str = pin("", description="Its project, where the key is for all of them.")
        text_modifications: list[TextModification] = pin(
            description="What its layers say.", min_length=1, max_length=_CHANGES_MAX
        )
        image_url: str = pin("", description="An image for one of its layers.")
        image_layer_name: str = pin("photo", description="That layer.")
        webhook_url: str = pin("", description="An address that is told when the image is there.")
        metadata: str = pin("", description="What is kept with the image.")

    class Output(BlockOutput):
        success: bool = pin(description="Whether it was begun.")
        image_url: str = pin(description="The image's address.")
        uid: str = pin(description="The image's id.")
        status: str = pin(description="How far it is.")

    examples = (
        sample(
            _KEY,
            {"template_id": "t1", "text_modifications": [{"name": "title", "text": "Walls"}]},
            [("success", True), ("image_url", _IMAGE), ("uid", "u1"), ("status", "completed")],
            said({"uid": "u1", "status": "completed", "image_url": _IMAGE}),
        ),
        sample(
            _KEY,
            {
                "template_id": "t1",
                "text_modifications": [{"name": "title", "text": "Walls"}],
                "webhook_url": "https://example.com/done",
            },
            [("success", True), ("uid", "u1"), ("status", "pending")],
            said({"uid": "u1", "status": "pending", "image_url": None}, 202),
            title="It is made later",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        changes: list[dict[str, Any]] = [one.model_dump(exclude_none=True) for one in inputs.text_modifications]
        if inputs.image_url:
            changes.append({"name": inputs.image_layer_name, "image_url": inputs.image_url})
        more = {
            "project_id": inputs.project_id,
            "webhook_url": inputs.webhook_url,
            "metadata": inputs.metadata,
        }
        body = {"template": inputs.template_id, "modifications": changes}
        body |= {name: value for name, value in more.items() if value}
        path = "/images" if inputs.webhook_url else "sync:/images"
        api = Api(BANNERBEAR, inputs.credentials, context)
        found = (await api.call("POST", path, json=body, timeout_seconds=_SECONDS)).content
        yield "success", True
        for name in ("image_url", "uid", "status"):
            if found.get(name):
                yield name, found[name]
