"""Apollo, ZeroBounce, Smartlead, Enrich Layer and DataForSEO as their documentation has them."""

from __future__ import annotations

import pytest

from blocks.library.apollo_leads import GetPersonDetail, SearchOrganizations, SearchPeople
from blocks.library.dataforseo import DataForSeoKeywordSuggestions, DataForSeoRelatedKeywords
from blocks.library.enrichlayer_people import (
    GetLinkedinProfile,
    GetLinkedinProfilePicture,
    LinkedinPersonLookup,
    LinkedinRoleLookup,
)
from blocks.library.smartlead_campaigns import AddLeadToCampaign, CreateCampaign, SaveCampaignSequences
from blocks.library.zerobounce import ValidateEmails
from blocks.providers.apollo import APOLLO
from blocks.providers.dataforseo import DATAFORSEO
from blocks.providers.enrichlayer import ENRICHLAYER
from blocks.providers.smartlead import SMARTLEAD
from blocks.providers.zerobounce import ZEROBOUNCE
from blocks.sdk import UserPassword
from schema.credentials import Reference
from tests.providers.exchanges import Anything, Case, Exchange, header, parameter, play
from tests.providers.services import Asked, Says, service

PNG = b"\x89PNG\r\n\x1a\n"
SETTINGS = {
    "ignore_global_block_list": False,
    "ignore_unsubscribe_list": False,
    "ignore_community_bounce_list": False,
    "ignore_duplicate_leads_in_other_campaign": False,
}
APOLLO_CASES = [
    Case(
        SearchOrganizations,
        {"organization_num_employees_range": [1, 10, 50, 100], "organization_locations": ["Bern"], "max_results": 2},
        [
            Exchange(
                "POST",
                "/mixed_companies/search",
                {"organizations": [{"id": "1"}, {"id": "2"}, {"id": "3"}]},
                json={
                    "page": 1,
                    "organization_num_employees_ranges": ["1,10", "50,100"],
                    "organization_locations": ["Bern"],
                    "per_page": 2,
                },
            )
        ],
        [("organization", {"id": "1"}), ("organization", {"id": "2"}), ("organizations", [{"id": "1"}, {"id": "2"}])],
    ),
    Case(
        SearchPeople,
        {"person_titles": ["mason"], "person_seniorities": ["c_suite"], "enrich_info": True, "max_results": 1},
        [
            Exchange(
                "POST",
                "/mixed_people/api_search",
                {"people": [{"id": "1"}]},
                json={"person_titles": ["mason"], "person_seniorities": ["c_suite"], "page": 1, "per_page": 1},
            ),
            Exchange("POST", "/people/match", {"person": {"id": "1", "email": "a@b.c"}}, json={"id": "1"}),
        ],
        [("people", [{"id": "1", "email": "a@b.c"}])],
    ),
    Case(
        GetPersonDetail,
        {"name": "Ann Lee", "company": "Walls"},
        [
            Exchange(
                "POST", "/people/match", {"person": {"id": "1"}}, json={"name": "Ann Lee", "organization_name": "Walls"}
            )
        ],
        [("contact", {"id": "1"})],
    ),
]


@pytest.mark.parametrize("case", APOLLO_CASES, ids=str)
async def test_apollo_is_asked_as_documented(case: Case) -> None:
    await play(APOLLO, case, header("x-api-key", "the-secret-key"))


async def test_a_search_at_apollo_is_read_page_by_page() -> None:
    def page(asked: Asked) -> Says:
        size = 100 if asked.json["page"] < 3 else 7
        return Says({"organizations": [{"id": f"{asked.json['page']}-{place}"} for place in range(size)]})

    async with service(APOLLO, {("POST", "/mixed_companies/search"): page}) as running:
        outcome = await running.run(SearchOrganizations, {"max_results": 1_000})
    assert len(outcome.outputs[-1][1]) == 207
    assert [asked.json["page"] for asked in running.asked] == [1, 2, 3]


async def test_a_range_of_employees_is_a_pair() -> None:
    async with service(APOLLO, {}) as running:
        outcome = await running.run(SearchOrganizations, {"organization_num_employees_range": [5]})
    assert outcome.code == "INVALID_INPUT"
    assert not running.asked


