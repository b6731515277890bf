"""Credentials as nouns: what a node refers to, what a block asks for, and how an agent's needs are grouped; no secret is here.

A node holds a *reference*, {id, provider, type, title}; an export removes the id. A block's input schema marks a pin that
takes one (`credentials_provider`, `credentials_types`): its *requirement*. The requirements of all nodes of an agent, those of
the agents that it runs included, are grouped by (providers, types): for each *group* somebody chooses one credential, under
the key `{providers}_{types}_credentials`. What was chosen becomes masks of the run, which beat every other source of a pin's
value, and goes on to child runs, which are grouped by the same rule.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from schema.block import BlockSpec, Kind
from schema.errors import MissingCredentials
from schema.graph import Graph, Node
from schema.identity import once_each
from schema.pins import base_name

Specs = Mapping[str, BlockSpec]
#: (graph id, version or None for the active one): how a node names the agent that it runs.
Used = tuple[str, int | None]

#: The pin of an agent's node on which {group key: reference} go on to the child. No input can have this name.
HANDED_DOWN: Final = "credentials"
_MARK: Final = "credentials_provider"
_DEMO_MARK: Final = "credentials_demo"
_NAMED_BY: Final = "credentials_named_by"
#: In which field the value of such a pin has the credential's id.
ID_IN_FILE: Final = "_credentials_id"
#: The provider whose answers are made here, without a key.
DEMO: Final = "demo"


class CredentialType(StrEnum):
    """What a credential consists of."""

    API_KEY = "api_key"
    OAUTH2 = "oauth2"
    USER_PASSWORD = "user_password"
    HOST_SCOPED = "host_scoped"


@dataclass(frozen=True)
class Reference:
    """What stands for a credential in nodes, masks and rows."""

    id: str
    provider: str
    type: str
    title: str | None = None

    def to_wire(self) -> dict[str, Any]:
        return {"id": self.id, "provider": self.provider, "type": self.type, "title": self.title}


def reference_of(value: Any) -> Reference | None:
    """Read a pin's value; None where it names no credential, as after an export, which removes the id."""
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str) or not value["id"]:
        return None
    title = value.get("title")
    return Reference(
        value["id"],
        str(value.get("provider", "")),
        str(value.get("type", "")),
        title if isinstance(title, str) else None,
    )


