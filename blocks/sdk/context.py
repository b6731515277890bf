"""Context: all that a running block may touch of the world; it has no way to the database, to Temporal or to another run."""

from __future__ import annotations

import codecs
import hashlib
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, cast

from blocks.sdk.credentials import Credential
from blocks.sdk.files import DirectFiles, Files
from blocks.sdk.llm import Llm, NoLlm
from blocks.sdk.market import Library, Market, NoLibrary, NoMarket
from blocks.sdk.memory import Memory, NoMemory

if TYPE_CHECKING:
    import httpx2

LogLevel = Literal["debug", "info", "warning", "error"]
#: The codecs of texts, by Python's names. Others are for names of hosts, source code and the like.
_TEXT_CODEC: Final = re.compile(
    r"ascii|utf-(?:8|16|32)(?:-[bls][eig]g?)?|(?:iso8859|koi8|mac|hp|tis)-[a-z0-9]+|cp\d+|kz1048|ptcp154|johab|hz|"
    r"(?:big5|gb|euc_|shift_jis|iso2022_)[a-z0-9_]*"
)
_CHARSET_CHARS_MAX: Final = 40


@dataclass(frozen=True)
class HttpResponse:
    """An answer from outside. `content` is decoded from its transfer and content encodings and within the limit."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    def text(self) -> str:
        """Give the content as text by its declared charset, else UTF-8."""
        kind = self.headers.get("content-type", "")
        return self.content.decode(_codec_of(kind.partition("charset=")[2].split(";")[0].strip(" \"'")), "replace")


def _codec_of(charset: str) -> str:
    """Give Python's name of a charset. What is none of texts is UTF-8: some of Python's codecs take the square of the time."""
    try:
        name = codecs.lookup(charset[:_CHARSET_CHARS_MAX]).name
    except (LookupError, ValueError):
        return "utf-8"
    return name if _TEXT_CODEC.fullmatch(name) else "utf-8"


#: Take a piece of what is downloaded, with the answer whose piece it is.
Take = Callable[[HttpResponse, bytes], Awaitable[None]]


class Http(Protocol):
    """The one guarded way out to the network."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes, str]]] | None = None,
        content: bytes | None = None,
        timeout_seconds: float = 60.0,
        content_bytes_max: int = 10 * 1024 * 1024,
        redirects_max: int = 5,
        idempotency_key: str | None = None,
    ) -> HttpResponse:
        """Send a request and read the whole answer.

        Raises EgressRefused for an address that may not be reached, Unavailable for a network failure or a deadline.
        """
        ...

    async def download(
        self,
        url: str,
        take: Take,
        *,
        timeout_seconds: float = 300.0,
        content_bytes_max: int = ...,
        redirects_max: int = 5,
    ) -> HttpResponse:
        """Get what stands at an address piece by piece; give the answer without its content."""
        ...

    async def connect(
        self, host: str, port: int, *, ports: frozenset[int], timeout_seconds: float = 10.0
    ) -> socket.socket:
        """Give a connected, blocking socket to a service that does not speak HTTP; `ports` are those that it may be on."""
        ...

    def transport(self, content_bytes_max: int = ...) -> httpx2.AsyncBaseTransport:
        """Give the transport for the httpx2 client of somebody's SDK."""
        ...


@dataclass(frozen=True)
class ChildProgress:
    """What the agent started by this execution gave since the last step, and how it ended (None: it still runs)."""

    outputs: Sequence[tuple[str, Any]]
    status: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class EventArrival:
    """The event that a step waited for, or that it did not come in time."""

    payload: Any = None
    is_timeout: bool = False


@dataclass(frozen=True)
class Answer:
    """What people decided: APPROVED, REJECTED or TIMED_OUT; `data` is what they approved, as they edited it."""

    status: str
    data: Any = None
    comment: str = ""
    #: Who decided, as a person is called; None where time did.
    decided_by: str | None = None


@dataclass(frozen=True)
class Tool:
    """A node that this one may call, as a model is told of it. `parameters` is a JSON Schema of an object; `pins` says of each
    parameter (the node's pin, the pin of this block on which its value is emitted for it)."""

    node_id: str
    name: str
    description: str
    parameters: Mapping[str, Any]
    pins: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class ToolResult:
    """What a call came to: what the node emitted, (pin, value) in order, and why it failed if it did."""

    id: str
    outputs: Sequence[tuple[str, Any]]
    error: str | None = None
    #: There was more than may be given: later values are left out, or stand as the beginning of their JSON.
    is_cut: bool = False


def _ignore_log(_level: LogLevel, _text: str) -> None:
    """Drop a log line."""


def _ignore_piece(_pin: str, _piece: str) -> None:
    """Drop a piece of text."""


@dataclass
class Context:
    """One step of one node execution, as its block sees it."""

    http: Http
    llm: Llm = field(default_factory=NoLlm)
    #: What the owner of the run has: what their agents remember, the marketplace as they see it, their library.
    memory: Memory = field(default_factory=NoMemory)
    market: Market = field(default_factory=NoMarket)
    library: Library = field(default_factory=NoLibrary)
    #: Media values, what the run stores, and its owner's workspace.
    files: Files = field(default=cast("Files", None))
    run_id: str = "direct"
    execution: int = 0
    step: int = 0
    #: The graph that the node stands in, and the attempt's place in the node's retry policy.
    graph_id: str | None = None
    is_last_attempt: bool = True
    child: ChildProgress | None = None
    #: What the last step waited for.
    event: EventArrival | None = None
    answer: Answer | None = None
    #: Where providers are in this deployment, by their names, where that is not where they say: an enterprise's own, say.
    base_urls: Mapping[str, str] = field(default_factory=dict)
    #: What this node may call, what the earlier steps remembered, and what the last step's calls came to.
    tools: Sequence[Tool] = ()
    memories: Sequence[Any] = ()
    tool_results: Sequence[ToolResult] = ()
    #: False: the agent's runs do not wait for people. What a block would ask them counts as approved.
    asks_people: bool = True
    #: Inputs as they came, dynamic pin names included: for blocks whose pins their schema does not list.
    raw_inputs: Mapping[str, Any] = field(default_factory=dict)
    #: The credentials of this execution by pin, open; `run` finds them in its inputs.
    credentials: Mapping[str, Credential] = field(default_factory=dict, repr=False)
    #: Write a line into the run's log. It never fails and never waits.
    log: Callable[[LogLevel, str], None] = _ignore_log
    #: Show a piece of the text that grows on a pin to whoever watches; the whole text is emitted on the pin in the end.
    stream: Callable[[str, str], None] = _ignore_piece
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _calls: int = 0

    def __post_init__(self) -> None:
        if self.files is None:
            self.files = DirectFiles(self.http)

    def now(self) -> datetime:
        """Give the time, in UTC."""
        return self.clock()

    def idempotency_key(self) -> str:
        """Give the key of the next outside call: the same on every attempt, worker and after continue-as-new."""
        self._calls += 1
        text = f"{self.run_id}/{self.execution}/{self.step}/{self._calls}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]
