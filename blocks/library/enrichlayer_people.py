"""Blocks for Enrich Layer: a person's public profile, and who a person or a role is. Each call costs credits there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, Final

from blocks.providers.enrichlayer import ENRICHLAYER, EnrichlayerCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, Arguments, Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(ENRICHLAYER)
#: {pin: the parameters that it sets}.
_INCLUDED: Final = {
    "include_skills": ("skills",),
    "include_inferred_salary": ("inferred_salary",),
    "include_personal_email": ("personal_email",),
    "include_personal_contact_number": ("personal_contact_number",),
    "include_social_media": ("twitter_profile_id", "facebook_profile_id", "github_profile_id"),
    "include_extra": ("extra",),
}
_PNG: Final = b"\x89PNG\r\n\x1a\n"


class FallbackToCache(StrEnum):
    """What becomes of a profile that cannot be read now."""

    ON_ERROR = "on-error"
    NEVER = "never"


class UseCache(StrEnum):
    """How old a profile may be."""

    IF_PRESENT = "if-present"
    IF_RECENT = "if-recent"


class GetLinkedinProfile(RestBlock):
    """Give a person's public profile."""

    id = "f6e0ac73-4f1d-4acb-b4b7-b67066c5984e"
    name = "GetLinkedinProfileBlock"
    categories = ("SOCIAL",)
    provider = ENRICHLAYER
    operation = Operation(
        "GET",
        "/profile",
        query={"linkedin_url": "profile_url", "fallback_to_cache": "fallback_to_cache", "use_cache": "use_cache"},
        gives={"profile": ()},
    )

    class Input(BlockInput):
        linkedin_url: str = pin(description="The profile.", placeholder="https://www.linkedin.com/in/somebody/")
        fallback_to_cache: FallbackToCache = pin(
            FallbackToCache.ON_ERROR, description="Whether an older one is given where it cannot be read now."
        )
        use_cache: UseCache = pin(UseCache.IF_PRESENT, description="if-recent: none that is older than 29 days.")
        include_skills: bool = pin(False, description="With skills.")
        include_inferred_salary: bool = pin(False, description="With a guess at the salary.")
        include_personal_email: bool = pin(False, description="With private e-mail addresses.")
        include_personal_contact_number: bool = pin(False, description="With private telephone numbers.")
        include_social_media: bool = pin(False, description="With ids on Twitter, Facebook and GitHub.")
        include_extra: bool = pin(False, description="With gender, birth date, industry and interests.")
        credentials: EnrichlayerCredentials = pin(description="Access to Enrich Layer.")

    class Output(BlockOutput):
        profile: dict[str, Any] = pin(description="The profile.")

    examples = (
        sample(
            _KEY,
            {"linkedin_url": "https://www.linkedin.com/in/ann/"},
            [("profile", {"full_name": "Ann Lee", "occupation": "Mason"})],
            said({"full_name": "Ann Lee", "occupation": "Mason"}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        wanted = {name: "include" for pin, names in _INCLUDED.items() if getattr(inputs, pin) for name in names}
        return Arguments(found.places, {**found.query, **wanted}, None)


class LinkedinPersonLookup(RestBlock):
    """Find a person's profile by the name and the company."""

    id = "d237a98a-5c4b-4a1c-b9e3-e6f9a6c81df7"
    name = "LinkedinPersonLookupBlock"
    categories = ("SOCIAL",)
    provider = ENRICHLAYER
    operation = Operation(
        "GET",
        "/profile/resolve",
        query={
            "first_name": "first_name",
            "last_name": "last_name",
            "company_domain": "company_domain",
            "location": "location",
            "title": "title",
        },
        gives={"lookup_result": ()},
    )

    class Input(BlockInput):
        first_name: str = pin(description="The first name.")
        last_name: str | None = pin(None, description="The last name.")
        company_domain: str = pin(description="The company, by its domain or its name.")
        location: str | None = pin(None, description="Where the person lives.")
        title: str | None = pin(None, description="The person's title.")
        include_similarity_checks: bool = pin(
            False, description="Leave out whoever is not alike; it costs as much where nobody is left."
        )
        enrich_profile: bool = pin(False, description="With the profile, for a credit more.")
        credentials: EnrichlayerCredentials = pin(description="Access to Enrich Layer.")

    class Output(BlockOutput):
        lookup_result: dict[str, Any] = pin(description="Who was found.")

    examples = (
        sample(
            _KEY,
            {"first_name": "Ann", "company_domain": "example.com"},
            [("lookup_result", {"url": "https://www.linkedin.com/in/ann/"})],
            said({"url": "https://www.linkedin.com/in/ann/"}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        choices = {
            "similarity_checks": "include" if inputs.include_similarity_checks else "skip",
            "enrich_profile": "enrich" if inputs.enrich_profile else "skip",
        }
        return Arguments(found.places, {**found.query, **choices}, None)


class LinkedinRoleLookup(RestBlock):
    """Find who has a role in a company."""

    id = "3b9fc742-06d4-49c7-b5ce-7e302dd7c8a7"
    name = "LinkedinRoleLookupBlock"
    categories = ("SOCIAL",)
    provider = ENRICHLAYER
    operation = Operation(
        "GET",
        "/find/company/role/",
        query={"role": "role", "company_name": "company_name"},
        gives={"role_lookup_result": ()},
    )

    class Input(BlockInput):
        role: str = pin(description="The role.", placeholder="CEO")
        company_name: str = pin(description="The company.")
        enrich_profile: bool = pin(False, description="With the profile, for a credit more.")
        credentials: EnrichlayerCredentials = pin(description="Access to Enrich Layer.")

    class Output(BlockOutput):
        role_lookup_result: dict[str, Any] = pin(description="Who was found.")

    examples = (
        sample(
            _KEY,
            {"role": "CEO", "company_name": "Walls"},
            [("role_lookup_result", {"linkedin_profile_url": "https://www.linkedin.com/in/ann/"})],
            said({"linkedin_profile_url": "https://www.linkedin.com/in/ann/"}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        return Arguments(
            found.places, {**found.query, "enrich_profile": "enrich" if inputs.enrich_profile else "skip"}, None
        )


class GetLinkedinProfilePicture(Block):
    """Give the picture of a profile. Its address ends after half an hour, so the picture is kept with the run."""

    id = "68d5a942-9b3f-4e9a-b7c1-d96ea4321f0d"
    name = "GetLinkedinProfilePictureBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        linkedin_profile_url: str = pin(description="The profile.")
        credentials: EnrichlayerCredentials = pin(description="Access to Enrich Layer.")

    class Output(BlockOutput):
        profile_picture_url: str = pin(description="The picture.")

    examples = (
        sample(
            _KEY,
            {"linkedin_profile_url": "https://www.linkedin.com/in/ann/"},
            [("profile_picture_url", "data:image/png;base64,iVBORw0KGgo=")],
            said({"tmp_profile_pic_url": "https://pictures.example.com/1.png"}),
            said(_PNG, content_type="image/png"),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(ENRICHLAYER, inputs.credentials, context)
        query = {"person_profile_url": inputs.linkedin_profile_url}
        answer = await api.call("GET", "/person/profile-picture", query=query)
        address = answer.content.get("tmp_profile_pic_url")
        if not address:
            raise BlockFailed("This profile has no picture.")
        yield "profile_picture_url", await context.files.keep(address)