@dataclass(frozen=True)
class Requirement:
    """What a block asks for on a pin. `mapping` says which provider a value of the pin `discriminator` means."""

    pin: str
    providers: tuple[str, ...]
    types: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    is_required: bool = True
    discriminator: str | None = None
    mapping: Mapping[str, str] | None = None
    #: What the discriminating pin says where nobody does.
    default: Any = None
    #: The provider `demo` may stand in for it: a credential of that provider fits, and on a stack with the demo none is needed.
    has_demo: bool = False
    #: A pin whose value, a file at the provider, names the credential by which it was chosen, where this pin has none.
    named_by: str | None = None

    def reference_in(self, inputs: Mapping[str, Any]) -> Reference | None:
        """Give what a node's inputs refer to: on the pin itself, or in the file that names it."""
        own = reference_of(inputs.get(self.pin))
        file = inputs.get(self.named_by) if self.named_by is not None else None
        named = file.get(ID_IN_FILE) if isinstance(file, Mapping) else None
        if own is not None or not isinstance(named, str) or not named:
            return own
        return Reference(named, self.providers[0], self.types[0])

    def providers_in(self, inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Give the providers that fit a node's inputs."""
        return self.providers_for(inputs.get(self.discriminator or "", self.default))

    def accepted(self, providers: tuple[str, ...]) -> tuple[str, ...]:
        """Give the providers of which a credential may be where these are asked for."""
        return (*providers, DEMO) if self.has_demo else providers

    def providers_for(self, discriminating: Any) -> tuple[str, ...]:
        """Give the providers that fit a value of the discriminating pin; all of them where it decides nothing."""
        chosen = None if self.mapping is None else self.mapping.get(str(discriminating))
        return self.providers if chosen is None else (chosen,)


def is_credential_pin(spec: BlockSpec, pin: str) -> bool:
    """Say whether a pin takes a credential, of its block or to hand down to an agent."""
    if spec.kind is Kind.AGENT:
        return base_name(pin) == HANDED_DOWN
    return _MARK in spec.input_pins.get(base_name(pin), {})


@once_each
def requirements_of(spec: BlockSpec) -> list[Requirement]:
    """Give what a block asks for, from the marks in its input schema."""
    return [
        Requirement(
            pin=pin,
            providers=tuple(schema[_MARK]),
            types=tuple(schema["credentials_types"]),
            scopes=tuple(schema.get("credentials_scopes", ())),
            is_required=pin in spec.required_pins,
            discriminator=schema.get("discriminator"),
            mapping=schema.get("discriminator_mapping"),
            default=spec.input_pins.get(schema.get("discriminator", ""), {}).get("default"),
            has_demo=bool(schema.get(_DEMO_MARK)),
            named_by=schema.get(_NAMED_BY),
        )
        for pin, schema in spec.input_pins.items()
        if _MARK in schema
    ]


def reference_schema(
    providers: Sequence[str],
    types: Sequence[str],
    *,
    scopes: Iterable[str] = (),
    discriminator: str | None = None,
    mapping: Mapping[str, str] | None = None,
    has_demo: bool = False,
    named_by: str | None = None,
) -> dict[str, Any]:
    """Give the JSON Schema of a reference, with the marks that say what it must refer to."""
    schema: dict[str, Any] = {
        "credentials_provider": list(providers),
        "credentials_types": list(types),
        "properties": {
            "id": {"title": "Id", "type": "string"},
            "title": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "Title"},
            "provider": {
                "title": "Provider",
                "type": "string",
                **_one_of([*providers, DEMO] if has_demo else providers),
            },
            "type": {"title": "Type", "type": "string", **_one_of(types)},
        },
        "required": ["id", "provider", "type"],
        "title": "Credentials",
        "type": "object",
    }
    wanted = sorted(set(scopes))
    if wanted:
        schema["credentials_scopes"] = wanted
    if discriminator is not None:
        schema["discriminator"] = discriminator
    if mapping is not None:
        schema["discriminator_mapping"] = dict(mapping)
    if has_demo:
        schema[_DEMO_MARK] = True
    if named_by is not None:
        schema[_NAMED_BY] = named_by
    return schema


def _one_of(values: Sequence[str]) -> dict[str, Any]:
    return {"const": values[0]} if len(values) == 1 else {"enum": list(values)}


@dataclass(frozen=True, eq=False)
class Need:
    """A credential pin of a node, at its place."""

    graph: Graph
    node: Node
    requirement: Requirement
    #: What the node's own inputs narrow the requirement's to.
    providers: tuple[str, ...]
    discriminating: Any
    #: The node runs only with a credential; False: without one it is left out, or runs without.
    is_required: bool

    @property
    def key(self) -> str:
        """Give the key of its group."""
        return "_".join([*sorted(self.providers), *sorted(self.requirement.types), "credentials"])

    @property
    def own(self) -> Reference | None:
        """Give what the node itself refers to."""
        return reference_of(self.node.input_default.get(self.requirement.pin))


def is_left_out(node: Node) -> bool:
    """Say whether a node is skipped, and not missed, where it has no credential."""
    return bool(node.metadata.get("credentials_optional"))


def needs_of(graph: Graph, specs: Specs) -> Iterator[Need]:
    """Give the credential pins of a graph's own nodes."""
    linked = {(link.sink_id, base_name(link.sink_name)) for link in graph.links}
    for node in graph.enabled_nodes:
        spec = specs.get(node.block_id)
        for requirement in () if spec is None else requirements_of(spec):
            deciding = requirement.discriminator
            value = None
            if deciding is not None and (node.id, deciding) not in linked:
                value = node.input_default.get(deciding, requirement.default)
            yield Need(
                graph=graph,
                node=node,
                requirement=requirement,
                providers=requirement.providers_for(value),
                discriminating=value,
                is_required=requirement.is_required and not is_left_out(node),
            )


