"""Blocks for Apollo: find companies and people, and what is known of one person. A search is read page by page, up to a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any, Final

from blocks.providers.apollo import APOLLO, ApolloCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput

_KEY: Final = sample_key(APOLLO)
#: What one search reads, and what Apollo gives on one page.
RESULTS_MAX: Final = 10_000
_PAGE: Final = 100
#: People that one block looks up one by one: each costs a credit.
ENRICHED_MAX: Final = 1_000


class SeniorityLevels(StrEnum):
    """How senior a person is."""

    OWNER = "owner"
    FOUNDER = "founder"
    C_SUITE = "c_suite"
    PARTNER = "partner"
    VP = "vp"
    HEAD = "head"
    DIRECTOR = "director"
    MANAGER = "manager"
    SENIOR = "senior"
    ENTRY = "entry"
    INTERN = "intern"


class ContactEmailStatuses(StrEnum):
    """How sure Apollo is of an e-mail address."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    LIKELY_TO_ENGAGE = "likely_to_engage"
    UNAVAILABLE = "unavailable"


def _range(numbers: list[int]) -> list[str]:
    """Give ranges as Apollo takes them, of the least and the most: `1,10`."""
    if len(numbers) % 2:
        what = "has the least and the most number of employees, as pairs"
        raise InvalidInput(f"organization_num_employees_range {what}.", pin="organization_num_employees_range")
    return [f"{low},{high}" for low, high in zip(numbers[::2], numbers[1::2], strict=True)]


