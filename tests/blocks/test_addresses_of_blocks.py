"""S05: each block that takes an address, whatever it speaks there, refuses every address that leads inside (S01's set).

A block joins by having such a pin: it is run with its first example's inputs, the address put in their place. Where that does
not lead to a request, `ROWS` says with what it does, or `NO_REQUEST` why it makes none.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from blocks.llm.client import DirectLlm
from blocks.sdk import ApiKey, Block, Context
from blocks.sdk.addresses import PORTS_DEFAULT, EgressPolicy
from blocks.sdk.block import DirectResult
from blocks.sdk.credentials import Credential
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.credentials import Reference
from tests.audit import watched
from tests.blocks.conftest import BLOCKS, NOON
from tests.egress.forms import ELSEWHERE, LOOPBACK

#: Names of pins that take a URL, and of those that take a host (with a port beside it).
URL_PIN = re.compile(r"(?:.*_)?(?:url|urls|uri|endpoint|feed|website|webhook)")
HOST_PIN = re.compile(r"(?:.*_)?(?:host|hostname|server)")

#: Hosts as S01 spells them, for pins that take no URL.
HOSTS = [
    "127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "0", "0.0.0.0", "１２７.０.０.１", "127。0。0。1", "localhost",
    "LOCALHOST.", "::1", "[::1]", "::", "::ffff:127.0.0.1", "::127.0.0.1", "::1%lo", "a@127.0.0.1", "127.0.0.1\r\n",
    "169.254.169.254", "fd00:ec2::254", "168.63.129.16", "192.0.0.192", "100.64.0.1", "10.0.0.1", "192.168.0.1",
    "2002:7f00:1::", "64:ff9b::127.0.0.1", "fec0::1", "fe80::1", "224.0.0.1", "240.0.0.1", "/run/postgresql", "",
]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """With what a block is run; {port} in a text is the listener's."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)


#: Blocks whose first example does not lead to the address: block -> what does.
ROWS: dict[str, Row] = {
    # Its first example is a database that is not spoken here.
    "SQLQueryBlock": Row(
        {**BLOCKS["SQLQueryBlock"].examples[0].input, "database_type": "postgres"},
        BLOCKS["SQLQueryBlock"].examples[0].credentials,
    ),
    # As it is, the block asks Jina; raw, it fetches the page itself.
    "ExtractWebsiteContentBlock": Row(
        {**BLOCKS["ExtractWebsiteContentBlock"].examples[0].input, "raw_content": True},
        BLOCKS["ExtractWebsiteContentBlock"].examples[0].credentials,
    ),
}
#: Providers whose services fetch what the pin names, or find what it means: (what a block's name begins with) -> why.
SERVICES = {
    "AIAdMaker": "Revid's service fetches it",
    "AIScreenshotToVideoAd": "Revid's service fetches it",
    "Bannerbear": "Bannerbear's service fetches, or calls, it",
    "CreateRedditPost": "Reddit is told of it",
    "GetLinkedin": "it only says whose profile; Enrich Layer's own address is asked",
    "GetPersonDetail": "it only says whose profile; Apollo's own address is asked",
    "PineconeQuery": "it must be one of Pinecone's own hosts: tests/providers",
    "ScreenshotWebPage": "ScreenshotOne's service fetches it",
    "TranscribeYoutube": "it only says which video; YouTube's own address is asked",
    "Exa": "Exa's service fetches it",
    "Firecrawl": "Firecrawl's service fetches it",
    "Github": "it only says which repository; GitHub's own address is asked",
    "Gmail": "Google's own address is asked",
    "GoogleSheets": "it only says which spreadsheet; Google's own address is asked",
    "Notion": "it only says which page; Notion's own address is asked",
    "SendDiscord": "Discord's service fetches it",
    "WordPress": "WordPress.com's service fetches it",
}
#: Pins of language models' addresses. An Ollama has no key, so that only the guard stands before it.
LLM_PINS = ("base_url", "ollama_host")
OLLAMA = "ollama"
#: Blocks whose models another provider has.
PROVIDERS = {"CodeGenerationBlock": "openai", "PerplexityBlock": "open_router"}
#: One of them tries all forms: they ask by one client, and each form takes it some 50 ms.
LLM_BLOCK = "AITextGeneratorBlock"
#: Pins that look like an address and to which no request goes: (block, pin) -> why.
NO_REQUEST: dict[tuple[str, str], str] = {
    ("PublishToMediumBlock", "canonical_url"): "Medium is told of it, and nobody fetches it",
}


