"""check(): every problem of a graph at once, each with its node, its pin and what to do; it changes nothing.

A graph that runs on when a node fails (`on_node_error` is `continue`, as of all agents from elsewhere) also begins where somebody
left a pin empty, or a node waits for ever: that node fails or waits, as it does elsewhere, and is a warning. Other graphs are
refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from schema.block import PAYLOAD, BlockSpec, Kind
from schema.coerce import coerce, problems_of
from schema.credentials import is_credential_pin
from schema.errors import InvalidInput, InvalidValue, ValueTooLarge
from schema.graph import Graph, Link, Node
from schema.limits import LIMITS
from schema.pins import base_name, is_dynamic, merge
from schema.values import encode

Severity = Literal["error", "warning"]
Specs = Mapping[str, BlockSpec]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and what to do. A warning does not keep the graph from running."""

    code: str
    message: str
    remedy: str
    node_id: str | None = None
    pin: str | None = None
    link_id: str | None = None
    graph_id: str | None = None
    severity: Severity = "error"

    def to_wire(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}

    def __str__(self) -> str:
        places = [
            f"{what} {value}"
            for what, value in (
                ("graph", self.graph_id),
                ("node", self.node_id),
                ("pin", self.pin),
                ("link", self.link_id),
            )
            if value is not None
        ]
        where = f"{', '.join(places)}: " if places else ""
        return f"{where}{self.message} {self.remedy}"


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Give the problems that keep a graph from running."""
    return [problem for problem in problems if problem.severity == "error"]


def check(graph: Graph, specs: Specs) -> list[Problem]:
    """Give every problem of the graph and of those it bundles; `specs` maps block ids to what is known of them."""
    problems = list(_check_one(graph, specs, None))
    for inner in graph.sub_graphs:
        problems.extend(_check_one(inner, specs, inner.id))
    return problems


def _check_one(graph: Graph, specs: Specs, place: str | None) -> Iterator[Problem]:
    for problem in _problems(graph, specs):
        yield replace(problem, graph_id=place) if place else problem


def _problems(graph: Graph, specs: Specs) -> Iterator[Problem]:
    of_one_node: Severity = "warning" if graph.error_policy == "continue" else "error"
    yield from _sizes(graph)
    yield from _identities(graph)
    nodes = {node.id: node for node in graph.nodes}
    linked: dict[str, set[str]] = {node_id: set() for node_id in nodes}
    for link in graph.links:
        linked.get(link.sink_id, set()).add(link.sink_name)
        is_idle = any(nodes[end].is_disabled for end in (link.source_id, link.sink_id) if end in nodes)
        yield from _softened(_check_link(link, nodes, specs), is_idle)
    for node in graph.nodes:
        yield from _softened(_check_node(node, linked[node.id], specs, of_one_node), bool(node.is_disabled))
    yield from _check_flow(graph, specs, of_one_node)


def _softened(problems: Iterable[Problem], is_idle: bool) -> Iterator[Problem]:
    """Let what is wrong with a disabled node, or with a link at one, keep nothing from running."""
    for problem in problems:
        yield replace(problem, severity="warning") if is_idle and problem.code != "DANGLING_LINK" else problem


def _sizes(graph: Graph) -> Iterator[Problem]:
    for count, limit, what in (
        (len(graph.nodes), LIMITS.graph_nodes_max, "nodes"),
        (len(graph.links), LIMITS.graph_links_max, "links"),
    ):
        if count > limit:
            yield Problem(
                "GRAPH_TOO_LARGE",
                f"The graph has {count} {what}; at most {limit} are allowed.",
                "Split it into agents.",
            )


def _identities(graph: Graph) -> Iterator[Problem]:
    seen: set[str] = set()
    for node in graph.nodes:
        if node.id in seen:
            yield Problem("DUPLICATE_ID", "Two nodes have this id.", "Give each node its own id.", node_id=node.id)
        seen.add(node.id)
    seen = set()
    for link in graph.links:
        if link.id in seen:
            yield Problem("DUPLICATE_ID", "Two links have this id.", "Give each link its own id.", link_id=link.id)
        seen.add(link.id)


def _check_link(link: Link, nodes: Mapping[str, Node], specs: Specs) -> Iterator[Problem]:
    for end, node_id, pin in (
        ("source", link.source_id, link.source_name),
        ("sink", link.sink_id, link.sink_name),
    ):
        node = nodes.get(node_id)
        if node is None:
            yield Problem(
                "DANGLING_LINK",
                f"The link's {end} node {node_id} is not in the graph.",
                "Remove the link or add the node.",
                node_id=node_id,
                pin=pin,
                link_id=link.id,
            )
            continue
        spec = specs.get(node.block_id)
        if spec is None:
            continue
        is_there = spec.has_output(pin) if end == "source" else spec.has_input(pin)
        if not is_there:
            known = ", ".join(spec.output_pins if end == "source" else spec.input_pins) or "none"
            yield Problem(
                "UNKNOWN_PIN",
                f"{spec.name} has no {'output' if end == 'source' else 'input'} pin {base_name(pin)!r}.",
                f"Link one of its pins: {known}.",
                node_id=node_id,
                pin=pin,
                link_id=link.id,
                severity="warning" if spec.is_placeholder else "error",
            )
        elif end == "sink" and is_credential_pin(spec, pin):
            yield Problem(
                "CREDENTIAL_LINKED",
                f"{base_name(pin)!r} takes a credential, and a credential is chosen by a person, never by a link.",
                "Take the link away, and choose the credential in the node or when a run is started.",
                node_id=node_id,
                pin=pin,
                link_id=link.id,
            )


def _check_node(node: Node, linked: set[str], specs: Specs, of_empty: Severity) -> Iterator[Problem]:
    spec = specs.get(node.block_id)
    if spec is None:
        yield Problem(
            "UNKNOWN_BLOCK",
            f"No block has the id {node.block_id}.",
            "Install the package that has the block, or remove the node.",
            node_id=node.id,
        )
        return
    if spec.is_placeholder:
        yield Problem(
            "BLOCK_NOT_INSTALLED",
            f"The block {spec.name} ({node.block_id}) is not installed here; the node is kept as a placeholder.",
            "The graph can be kept and exported, and runs once the block is installed.",
            node_id=node.id,
            severity="warning",
        )
    if spec.kind is Kind.NOTE:
        return
    yield from _check_required(node, linked, spec, of_empty)
    yield from _check_constants(node, linked, spec, of_empty)
    yield from _check_name(node, spec)


def _check_required(node: Node, linked: set[str], spec: BlockSpec, of_empty: Severity) -> Iterator[Problem]:
    given = {base_name(pin) for pin in linked} | {
        base_name(pin) for pin, value in node.input_default.items() if value is not None
    }
    if spec.kind is Kind.WEBHOOK:
        given.add(PAYLOAD)  # It comes with the run.
    required = ("graph_id",) if spec.kind is Kind.AGENT else spec.required_pins
    for pin in required:
        # A credential may also be chosen when a run is started; that one is missing is said there.
        if pin not in given and not is_credential_pin(spec, pin):
            yield Problem(
                "MISSING_PIN",
                f"{spec.name} needs a value on {pin!r}, and it has neither a link nor a constant.",
                f"Link {pin!r} or give it a value.",
                node_id=node.id,
                pin=pin,
                severity="warning" if spec.is_placeholder else of_empty if pin in node.input_default else "error",
            )


def _check_constants(node: Node, linked: set[str], spec: BlockSpec, of_empty: Severity) -> Iterator[Problem]:
    """Check each constant against its pin; one whose pin is linked, too, is replaced before it counts."""
    if spec.is_placeholder or spec.has_dynamic_inputs:
        return
    linked_bases = {base_name(pin) for pin in linked}
    try:
        constants = merge(node.input_default)
    except InvalidInput as error:
        yield _wrong_constant(node, error.fields.get("pin"), error.message)
        return
    definitions = spec.input_schema.get("$defs", {})
    for pin, value in constants.items():
        schema = spec.input_pins.get(pin)
        if schema is None or value is None or pin in linked_bases or is_dynamic(pin):
            continue
        if is_credential_pin(spec, pin):
            yield from _check_reference(node, pin, value)
            continue
        try:
            encode(value, f"pin {pin!r}")
        except (InvalidValue, ValueTooLarge) as error:
            yield _wrong_constant(node, pin, error.message)
            continue
        converted = {pin: coerce(value, schema, definitions)}
        whole = {"type": "object", "properties": {pin: schema}, "$defs": definitions}
        for _, message in problems_of(converted, whole):
            wrong = _wrong_constant(node, pin, message)
            yield replace(wrong, severity=of_empty) if value in ("", [], {}) else wrong


def _check_reference(node: Node, pin: str, value: Any) -> Iterator[Problem]:
    """Check that a reference is whole or has lost its id to an export, and that no path writes into it."""
    if not isinstance(value, Mapping):
        yield _wrong_constant(node, pin, "a credential is {id, provider, type, title}")
    for name in node.input_default:
        if is_dynamic(name) and base_name(name) == pin:
            yield _wrong_constant(node, name, "a credential is chosen as a whole")


def _wrong_constant(node: Node, pin: str | None, message: str) -> Problem:
    return Problem(
        "WRONG_TYPE", f"The constant does not fit: {message}.", "Change the constant.", node_id=node.id, pin=pin
    )


def _check_name(node: Node, spec: BlockSpec) -> Iterator[Problem]:
    if spec.kind is not Kind.INPUT:
        return
    name = node.input_default.get("name")
    if isinstance(name, str) and (name == "credentials" or name.endswith("_credentials")):
        yield Problem(
            "RESERVED_NAME",
            f"The input name {name!r} is reserved for credentials.",
            "Choose another name.",
            node_id=node.id,
            pin="name",
        )


def _check_flow(graph: Graph, specs: Specs, of_waiting: Severity) -> Iterator[Problem]:
    """Find nodes that can never run: a linked pin is always waited for, so each needs a source that can run."""
    running = {node.id for node in graph.enabled_nodes if _kind(node, specs) is not Kind.NOTE}
    disabled = {node.id for node in graph.nodes if node.is_disabled}
    feeds: dict[str, dict[str, set[str]]] = {node_id: {} for node_id in running}
    loop_pins = {node.id: specs[node.block_id].loop_pins for node in graph.nodes if node.block_id in specs}
    for link in graph.links:
        comes_back = base_name(link.sink_name) in loop_pins.get(link.sink_id, ())
        if link.source_id in running | disabled and link.sink_id in running and not comes_back:
            feeds[link.sink_id].setdefault(link.sink_name, set()).add(link.source_id)
    able = {node.id for node in graph.nodes if node.id in running and _is_start(node, feeds[node.id], specs)}
    if not able:
        yield Problem(
            "NO_START",
            f"The graph has no start node: {'every node waits for a link' if running else 'no node of it runs'}.",
            "Add an input, or take a link away from the node that should run first." if running else "Add a node.",
        )
        return
    able |= disabled  # What waits for one of these waits because somebody wants it so.
    is_growing = True
    while is_growing:
        more = {node_id for node_id in running - able if all(sources & able for sources in feeds[node_id].values())}
        able |= more
        is_growing = bool(more)
    for node in graph.nodes:
        if node.id in running - able:
            starved = next(pin for pin, sources in feeds[node.id].items() if not sources & able)
            yield Problem(
                "NEVER_RUNS",
                "The node can never run: what feeds this pin waits, itself, for a cycle without a start.",
                "Feed the pin from a node that can run first, or take the link away.",
                node_id=node.id,
                pin=starved,
                severity=of_waiting,
            )


def _kind(node: Node, specs: Specs) -> Kind:
    spec = specs.get(node.block_id)
    return spec.kind if spec is not None else Kind.STANDARD


def _is_start(node: Node, fed: Mapping[str, set[str]], specs: Specs) -> bool:
    return not fed or _kind(node, specs) is Kind.INPUT