def _set(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what nobody set."""
    return {name: value for name, value in values.items() if value not in ("", [], None)}


async def _found(api: Api, path: str, wanted: Mapping[str, Any], items: str, limit: int) -> list[dict[str, Any]]:
    """Give what a search finds, page by page."""
    size = min(_PAGE, limit)
    found: list[dict[str, Any]] = []
    for page in range(1, -(-limit // size) + 1):
        body = {**_set(wanted), "page": page, "per_page": size}
        answer = await api.call("POST", path, json=body, is_repeatable=True)
        rows = found_at(answer.content, (items,)) or []
        found += rows
        if len(rows) < size:
            break
    return found[:limit]


class SearchOrganizations(Block):
    """Find companies in Apollo's data."""

    id = "3d71270d-599e-4148-9b95-71b35d2f44f0"
    name = "SearchOrganizationsBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        organization_num_employees_range: list[int] = pin(
            default_factory=lambda: [0, 1_000_000], description="The least and the most employees.", max_length=100
        )
        organization_locations: list[str] = pin(default_factory=list, description="Where their headquarters are.")
        organizations_not_locations: list[str] = pin(default_factory=list, description="Where these are not.")
        q_organization_keyword_tags: list[str] = pin(default_factory=list, description="What they are about.")
        q_organization_name: str = pin("", description="Their name, or a part of it.")
        organization_ids: list[str] = pin(default_factory=list, description="Their ids in Apollo.")
        max_results: int = pin(100, description="How many to give at most.", ge=1, le=RESULTS_MAX)
        credentials: ApolloCredentials = pin(description="Access to Apollo.")

    class Output(BlockOutput):
        organizations: list[dict[str, Any]] = pin(description="The companies.")
        organization: dict[str, Any] = pin(description="Each company by itself.")

    examples = (
        sample(
            _KEY,
            {"q_organization_name": "walls"},
            [("organization", {"id": "1", "name": "Walls"}), ("organizations", [{"id": "1", "name": "Walls"}])],
            said({"organizations": [{"id": "1", "name": "Walls"}]}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        wanted = {
            "organization_num_employees_ranges": _range(inputs.organization_num_employees_range),
            "organization_locations": inputs.organization_locations,
            "organization_not_locations": inputs.organizations_not_locations,
            "q_organization_keyword_tags": inputs.q_organization_keyword_tags,
            "q_organization_name": inputs.q_organization_name,
            "organization_ids": inputs.organization_ids,
        }
        api = Api(APOLLO, inputs.credentials, context)
        found = await _found(api, "/mixed_companies/search", wanted, "organizations", inputs.max_results)
        for organization in found:
            yield "organization", organization
        yield "organizations", found


class SearchPeople(Block):
    """Find people in Apollo's data. It has no addresses in it: with `enrich_info` each person is looked up, too, which costs a
    credit for each."""

    id = "c2adb3aa-5aae-488d-8a6e-4eb8c23e2ed6"
    name = "SearchPeopleBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        person_titles: list[str] = pin(default_factory=list, description="Their titles: one of them will do.")
        person_locations: list[str] = pin(default_factory=list, description="Where they live.")
        person_seniorities: list[SeniorityLevels] = pin(default_factory=list, description="How senior they are.")
        organization_locations: list[str] = pin(default_factory=list, description="Where their employer is.")
        q_organization_domains: list[str] = pin(default_factory=list, description="Their employer's domains.")
        contact_email_statuses: list[ContactEmailStatuses] = pin(
            default_factory=list, description="How sure Apollo is to be of their address."
        )
        organization_ids: list[str] = pin(default_factory=list, description="Their employer's ids in Apollo.")
        organization_num_employees_range: list[int] = pin(
            default_factory=list, description="The least and the most employees of their employer.", max_length=100
        )
        q_keywords: str = pin("", description="Words to look for.")
        max_results: int = pin(25, description="How many to give at most.", ge=1, le=RESULTS_MAX)
        enrich_info: bool = pin(False, description="Look each of them up, for a credit each.")
        credentials: ApolloCredentials = pin(description="Access to Apollo.")

    class Output(BlockOutput):
        people: list[dict[str, Any]] = pin(description="The people.")

    examples = (
        sample(
            _KEY,
            {"person_titles": ["mason"]},
            [("people", [{"id": "1", "first_name": "Ann"}])],
            said({"people": [{"id": "1", "first_name": "Ann"}]}),
        ),
        sample(
            _KEY,
            {"person_titles": ["mason"], "enrich_info": True},
            [("people", [{"id": "1", "first_name": "Ann", "email": "ann@example.com"}])],
            said({"people": [{"id": "1", "first_name": "Ann"}]}),
            said({"person": {"id": "1", "email": "ann@example.com"}}),
            title="Each is looked up",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.enrich_info and inputs.max_results > ENRICHED_MAX:
            raise InvalidInput(f"At most {ENRICHED_MAX} people are looked up by one block.", pin="max_results")
        wanted = {
            "person_titles": inputs.person_titles,
            "person_locations": inputs.person_locations,
            "person_seniorities": inputs.person_seniorities,
            "organization_locations": inputs.organization_locations,
            "q_organization_domains_list": inputs.q_organization_domains,
            "contact_email_status": inputs.contact_email_statuses,
            "organization_ids": inputs.organization_ids,
            "organization_num_employees_ranges": _range(inputs.organization_num_employees_range),
            "q_keywords": inputs.q_keywords,
        }
        api = Api(APOLLO, inputs.credentials, context)
        people = await _found(api, "/mixed_people/api_search", wanted, "people", inputs.max_results)
        if inputs.enrich_info:
            people = [{**person, **await _details(api, {"id": person["id"]})} for person in people]
        yield "people", people


class GetPersonDetail(Block):
    """Give what Apollo knows of a person, by whatever you know: the more, the surer. It costs a credit."""

    id = "3b18d46c-3db6-42ae-a228-0ba441bdd176"
    name = "GetPersonDetailBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        person_id: str = pin("", description="Their id in Apollo.")
        first_name: str = pin("", description="Their first name.")
        last_name: str = pin("", description="Their last name.")
        name: str = pin("", description="Their whole name.")
        email: str = pin("", description="Their e-mail address.")
        domain: str = pin("", description="Their employer's domain.")
        company: str = pin("", description="Their employer's name.")
        linkedin_url: str = pin("", description="Their profile on LinkedIn.")
        organization_id: str = pin("", description="Their employer's id in Apollo.")
        title: str = pin("", description="Their title.")
        credentials: ApolloCredentials = pin(description="Access to Apollo.")

    class Output(BlockOutput):
        contact: dict[str, Any] = pin(description="The person.")

    examples = (
        sample(
            _KEY,
            {"email": "ann@example.com"},
            [("contact", {"id": "1", "name": "Ann Lee"})],
            said({"person": {"id": "1", "name": "Ann Lee"}}),
        ),
        sample(
            _KEY,
            {"email": "nobody@example.com"},
            [],
            said({"person": None}),
            title="Nobody is known",
            error="knows nobody",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        wanted = {
            "id": inputs.person_id,
            "first_name": inputs.first_name,
            "last_name": inputs.last_name,
            "name": inputs.name,
            "email": inputs.email,
            "domain": inputs.domain,
            "organization_name": inputs.company,
            "linkedin_url": inputs.linkedin_url,
            "organization_id": inputs.organization_id,
            "title": inputs.title,
        }
        if not _set(wanted):
            raise InvalidInput("Say something of the person: an e-mail address, a profile, a name and a company.")
        found = await _details(Api(APOLLO, inputs.credentials, context), wanted)
        if not found:
            raise BlockFailed("Apollo knows nobody like that.")
        yield "contact", found


async def _details(api: Api, wanted: Mapping[str, Any]) -> dict[str, Any]:
    answer = await api.call("POST", "/people/match", json=_set(wanted))
    found = answer.content.get("person") if isinstance(answer.content, dict) else None
    return dict(found or {})