def used_by(graph: Graph, specs: Specs) -> Iterator[Used]:
    """Give the agents that a graph's nodes run, as far as the file says which."""
    for node in graph.enabled_nodes:
        spec = specs.get(node.block_id)
        if spec is not None and spec.kind is Kind.AGENT:
            graph_id, version = node.input_default.get("graph_id"), node.input_default.get("graph_version")
            if isinstance(graph_id, str):
                yield graph_id, version if isinstance(version, int) and not node.follows_active else None


def all_needs(graph: Graph, graphs: Mapping[Used, Graph], specs: Specs) -> list[Need]:
    """Give the needs of a graph and of all that it runs, each graph once. `graphs` are those that it does not bundle."""
    bundled = {inner.id: inner for inner in graph.every_graph()}
    seen: set[Used] = set()
    found: list[Need] = []
    waiting = [graph]
    while waiting:
        one = waiting.pop(0)
        if (one.id, one.version) in seen:
            continue
        seen.add((one.id, one.version))
        found.extend(needs_of(one, specs))
        following = (graphs.get(used) or bundled.get(used[0]) for used in used_by(one, specs))
        waiting.extend(inner for inner in following if inner is not None)
    return found


@dataclass(frozen=True)
class Group:
    """The needs that one credential meets."""

    key: str
    needs: tuple[Need, ...]

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(sorted(self.needs[0].providers))

    @property
    def accepted(self) -> tuple[str, ...]:
        """Give the providers of which a credential may be: those, and the demo where it may stand in for all of them."""
        return self.needs[0].requirement.accepted(self.providers) if self.has_demo else self.providers

    @property
    def has_demo(self) -> bool:
        return all(need.requirement.has_demo for need in self.needs)

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(sorted(self.needs[0].requirement.types))

    @property
    def scopes(self) -> tuple[str, ...]:
        """Give the scopes that its needs ask for together."""
        return tuple(sorted({scope for need in self.needs for scope in need.requirement.scopes}))

    @property
    def is_required(self) -> bool:
        return any(need.is_required for need in self.needs)

    @property
    def discriminator_values(self) -> list[Any]:
        """Give what the discriminating inputs of its nodes say, each once: the models or the addresses that it is for."""
        return list(dict.fromkeys(str(need.discriminating) for need in self.needs if need.discriminating is not None))

    def to_schema(self) -> dict[str, Any]:
        """Give its entry of `credentials_input_schema`."""
        first = self.needs[0].requirement
        schema = reference_schema(
            self.providers,
            self.types,
            scopes=self.scopes,
            discriminator=first.discriminator,
            mapping=first.mapping,
            has_demo=self.has_demo,
        )
        return {**schema, "discriminator_values": self.discriminator_values}


def groups_of(needs: Iterable[Need]) -> dict[str, Group]:
    """Group needs by what meets them, in the order of their nodes."""
    gathered: dict[str, list[Need]] = {}
    for need in needs:
        gathered.setdefault(need.key, []).append(need)
    return {key: Group(key, tuple(members)) for key, members in gathered.items()}


def credentials_schema(graph: Graph, graphs: Mapping[Used, Graph], specs: Specs) -> dict[str, Any]:
    """Give `credentials_input_schema` of a graph; `graphs` are the ones that it runs and does not bundle."""
    groups = groups_of(all_needs(graph, graphs, specs))
    return {
        "properties": {key: group.to_schema() for key, group in groups.items()},
        "required": [key for key, group in groups.items() if group.is_required],
        "title": f"{''.join(graph.name.split())}CredentialsInputSchema",
        "type": "object",
    }


