"""REST: calling a provider's API by its declaration, and blocks that are one operation of it; it opens no connection itself.

    class ExampleGetItem(RestBlock):
        \"\"\"Get an item.\"\"\"

        id = "..."
        name = "ExampleGetItemBlock"
        provider = EXAMPLE
        operation = Operation("GET", "/items/{item_id}", gives={"item": (), "title": ("title",)})

        class Input(BlockInput):
            credentials: ExampleCredentials = pin(description="Access to Example.")
            item_id: str = pin(description="The item.")

        class Output(BlockOutput):
            item: dict[str, Any] = pin(description="The item.")
            title: str = pin(description="Its title.")

What an operation cannot say, `arguments` (of the inputs) and `emissions` (of the answer) do in a few lines; what is no single
operation is an ordinary block that calls `Api`.

A request that changes something is not sent twice by us after it may have arrived, unless the provider has a header for that:
whether it did is then said to be unknown. (A worker that dies in the middle of it is another matter: its node runs again.)
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlsplit

import orjson

from blocks.sdk.addresses import parse_url
from blocks.sdk.answers import RETRY_AFTER_SECONDS_MAX, retry_after_seconds
from blocks.sdk.block import Block
from blocks.sdk.context import Context, HttpResponse
from blocks.sdk.credentials import Credential, is_host_of, normal_host
from blocks.sdk.directives import Emission, Yield
from blocks.sdk.providers import Provider
from schema.errors import BlockFailed, CredentialUnusable, InvalidInput, RateLimited, Unavailable, shorten

#: Pages that one operation reads at most, whatever the provider says follows.
PAGES_MAX: Final = 100
#: Items that one operation gives at most, where a block says nothing else.
ITEMS_MAX: Final = 1_000
#: Bytes that an answer may have, where a block says nothing else.
CONTENT_BYTES_MAX: Final = 10 * 1024 * 1024
_WORDS_CHARS_MAX: Final = 500
_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
#: Statuses of a service, or of a gateway in front of it, that broke off: what was asked may be done. 503 says that it is not.
_HALF_WAY: Final = frozenset({500, 502, 504})
_UNKNOWN: Final = "whether it did what was asked is not known: look there before the node is run again"
#: A name in a path, for which a place stands.
_PLACE: Final = re.compile(r"\{([a-z0-9_]+)\}")
_NEXT_LINK: Final = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?next"?')


@dataclass(frozen=True)
class Answer:
    """What a call came to: its JSON, or text where it is none, and its headers by lower-case name; `body` is its bytes."""

    status: int
    headers: Mapping[str, str]
    content: Any
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class LinkPaging:
    """The next page is named by the header `Link`; RFC 8288."""

    items_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class CursorPaging:
    """The answer has a cursor, which goes into the next request: into its query, or its body."""

    parameter: str
    cursor_at: tuple[str, ...]
    items_at: tuple[str, ...]
    in_body: bool = False


@dataclass(frozen=True)
class NumberPaging:
    """Pages are counted, or what was had is: `step` is added for each page. A page that is not full is the last."""

    parameter: str
    size: int
    items_at: tuple[str, ...] = ()
    first: int = 1
    step: int = 1


Paging = LinkPaging | CursorPaging | NumberPaging


@dataclass(frozen=True)
class Api:
    """A provider's API for one node execution."""

    provider: Provider
    credential: Credential | None
    context: Context

    async def call(
        self,
        method: str,
        path: str,
        places: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes, str]]] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 60.0,
        is_repeatable: bool | None = None,
        refusals: Mapping[int, str] | None = None,
        content_bytes_max: int = CONTENT_BYTES_MAX,
        accepts: Collection[int] = (),
    ) -> Answer:
        """Call an operation. `{name}` in the path is replaced by a place, quoted; a query's None is left out. `accepts` are
        statuses that are answers to the caller, and no refusals.

        Raises CredentialUnusable, RateLimited, Unavailable, or BlockFailed with the provider's words.
        """
        url = self.url(path, places)
        signed, parameters = self.provider.sign(self.credential)
        self._check_host(url)
        key = self.context.idempotency_key()
        header = self.provider.idempotency_header
        sent = {**self.provider.headers, **(headers or {}), **signed}
        if header is not None and method not in _REPEATABLE:
            sent[header] = key
        body = {"json": json, "data": data, "files": files, "content": content}
        can_repeat = is_repeatable if is_repeatable is not None else method in _REPEATABLE or header is not None
        try:
            response = await self.context.http.request(
                method,
                url,
                headers=sent,
                params={**_query(query or {}), **parameters},
                timeout_seconds=timeout_seconds,
                content_bytes_max=content_bytes_max,
                **{name: value for name, value in body.items() if value is not None},
            )
        except Unavailable as error:
            if can_repeat or error.fields.get("was_sent") is False:
                raise
            what = f"{self.provider.title} did not answer, and {_UNKNOWN}."
            raise BlockFailed(f"{what} ({error.message})") from error
        if response.status in accepts:
            return Answer(response.status, response.headers, _content_of(response), response.content)
        return self._read(response, refusals or {}, can_repeat)

    async def pages(
        self, path: str, places: Mapping[str, Any] | None, paging: Paging, *, items_max: int = ITEMS_MAX, **options: Any
    ) -> AsyncIterator[Any]:
        """Give the items of all pages of a list, as many as `items_max` at most."""
        count, query = 0, dict(options.pop("query", None) or {})
        method, body = options.pop("method", "GET"), options.pop("json", None)
        if isinstance(paging, NumberPaging):
            query[paging.parameter] = paging.first
        for _ in range(PAGES_MAX):
            answer = await self.call(method, path, places, query=query, json=body, is_repeatable=True, **options)
            items = found_at(answer.content, paging.items_at)
            for item in items if isinstance(items, list) else []:
                if count >= items_max:
                    return
                count += 1
                yield item
            following = self._following(paging, answer, query, len(items) if isinstance(items, list) else 0)
            if following is None or count >= items_max:
                return
            if isinstance(paging, CursorPaging) and paging.in_body:
                body = {**(body or {}), **following}
            else:
                query = {**query, **following}

    def _following(self, paging: Paging, answer: Answer, query: Mapping[str, Any], size: int) -> dict[str, Any] | None:
        """Give what the next request asks for besides; None: there is no next page."""
        match paging:
            case LinkPaging():
                found = _NEXT_LINK.search(answer.headers.get("link", ""))
                # Its query only: where a service would have us go with its credential is not its to say.
                return dict(parse_qsl(urlsplit(found[1]).query)) if found else None
            case CursorPaging():
                cursor = found_at(answer.content, paging.cursor_at)
                return {paging.parameter: cursor} if cursor else None
            case NumberPaging():
                is_last = size < paging.size
                return None if is_last else {paging.parameter: int(query[paging.parameter]) + paging.step}

    def url(self, path: str, places: Mapping[str, Any] | None = None) -> str:
        """Give the address of a path; a place that is empty, or would leave the path, is refused."""
        found = dict(places or {})

        def fill(match: re.Match[str]) -> str:
            text = str(found.get(match[1], "") or "").strip()
            if not text or text in (".", ".."):
                raise InvalidInput(f"{match[1]!r} is missing or is no name: {shorten(text, 50)!r}.", pin=match[1])
            return quote(text, safe="")

        service, _, rest = path.rpartition(":/")
        base = self.provider.services[service] if service else self.provider.base_url
        start = (self._moved(service) or base).rstrip("/") + self.provider.path_start(self.credential)
        return f"{start}/{_PLACE.sub(fill, rest.lstrip('/'))}"

    def _moved(self, service: str) -> str | None:
        """Give where the operator says that the provider, or this service of it, is."""
        moved = self.context.base_urls
        return moved.get(f"{self.provider.name}.{service}") or moved.get(self.provider.name)

    def _check_host(self, url: str) -> None:
        """Refuse to send the credential to a host that is not the provider's, or its own."""
        if self.credential is None:
            return
        own = (*self.provider.all_hosts, *self.credential.hosts)
        target = parse_url(url)
        moved = [base for name, base in self.context.base_urls.items() if name.split(".")[0] == self.provider.name]
        if any(parse_url(base).origin == target.origin for base in moved):
            return
        if not any(is_host_of(target, normal_host(host)) for host in own):
            raise CredentialUnusable(f"A credential of {self.provider.title} is not sent to {target.authority}.")

    def _read(self, response: HttpResponse, refusals: Mapping[int, str], can_repeat: bool) -> Answer:
        content = _content_of(response)
        if response.status // 100 == 2:
            said = self.provider.failure(content) if self.provider.failure is not None else None
            if said is not None:
                raise BlockFailed(f"{self.provider.title} refused: {shorten(said, _WORDS_CHARS_MAX)}")
            return Answer(response.status, response.headers, content, response.content)
        raise self._refusal(response, content, refusals, can_repeat)

    def _refusal(
        self, response: HttpResponse, content: Any, refusals: Mapping[int, str], can_repeat: bool
    ) -> Exception:
        title, status = self.provider.title, response.status
        said = self._words_of(content)
        is_limit = status == 429 or (status == 403 and response.headers.get("x-ratelimit-remaining") == "0")
        is_limit = is_limit or (self.provider.is_limit is not None and self.provider.is_limit(status, content))
        known = refusals.get(status) or self.provider.refusals.get(status)
        if not is_limit and known is None and not can_repeat and status in _HALF_WAY:
            return BlockFailed(f"{title} answered {status}, and {_UNKNOWN}{_end(said)}")
        if is_limit or (status >= 500 and known is None):
            kind = RateLimited if is_limit else Unavailable
            return kind(
                f"{title} answered {status}{_end(said)}",
                retry_after_seconds=self._wait(response, content),
                status=status,
            )
        if known is not None:
            return BlockFailed(known.replace("{said}", said or f"status {status}"))
        if status in (401, 403):
            what = "does not accept the credential: check that it is valid and may do this"
            return CredentialUnusable(f"{title} {what}{_end(said)}")
        return BlockFailed(f"{title} refused the request ({status}){_end(said)}")

    def _wait(self, response: HttpResponse, content: Any) -> float | None:
        now = self.context.now()
        wait = retry_after_seconds(response.headers.get("retry-after", ""), now)
        reset = response.headers.get(self.provider.reset_header.lower(), "") if self.provider.reset_header else ""
        if wait is None and reset.isdecimal():
            wait = max(0.0, float(reset[:12]) - now.timestamp())
        said = found_at(content, self.provider.wait_at) if self.provider.wait_at is not None else None
        if wait is None and isinstance(said, int | float) and not isinstance(said, bool) and said >= 0:
            wait = min(float(said), RETRY_AFTER_SECONDS_MAX)
        return wait

    def _words_of(self, content: Any) -> str:
        """Give a service's own words about a refusal, without the credential, should it repeat that."""
        if isinstance(content, dict):
            words = self.provider.words
            said = words(content) if words is not None else found_at(content, self.provider.error_at)
        else:
            said = content
        text = said if isinstance(said, str) else ""
        for secret in self.credential.secrets if self.credential is not None else ():
            text = text.replace(secret, "***") if secret else text
        return shorten(" ".join(text.split()), _WORDS_CHARS_MAX)


