"""What holds for each provider: its refusals are told for what they are, and a credential goes to its hosts and to no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from blocks.library.airtable_schema import AirtableListSchema
from blocks.library.apollo_leads import GetPersonDetail
from blocks.library.bannerbear import BannerbearTextOverlay
from blocks.library.d_id import CreateTalkingAvatarVideo
from blocks.library.dataforseo import DataForSeoRelatedKeywords
from blocks.library.enrichlayer_people import GetLinkedinProfile
from blocks.library.fal import AIVideoGenerator
from blocks.library.ideogram import IdeogramModel
from blocks.library.mem0 import SearchMemory
from blocks.library.pinecone import PineconeInit
from blocks.library.reddit_places import GetSubredditInfo
from blocks.library.replicate_models import ReplicateModel
from blocks.library.revid_videos import AIShortformVideoCreator
from blocks.library.screenshotone import ScreenshotWebPage
from blocks.library.smartlead_campaigns import CreateCampaign
from blocks.library.todoist_tasks import TodoistGetTask
from blocks.library.unreal_speech import UnrealTextToSpeech
from blocks.library.wolfram import AskWolfram
from blocks.library.zerobounce import ValidateEmails
from blocks.providers.airtable import AIRTABLE
from blocks.providers.apollo import APOLLO
from blocks.providers.bannerbear import BANNERBEAR
from blocks.providers.d_id import D_ID
from blocks.providers.dataforseo import DATAFORSEO
from blocks.providers.enrichlayer import ENRICHLAYER
from blocks.providers.fal import FAL
from blocks.providers.finding import providers
from blocks.providers.ideogram import IDEOGRAM
from blocks.providers.mem0 import MEM0
from blocks.providers.pinecone import PINECONE
from blocks.providers.reddit import REDDIT
from blocks.providers.replicate import REPLICATE
from blocks.providers.revid import REVID
from blocks.providers.screenshotone import SCREENSHOTONE
from blocks.providers.smartlead import SMARTLEAD
from blocks.providers.todoist import TODOIST
from blocks.providers.unreal_speech import UNREAL_SPEECH
from blocks.providers.wolfram import WOLFRAM
from blocks.providers.zerobounce import ZEROBOUNCE
from blocks.sdk import Block, Credential, Example
from blocks.sdk.addresses import parse_url
from blocks.sdk.credentials import is_host_of, normal_host
from blocks.sdk.direct import run_directly
from blocks.sdk.providers import Provider
from blocks.sdk.samples import sample_grant, sample_password
from tests.blocks.conftest import BLOCKS, CannedHttp, make_context
from tests.providers.exchanges import Anything
from tests.providers.services import Says, service

VERSION = "0123456789abcdef" * 4
SAID = "the words of the service"
#: A block of each provider, what it is run with, and where in a refusal the service's words are.
VENDORS: list[tuple[Provider, type[Block], Mapping[str, Any], tuple[str, ...]]] = [
    (AIRTABLE, AirtableListSchema, {"base_id": "app1"}, ("error", "message")),
    (APOLLO, GetPersonDetail, {"email": "a@b.c"}, ("error",)),
    (BANNERBEAR, BannerbearTextOverlay, {"template_id": "t", "text_modifications": [{"name": "a", "text": "b"}]}, ("message",)),
    (D_ID, CreateTalkingAvatarVideo, {"script_input": "s"}, ("description",)),
    (DATAFORSEO, DataForSeoRelatedKeywords, {"keyword": "k"}, ("status_message",)),
    (ENRICHLAYER, GetLinkedinProfile, {"linkedin_url": "u"}, ("description",)),
    (FAL, AIVideoGenerator, {"prompt": "p"}, ("detail",)),
    (IDEOGRAM, IdeogramModel, {"prompt": "p"}, ("error",)),
    (MEM0, SearchMemory, {"query": "q"}, ("detail",)),
    (PINECONE, PineconeInit, {"index_name": "i"}, ("error", "message")),
    (REDDIT, GetSubredditInfo, {"subreddit": "walls"}, ("message",)),
    (REPLICATE, ReplicateModel, {"model_name": f"o/n:{VERSION}"}, ("detail",)),
    (REVID, AIShortformVideoCreator, {"script": "s"}, ("error",)),
    (SCREENSHOTONE, ScreenshotWebPage, {"url": "https://example.com"}, ("error_message",)),
    (SMARTLEAD, CreateCampaign, {"name": "n"}, ("message",)),
    (TODOIST, TodoistGetTask, {"task_id": "t"}, ("error",)),
    (UNREAL_SPEECH, UnrealTextToSpeech, {"text": "t"}, ("error",)),
    (WOLFRAM, AskWolfram, {"question": "q"}, ()),
    (ZEROBOUNCE, ValidateEmails, {"email": "a@b.c"}, ("error",)),
]  # fmt: skip


def credential_of(provider: Provider) -> Credential | None:
    """Give what the provider takes where that is no key."""
    return {"reddit": sample_grant(REDDIT), "dataforseo": sample_password(DATAFORSEO)}.get(provider.name)


def refusal(place: tuple[str, ...]) -> Any:
    content: Any = SAID
    for key in reversed(place):
        content = {key: content}
    return content if place else SAID.encode()


@pytest.mark.parametrize(
    ("provider", "block", "inputs", "place"), VENDORS, ids=lambda value: getattr(value, "name", "")
)
@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "CREDENTIAL_UNUSABLE"), (404, "BLOCK_FAILED"), (429, "RATE_LIMITED"), (503, "UNAVAILABLE")],
)
async def test_a_refusal_is_told_for_what_it_is(
    provider: Provider, block: type[Block], inputs: Mapping[str, Any], place: tuple[str, ...], status: int, code: str
) -> None:
    told = Says(refusal(place), status, {"retry-after": "7"} if status == 429 else {})
    async with service(provider, Anything(told)) as running:
        outcome = await running.run(block, inputs, credential_of(provider))
    assert outcome.code == code
    if status != 404:  # A known refusal may have better words than the service.
        assert SAID in outcome.error.message
    if status == 429:
        assert outcome.error.retry_after_seconds == 7
    assert len(running.asked) == 1


async def no_sleep(_seconds: float) -> None:
    """Let time pass at once."""


def examples() -> Iterator[Any]:
    declared = providers()
    for block in BLOCKS.values():
        for number, example in enumerate(block.examples, 1):
            known = [one for one in example.credentials.values() if one.reference.provider in declared]
            if known and example.answers:
                yield pytest.param(block, example, declared[known[0].reference.provider], id=f"{block.name}-{number}")


@pytest.mark.parametrize(("block", "example", "provider"), list(examples()))
async def test_a_credential_goes_to_its_providers_hosts_and_to_no_others(
    block: type[Block], example: Example, provider: Provider
) -> None:
    http = CannedHttp(example.answers or ())
    context = make_context(http=http, credentials=example.credentials, **example.surroundings)
    await run_directly(block, example.input, context, no_sleep)
    hosts = [normal_host(host) for host in provider.all_hosts]
    secrets = [text for one in example.credentials.values() for text in (*one.secrets, getattr(one, "basic", ""))]
    for _, url, options in http.requests:
        sent = [*(options.get("headers") or {}).values(), *(options.get("params") or {}).values()]
        if any(secret and secret in text for secret in secrets for text in sent):
            assert any(is_host_of(parse_url(url), host) for host in hosts), url
        assert not any(secret and secret in url for secret in secrets if len(secret) > 8)


def test_each_address_of_a_provider_is_under_tls() -> None:
    """But a proxy's: what goes through it is, and its own protocol is not."""
    clear = [
        (provider.name, url)
        for provider in providers().values()
        for url in (provider.base_url, *provider.services.values())
        if url and urlsplit(url).scheme != "https"
    ]
    assert clear == [("webshare_proxy", "http://p.webshare.io:80")]