def masks_of(graph: Graph, specs: Specs, chosen: Mapping[str, Reference]) -> dict[str, dict[str, Any]]:
    """Give {node id: {pin: reference}} for a run with these credentials, {group key: reference}."""
    masks: dict[str, dict[str, Any]] = {}
    if not chosen:
        return masks
    for need in needs_of(graph, specs):
        if need.key in chosen:
            masks.setdefault(need.node.id, {})[need.requirement.pin] = chosen[need.key].to_wire()
    handed_down = {key: reference.to_wire() for key, reference in chosen.items()}
    for node in graph.nodes:
        spec = specs.get(node.block_id)
        if spec is not None and spec.kind is Kind.AGENT:
            masks[node.id] = {HANDED_DOWN: handed_down}
    return masks


def handed_down(value: Any) -> dict[str, Reference]:
    """Read what an agent's node was given for its child: {group key: reference}."""
    if not isinstance(value, Mapping):
        return {}
    read = {str(key): reference_of(given) for key, given in value.items()}
    return {key: reference for key, reference in read.items() if reference is not None}


@dataclass(frozen=True)
class Held:
    """What a credential is, as far as it decides whether it fits."""

    provider: str
    type: str
    scopes: Sequence[str] = ()
    has_ended: bool = False


def misfit(held: Held, providers: Sequence[str], types: Sequence[str], scopes: Iterable[str]) -> str | None:
    """Say why a credential does not meet a need, as the end of a sentence; None: it does."""
    if held.provider not in providers:
        return f"is of {held.provider}, and one of {' or '.join(providers)} is needed"
    if held.type not in types:
        return f"is of the type {held.type}, and {' or '.join(types)} is needed"
    if held.has_ended:
        return "has ended: its provider refused it; connect it again"
    lacking = sorted(set(scopes) - set(held.scopes))
    if held.type == CredentialType.OAUTH2 and lacking:
        return f"lacks the scopes {', '.join(lacking)}; connect it again with them"
    return None


def unmet(
    groups: Mapping[str, Group], given: Mapping[str, Any], met: Container[Need] = (), has_demo: bool = False
) -> list[dict[str, Any]]:
    """Give a problem for each group that needs a credential and was given none; `met` are needs that their node meets.

    `has_demo`: this is a stack with the demo, which stands in where a node refers to no credential at all.
    """
    found = []
    for key, group in groups.items():
        lacking = [need for need in group.needs if need.is_required and need not in met]
        if has_demo:
            lacking = [need for need in lacking if need.own is not None or not need.requirement.has_demo]
        if key not in given and lacking:
            what = f"a credential of {' or '.join(group.providers)} ({' or '.join(group.types)})"
            found.append(problem_of(group, "MISSING", f"{key}: {what} is needed by {_nodes(lacking)}.", lacking))
    return found


def problem_of(group: Group, reason: str, message: str, needs: Sequence[Need] = ()) -> dict[str, Any]:
    """Give a problem as errors carry it: the group, its providers, and the nodes that it is about."""
    places = [
        {"graph_id": need.graph.id, "node_id": need.node.id, "pin": need.requirement.pin}
        for need in needs or group.needs
    ]
    return {
        "code": reason,
        "message": message,
        "where": group.key,
        "node_id": places[0]["node_id"],
        "pin": places[0]["pin"],
        "remedy": f"Choose a credential for {group.key}, or make one.",
        "providers": list(group.providers),
        "types": list(group.types),
        "nodes": places,
    }


def refusal(problems: Sequence[Mapping[str, Any]]) -> MissingCredentials:
    """Give the error that names these problems."""
    shown = " ".join(str(problem["message"]) for problem in problems)
    return MissingCredentials(f"The agent cannot run without its credentials. {shown}", problems=list(problems))


def _nodes(needs: Sequence[Need]) -> str:
    names = [f"{need.node.title!r} ({need.node.id})" if need.node.title else need.node.id for need in needs]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more nodes" if len(names) > 5 else "")