async def test_a_person_of_whom_nothing_is_said_is_not_asked_for() -> None:
    async with service(APOLLO, {}) as running:
        outcome = await running.run(GetPersonDetail, {})
    assert outcome.code == "INVALID_INPUT"
    assert not running.asked


async def test_zerobounce_is_asked_as_documented() -> None:
    told = {"address": "ann@example.com", "status": "valid"}
    query = {"email": "ann@example.com", "ip_address": "192.0.2.1"}
    case = Case(ValidateEmails, query, [Exchange("GET", "/validate", told, query=query)], [("response", told)])
    await play(ZEROBOUNCE, case, parameter("api_key"))


CAMPAIGN = {"ok": True, "id": 5, "name": "Walls", "created_at": "now"}
SMARTLEAD_CASES = [
    Case(
        CreateCampaign,
        {"name": "Walls"},
        [Exchange("POST", "/campaigns/create", CAMPAIGN, json={"name": "Walls"})],
        [("id", 5), ("name", "Walls"), ("created_at", "now")],
    ),
    Case(
        SaveCampaignSequences,
        {"campaign_id": 5, "sequences": [{"seq_number": 1, "seq_delay_details": {"delay_in_days": 1}}]},
        [
            Exchange(
                "POST",
                "/campaigns/5/sequences",
                {"ok": True, "data": "success"},
                json={"sequences": [{"id": None, "seq_number": 1, "seq_delay_details": {"delay_in_days": 1}}]},
            )
        ],
        [("data", "success")],
    ),
]


@pytest.mark.parametrize("case", SMARTLEAD_CASES, ids=str)
async def test_smartlead_is_asked_as_documented(case: Case) -> None:
    await play(SMARTLEAD, case, parameter("api_key"))


async def test_many_leads_are_added_four_hundred_a_request_and_counted_together() -> None:
    leads = [{"email": f"{number}@example.com"} for number in range(450)]
    told = {"upload_count": 1, "duplicate_count": 2, "invalid_email_count": 0, "already_added_to_campaign": 3}
    case = Case(
        AddLeadToCampaign,
        {"campaign_id": 5, "lead_list": leads},
        [
            Exchange("POST", "/campaigns/5/leads", told, json={"lead_list": part, "settings": SETTINGS})
            for part in (leads[:400], leads[400:])
        ],
        [
            ("campaign_id", 5),
            ("upload_count", 2),
            ("already_added_to_campaign", 6),
            ("duplicate_count", 4),
            ("invalid_email_count", 0),
        ],
    )
    await play(SMARTLEAD, case, parameter("api_key"))


async def test_what_smartlead_refuses_with_status_200_is_refused() -> None:
    async with service(SMARTLEAD, Anything(Says({"ok": False, "error": "Campaign is active"}))) as running:
        outcome = await running.run(SaveCampaignSequences, {"campaign_id": 5, "sequences": []})
    assert outcome.code == "BLOCK_FAILED"
    assert "Campaign is active" in outcome.error.message


ENRICHLAYER_CASES = [
    Case(
        GetLinkedinProfile,
        {"linkedin_url": "https://www.linkedin.com/in/ann/", "include_skills": True, "include_social_media": True},
        [
            Exchange(
                "GET",
                "/profile",
                {"full_name": "Ann"},
                query={
                    "profile_url": "https://www.linkedin.com/in/ann/",
                    "fallback_to_cache": "on-error",
                    "use_cache": "if-present",
                    "skills": "include",
                    "twitter_profile_id": "include",
                    "facebook_profile_id": "include",
                    "github_profile_id": "include",
                },
            )
        ],
        [("profile", {"full_name": "Ann"})],
    ),
    Case(
        LinkedinPersonLookup,
        {"first_name": "Ann", "company_domain": "example.com", "enrich_profile": True},
        [
            Exchange(
                "GET",
                "/profile/resolve",
                {"url": "u"},
                query={
                    "first_name": "Ann",
                    "company_domain": "example.com",
                    "similarity_checks": "skip",
                    "enrich_profile": "enrich",
                },
            )
        ],
        [("lookup_result", {"url": "u"})],
    ),
    Case(
        LinkedinRoleLookup,
        {"role": "CEO", "company_name": "Walls"},
        [
            Exchange(
                "GET",
                "/find/company/role/",
                {"linkedin_profile_url": "u"},
                query={"role": "CEO", "company_name": "Walls", "enrich_profile": "skip"},
            )
        ],
        [("role_lookup_result", {"linkedin_profile_url": "u"})],
    ),
]


