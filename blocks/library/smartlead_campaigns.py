"""Blocks for Smartlead: make a campaign, give it its e-mails and its leads. None of them sends anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.providers.smartlead import SMARTLEAD, SmartleadCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import Api, Arguments, Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(SMARTLEAD)
#: What Smartlead takes in one request, and what one block sends.
_LEADS_A_REQUEST: Final = 400
LEADS_MAX: Final = 20_000
SEQUENCES_MAX: Final = 100
#: What it counts, as the pin is called, and as it calls it, today and before.
_COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "upload_count": ("upload_count", "added_count"),
    "already_added_to_campaign": ("already_added_to_campaign",),
    "duplicate_count": ("duplicate_count",),
    "invalid_email_count": ("invalid_email_count",),
    "lead_import_stopped_count": ("lead_import_stopped_count",),
}


class LeadUploadSettings(BaseModel):
    """Which leads are taken nevertheless."""

    ignore_global_block_list: bool = Field(False, description="Those that are blocked.")
    ignore_unsubscribe_list: bool = Field(False, description="Those that unsubscribed.")
    ignore_community_bounce_list: bool = Field(False, description="Those whose mails came back to others.")
    ignore_duplicate_leads_in_other_campaign: bool = Field(False, description="Those that another campaign has.")


class CreateCampaign(RestBlock):
    """Make a campaign. It is a draft."""

    id = "8865699f-9188-43c4-89b0-79c84cfaa03e"
    name = "CreateCampaignBlock"
    categories = ("CRM",)
    provider = SMARTLEAD
    operation = Operation(
        "POST",
        "/campaigns/create",
        body={"name": "name"},
        gives={"id": ("id",), "name": ("name",), "created_at": ("created_at",)},
    )

    class Input(BlockInput):
        name: str = pin(description="What it is called.")
        credentials: SmartleadCredentials = pin(description="Access to Smartlead.")

    class Output(BlockOutput):
        id: int = pin(description="The campaign's id.")
        name: str = pin(description="What it is called.")
        created_at: str = pin(description="When it was made.")

    examples = (
        sample(
            _KEY,
            {"name": "Walls"},
            [("id", 5), ("name", "Walls"), ("created_at", "2026-01-31T12:00:00Z")],
            said({"ok": True, "id": 5, "name": "Walls", "created_at": "2026-01-31T12:00:00Z"}),
        ),
    )


class AddLeadToCampaign(Block):
    """Add people to a campaign. One who is in it already is counted, and not added again."""

    id = "fb8106a4-1a8f-42f9-a502-f6d07e6fe0ec"
    name = "AddLeadToCampaignBlock"
    categories = ("CRM",)

    class Input(BlockInput):
        campaign_id: int = pin(description="The campaign.")
        lead_list: list[dict[str, Any]] = pin(
            default_factory=list,
            description="The people: each has an email, and perhaps first_name, last_name, company_name, custom_fields.",
            max_length=LEADS_MAX,
        )
        settings: LeadUploadSettings = pin(
            default_factory=LeadUploadSettings, description="Which of them are taken nevertheless."
        )
        credentials: SmartleadCredentials = pin(description="Access to Smartlead.")

    class Output(BlockOutput):
        campaign_id: int = pin(description="The campaign.")
        upload_count: int = pin(description="Those that were added.")
        already_added_to_campaign: int = pin(description="Those that were in it.")
        duplicate_count: int = pin(description="Those that came twice.")
        invalid_email_count: int = pin(description="Those whose address is none.")
        is_lead_limit_exhausted: bool = pin(description="Whether the account takes no more.")
        lead_import_stopped_count: int = pin(description="Those that were not looked at therefore.")

    examples = (
        sample(
            _KEY,
            {"campaign_id": 5, "lead_list": [{"email": "ann@example.com"}]},
            [("campaign_id", 5), ("upload_count", 1), ("duplicate_count", 0), ("is_lead_limit_exhausted", False)],
            said({"ok": True, "upload_count": 1, "duplicate_count": 0, "is_lead_limit_exhausted": False}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(SMARTLEAD, inputs.credentials, context)
        counts: Counter[str] = Counter()
        is_exhausted = None
        for start in range(0, max(1, len(inputs.lead_list)), _LEADS_A_REQUEST):
            leads = inputs.lead_list[start : start + _LEADS_A_REQUEST]
            body = {"lead_list": leads, "settings": inputs.settings.model_dump()}
            # A lead that is sent twice is there once, so this may be sent again.
            answer = await api.call(
                "POST",
                "/campaigns/{campaign_id}/leads",
                {"campaign_id": inputs.campaign_id},
                json=body,
                is_repeatable=True,
            )
            counts.update(_counts(answer.content))
            is_exhausted = answer.content.get("is_lead_limit_exhausted", is_exhausted)
        yield "campaign_id", inputs.campaign_id
        for name in _COUNTS:
            if name in counts and name != "lead_import_stopped_count":
                yield name, counts[name]
        if is_exhausted is not None:
            yield "is_lead_limit_exhausted", is_exhausted
        if "lead_import_stopped_count" in counts:
            yield "lead_import_stopped_count", counts["lead_import_stopped_count"]


def _counts(answer: Mapping[str, Any]) -> dict[str, int]:
    found = {name: [answer[key] for key in keys if isinstance(answer.get(key), int)] for name, keys in _COUNTS.items()}
    return {name: int(values[0]) for name, values in found.items() if values}


class SaveCampaignSequences(RestBlock):
    """Give a campaign its e-mails. One without an id is new, one with an id is changed; the campaign must not be running."""

    id = "e7d9f41c-dc10-4f39-98ba-a432abd128c0"
    name = "SaveCampaignSequencesBlock"
    categories = ("CRM",)
    provider = SMARTLEAD
    operation = Operation("POST", "/campaigns/{campaign_id}/sequences", body={"sequences": "sequences"})

    class Input(BlockInput):
        campaign_id: int = pin(description="The campaign.")
        sequences: list[dict[str, Any]] = pin(
            default_factory=list,
            description="The e-mails: each has seq_number, seq_delay_details, subject and email_body, or seq_variants.",
            max_length=SEQUENCES_MAX,
        )
        credentials: SmartleadCredentials = pin(description="Access to Smartlead.")

    class Output(BlockOutput):
        data: dict[str, Any] | str | None = pin(description="What was saved.")
        message: str = pin(description="What Smartlead says of it.")

    examples = (
        sample(
            _KEY,
            {"campaign_id": 5, "sequences": [{"seq_number": 1, "subject": "Walls", "email_body": "<p>Hi</p>"}]},
            [("data", "success")],
            said({"ok": True, "data": "success"}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        return Arguments(found.places, {}, {"sequences": [{"id": None, **one} for one in inputs.sequences]})

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "data", answer.get("data")
        if answer.get("message"):
            yield "message", answer["message"]