def found_at(content: Any, path: Sequence[str]) -> Any:
    """Give what stands in JSON at a path of keys; None where nothing does."""
    for key in path:
        if isinstance(content, list) and key.isdecimal() and int(key) < len(content):
            content = content[int(key)]
        elif isinstance(content, dict):
            content = content.get(key)
        else:
            return None
    return content


def _end(said: str) -> str:
    return f": {said}" if said else "."


def _query(query: Mapping[str, Any]) -> dict[str, str]:
    """Give a query as it is sent: None is left out, true and false are words, a list is joined by commas."""
    return {name: _text(value) for name, value in query.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(_text(item) for item in value)
    return str(value)


def _content_of(response: HttpResponse) -> Any:
    if response.status == 204 or not response.content:
        return None
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return response.text()


@dataclass(frozen=True)
class Operation:
    """One operation of an API. Pins of the block that the path does not name go into the query (`query`: the parameter of each
    pin) or the JSON body (`body`: the field of each). `gives` says where in the answer each output pin's value stands; with
    `paging` the items of all pages are given one by one on `item_pin`, and all together on `items_pin`."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)
    gives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paging: Paging | None = None
    item_pin: str | None = None
    items_pin: str | None = None
    items_max: int = ITEMS_MAX
    #: Constants of the query and of the body.
    constants: Mapping[str, Any] = field(default_factory=dict)
    #: Whether doing it twice is doing it once; None: as its method says.
    is_repeatable: bool | None = None


@dataclass(frozen=True)
class Arguments:
    """What an operation is called with."""

    places: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None


class RestBlock(Block):
    """A block that is one operation of a provider's API."""

    is_abstract = True
    is_batchable = True
    provider: ClassVar[Provider]
    operation: ClassVar[Operation]

    def arguments(self, inputs: Any) -> Arguments:
        """Give what the operation is called with: of the inputs, as it says."""
        operation = self.operation
        values = inputs.model_dump(mode="json", exclude={"credentials"})
        body = {name: values[pin] for pin, name in operation.body.items() if values.get(pin) is not None}
        query = {name: values[pin] for pin, name in operation.query.items() if values.get(pin) is not None}
        has_body = bool(operation.body) or (operation.method not in ("GET", "DELETE") and operation.constants)
        return Arguments(
            places=values,
            query=query if has_body else {**operation.constants, **query},
            body={**operation.constants, **body} if has_body else None,
        )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        """Give what an answer says, pin by pin: of the answer, as the operation says. Nothing stands for what is not there."""
        for pin, path in self.operation.gives.items():
            value = found_at(answer, path)
            if value is not None:
                yield pin, value

    def item(self, item: Any) -> Any:
        """Give an item of a list as the block gives it."""
        return item

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        operation, arguments = self.operation, self.arguments(inputs)
        api = Api(self.provider, getattr(inputs, "credentials", None), context)
        if operation.paging is None:
            answer = await api.call(
                operation.method,
                operation.path,
                arguments.places,
                query=arguments.query,
                json=arguments.body,
                is_repeatable=operation.is_repeatable,
            )
            for emission in self.emissions(answer.content, inputs):
                yield emission
            return
        items = []
        pages = api.pages(
            operation.path,
            arguments.places,
            operation.paging,
            items_max=operation.items_max,
            method=operation.method,
            query=arguments.query,
            json=arguments.body,
        )
        async for found in pages:
            items.append(self.item(found))
            if operation.item_pin is not None:
                yield operation.item_pin, items[-1]
        if operation.items_pin is not None:
            yield operation.items_pin, items