def pins() -> list[tuple[str, str]]:
    """Give (block, pin) for each pin of the library that takes an address."""
    return [
        (name, one)
        for name, block in BLOCKS.items()
        for one in block.spec.input_pins
        if (URL_PIN.fullmatch(one) or HOST_PIN.fullmatch(one))
        and (name, one) not in NO_REQUEST
        and not name.startswith(tuple(SERVICES))
    ]


def is_host(one: str) -> bool:
    return HOST_PIN.fullmatch(one) is not None and one not in LLM_PINS


def forms_of(name: str, one: str) -> list[str]:
    if is_host(one):
        return HOSTS
    forms = [*LOOPBACK, *ELSEWHERE]
    return forms[::12] if one in LLM_PINS and name != LLM_BLOCK else forms


def row_of(block: type[Block], one: str) -> Row:
    example = block.examples[0]
    if one in LLM_PINS:
        provider = PROVIDERS.get(block.name, OLLAMA)
        key = ApiKey(Reference("00000000-0000-4000-8000-0000000000aa", provider, "api_key", "Key"), key="key")
        model = {"model": "llama3"} if provider == OLLAMA else {}
        return Row({**example.input, **model, "credentials": key.reference.to_wire()}, {"credentials": key})
    return ROWS.get(block.name) or Row(example.input, example.credentials)


@dataclass
class Listener:
    """What counts who comes, and closes the door at once."""

    port: int
    connects: int = 0


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener(0)

    def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connects += 1
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listener


async def run(block: type[Block], one: str, address: str, port: int, policy: EgressPolicy) -> DirectResult:
    """Run a block with this address on a pin."""
    row = row_of(block, one)
    is_list = block.spec.input_pins[one].get("type") == "array"
    inputs = {**row.inputs, one: [address] if is_list else address}
    for name in ("port", "smtp_port"):
        if name in block.spec.input_pins:
            inputs[name] = port
    # A credential that is for hosts would refuse before the guard does; here it is for the listener's.
    opened = {name: replace(each, hosts=(f"127.0.0.1:{port}",)) for name, each in row.credentials.items()}
    http = GuardedHttp(policy)
    context = Context(http, clock=lambda: NOON, credentials=opened, llm=DirectLlm(http))
    return await run_directly(block, inputs, context, _at_once)


async def _at_once(_seconds: float) -> None:
    """Let no time pass."""


@pytest.mark.parametrize(("name", "one"), pins())
async def test_s05_an_address_that_leads_inside_is_refused_before_any_packet(name: str, one: str) -> None:
    forms = forms_of(name, one)
    async with listening() as listener:
        policy = EgressPolicy(ports=PORTS_DEFAULT | {listener.port})
        for form in forms:
            address = form.replace("{port}", str(listener.port))
            with watched() as acts:
                result = await run(BLOCKS[name], one, address, listener.port, policy)
            assert result.error is not None, (form, result.emissions)
            assert [act for act in acts if act.event in ("socket.connect", "socket.sendto")] == [], form
        assert listener.connects == 0


@pytest.mark.parametrize(("name", "one"), pins())
async def test_s05_control_the_same_block_connects_where_the_operator_opened_the_way(name: str, one: str) -> None:
    async with listening() as listener:
        policy = EgressPolicy(allowed_hosts=frozenset({f"127.0.0.1:{listener.port}"}))
        place = f"127.0.0.1:{listener.port}"
        addresses = ["127.0.0.1"] if is_host(one) else [f"http://{place}/", f"https://{place}/"]
        results = [await run(BLOCKS[name], one, address, listener.port, policy) for address in addresses]
        assert listener.connects > 0, f"{name}.{one}: add a row to ROWS or NO_REQUEST; it gave {results}"


def test_s05_every_row_is_of_a_pin_that_is_there() -> None:
    named = {name for name, _ in pins()}
    assert set(ROWS) <= named
    assert all(one in BLOCKS[name].spec.input_pins for name, one in NO_REQUEST)
    assert ("SendWebRequestBlock", "url") in pins()