@pytest.mark.parametrize("case", ENRICHLAYER_CASES, ids=str)
async def test_enrich_layer_is_asked_as_documented(case: Case) -> None:
    await play(ENRICHLAYER, case, header("authorization", "Bearer the-secret-key"))


async def test_the_picture_of_a_profile_is_fetched_without_the_key_and_kept() -> None:
    def told(asked: Asked) -> Says:
        return Says({"tmp_profile_pic_url": f"http://{asked.headers['host']}/1.png"})

    operations = Anything(told, Says(PNG, headers={"content-type": "image/png"}))
    async with service(ENRICHLAYER, operations) as running:
        outcome = await running.run(GetLinkedinProfilePicture, {"linkedin_profile_url": "u"})
    assert outcome.outputs == [("profile_picture_url", "data:image/png;base64,iVBORw0KGgo=")]
    assert running.asked[0].query == {"person_profile_url": "u"}
    assert "authorization" in running.asked[0].headers
    assert "authorization" not in running.asked[1].headers


LOGIN = UserPassword(
    Reference("00000000-0000-4000-8000-00000000000b", "dataforseo", "user_password", "Mine"),
    username="ann",
    password="pass",
)
KEYWORD = {"keyword": "dry wall", "keyword_info": {"search_volume": 9, "competition": 0.1, "cpc": 0.2}}
FLAT = {
    "keyword": "dry wall",
    "search_volume": 9,
    "competition": 0.1,
    "cpc": 0.2,
    "keyword_difficulty": None,
    "serp_info": None,
    "clickstream_data": None,
}
ASKED = {
    "keyword": "wall",
    "location_code": 2840,
    "language_code": "en",
    "include_seed_keyword": True,
    "include_serp_info": False,
    "include_clickstream_data": False,
    "limit": 100,
}


def result(*items: object) -> dict[str, object]:
    return {
        "status_code": 20000,
        "tasks": [{"status_code": 20000, "result": [{"total_count": 8, "items": list(items)}]}],
    }


DATAFORSEO_CASES = [
    Case(
        DataForSeoRelatedKeywords,
        {"keyword": "wall"},
        [
            Exchange(
                "POST",
                "/dataforseo_labs/google/related_keywords/live",
                result({"keyword_data": KEYWORD}),
                json=[{**ASKED, "depth": 1}],
            )
        ],
        [("related_keywords", [FLAT]), ("total_count", 8), ("seed_keyword", "wall"), ("related_keyword", FLAT)],
    ),
    Case(
        DataForSeoKeywordSuggestions,
        {"keyword": "wall"},
        [Exchange("POST", "/dataforseo_labs/google/keyword_suggestions/live", result(KEYWORD), json=[ASKED])],
        [("suggestions", [FLAT]), ("total_count", 8), ("seed_keyword", "wall"), ("suggestion", FLAT)],
    ),
]


@pytest.mark.parametrize("case", DATAFORSEO_CASES, ids=str)
async def test_dataforseo_is_asked_as_documented(case: Case) -> None:
    await play(DATAFORSEO, case, header("authorization", "Basic YW5uOnBhc3M="), LOGIN)


async def test_a_task_that_dataforseo_refuses_with_status_200_is_refused() -> None:
    told = {"status_code": 20000, "tasks": [{"status_code": 40501, "status_message": "Invalid Field", "result": None}]}
    async with service(DATAFORSEO, Anything(Says(told))) as running:
        outcome = await running.run(DataForSeoRelatedKeywords, {"keyword": "wall"}, LOGIN)
    assert outcome.code == "BLOCK_FAILED"
    assert "Invalid Field (40501)" in outcome.error.message
