"""Graph, Node and Link: an agent as a file says it; never knows a block, a database or a run.

Fields that this version does not know are kept and written again, in their places: a foreign file survives an import and
an export unchanged. Fields that a file carries but that are computed (input_schema, input_links, ...) are kept the same way
and never read.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Literal, get_args
from uuid import NAMESPACE_OID, UUID, uuid5

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from schema.errors import InvalidValue, UnsupportedFormat, ValueTooLarge
from schema.limits import LIMITS
from schema.values import encode

#: The newest format that this version reads; a file without `format_version` is of the platform's own format.
FORMAT_VERSION: Final = 1

#: The version of a graph that runs as its draft says it: versions that are kept begin at 1.
DRAFT_VERSION: Final = 0

#: `hold` keeps a node that failed, and whose error leads nowhere, until an operator says what becomes of it.
OnNodeError = Literal["continue", "fail", "stop", "hold"]
OnError = Literal["route", "continue", "stop", "hold"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow", validate_default=False, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, data: Any) -> Any:
        """Read a null in the place of what is never null as what is not there: other programs write some."""
        if not isinstance(data, dict) or None not in data.values():
            return data
        return {name: value for name, value in data.items() if value is not None or name not in _never_null(cls)}


@cache
def _never_null(record: type[_Record]) -> frozenset[str]:
    """Give the fields that have a default and take no null."""
    return frozenset(
        name
        for name, one in record.model_fields.items()
        # A file whose nodes are null is broken, not sloppy.
        if name != "nodes" and not one.is_required() and type(None) not in get_args(one.annotation)
    )


class Retry(_Record):
    """How often and how patiently a node whose block failed with a transient error is tried again."""

    attempts: int = Field(default=LIMITS.node_attempts, ge=1, le=LIMITS.node_attempts_max)
    first_wait_seconds: float = Field(default=0.5, ge=0, le=3600)
    longest_wait_seconds: float = Field(default=30.0, ge=0, le=24 * 3600)
    backoff: float = Field(default=2.0, ge=1, le=10)


class Link(_Record):
    """An arrow from one node's pin (or a path into it) to another's."""

    id: str = Field(min_length=1, max_length=200)
    source_id: str
    source_name: str
    sink_id: str
    sink_name: str
    is_static: bool = False

    @model_validator(mode="before")
    @classmethod
    def _name_by_its_ends(cls, data: Any) -> Any:
        """Give a link without an id one that is the same each time: files that were written by hand have none."""
        if not isinstance(data, dict) or data.get("id"):
            return data
        ends = [str(data.get(end)) for end in ("source_id", "source_name", "sink_id", "sink_name")]
        return {**data, "id": str(uuid5(NAMESPACE_OID, "\n".join(ends)))}


class Node(_Record):
    """A block with constants, at a place in a graph."""

    id: str = Field(min_length=1, max_length=200)
    block_id: str
    input_default: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    retry: Retry | None = None
    timeout_seconds: float | None = Field(default=None, gt=0, le=LIMITS.node_timeout_seconds_max)
    on_error: OnError | None = None
    pinned_output: dict[str, list[Any]] | None = None
    #: Of a node that runs an agent: it runs the version that is active when it comes to that, whichever its constants name.
    follows_active: bool | None = None
    note: str | None = None
    #: It never runs, and nothing flows through it: what waits for it waits to the run's end.
    is_disabled: bool | None = None

    @property
    def title(self) -> str | None:
        name = self.metadata.get("customized_name")
        return str(name) if name else None


class GraphSettings(_Record):
    """When the runs of an agent ask people. Absent ones: as the platform has it."""

    #: False: nodes that ask a person take what they would show for approved, and go on.
    human_in_the_loop_safe_mode: bool | None = None
    #: True: a node whose block is sensitive asks before it runs.
    sensitive_action_safe_mode: bool | None = None


class Graph(_Record):
    """An agent: nodes, links, and the graphs that it uses."""

    id: str
    version: int = Field(default=1, ge=0, le=LIMITS.graph_version_max)
    is_active: bool = True
    name: str
    description: str | None = ""
    nodes: list[Node] = Field(default_factory=list)
    links: list[Link] = Field(default_factory=list)
    sub_graphs: list[Graph] = Field(default_factory=list)
    #: Absent in foreign files, where it means `continue`, the platform's behaviour.
    on_node_error: OnNodeError | None = None
    max_node_executions: int | None = Field(default=None, ge=1, le=LIMITS.run_executions_max)
    #: False: each node is an activity of its own, to be seen in Temporal's UI, also where several could run as one.
    fuses_nodes: bool | None = None
    settings: GraphSettings | None = None

    @field_validator("id")
    @classmethod
    def _is_uuid(cls, value: str) -> str:
        UUID(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _rename_old_fields(cls, data: Any) -> Any:
        """Read `subgraphs` of old files as `sub_graphs`."""
        if isinstance(data, dict) and "subgraphs" in data and "sub_graphs" not in data:
            return {("sub_graphs" if key == "subgraphs" else key): value for key, value in data.items()}
        return data

    @property
    def error_policy(self) -> OnNodeError:
        return self.on_node_error or "continue"

    @property
    def enabled_nodes(self) -> list[Node]:
        """Give the nodes that a run may have: what is made of a graph to run it is made of these."""
        return [node for node in self.nodes if not node.is_disabled]

    @property
    def asks_people(self) -> bool:
        """Say whether nodes that ask a person wait for one."""
        return self.settings is None or self.settings.human_in_the_loop_safe_mode is not False

    @property
    def asks_before_sensitive(self) -> bool:
        """Say whether a node whose block is sensitive asks before it runs."""
        return self.settings is not None and self.settings.sensitive_action_safe_mode is True

    def every_graph(self) -> Iterator[Graph]:
        yield self
        for graph in self.sub_graphs:
            yield from graph.every_graph()


def read_graph(data: bytes | str) -> Graph:
    """Give the graph of a file's JSON; raise UnsupportedFormat with every problem of form, each with its place."""
    if len(data) > LIMITS.graph_bytes_max:
        raise UnsupportedFormat(f"The file has {len(data)} bytes; a graph has at most {LIMITS.graph_bytes_max}.")
    content = data.encode() if isinstance(data, str) else data
    try:
        document = orjson.loads(content.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise UnsupportedFormat(f"The file is not JSON: {error}") from error
    return parse_graph(document)


def parse_graph(document: Any) -> Graph:
    """Give the graph of a decoded document; raise UnsupportedFormat as `read_graph` does."""
    if not isinstance(document, dict):
        raise UnsupportedFormat("The file holds no JSON object, so it is no agent graph.")
    newer = document.get("format_version", FORMAT_VERSION)
    if not isinstance(newer, int) or newer > FORMAT_VERSION:
        raise UnsupportedFormat(
            f"The file is of format version {newer!r}; this version of Drystone reads up to {FORMAT_VERSION}. Upgrade it."
        )
    try:
        # What is kept unread must be writable, too: endless nesting and NUL have a place here, not at the export.
        encode(document, "file")
    except (InvalidValue, ValueTooLarge) as error:
        raise UnsupportedFormat(f"The file cannot be kept: {error.message}") from error
    if not document.get("id"):
        # The same file is the same agent, each time that it is read.
        document = {
            **document,
            "id": str(uuid5(NAMESPACE_OID, orjson.dumps(document, option=orjson.OPT_SORT_KEYS).hex())),
        }
    try:
        return Graph.model_validate(document)
    except ValidationError as error:
        problems = [
            {"where": ".".join(str(part) for part in item["loc"]) or "file", "message": item["msg"]}
            for item in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        shown = "; ".join(f"{problem['where']}: {problem['message']}" for problem in problems[:20])
        raise UnsupportedFormat(f"The file is no agent graph: {shown}", problems=problems) from error


def write_graph(graph: Graph) -> dict[str, Any]:
    """Give the document of a graph: what was read, nothing added that was not set."""
    return graph.model_dump(mode="json", exclude_unset=True)
