"""Comparing two graphs by what they say: nodes, links and settings that came, went or changed; it reads no database.

A node is the same node where it has the same id: saving keeps the ids of nodes that were kept. A link is known by its two ends,
for a link that is drawn anew is the same arrow. What an export computes, and copies of it inside nodes, are not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from schema.graph import Graph, Link, Node, write_graph

#: Fields of a file that are computed, or that name the version itself.
COMPUTED: Final = frozenset(
    {
        "created_at", "credentials_input_schema", "has_external_trigger", "has_human_in_the_loop", "has_sensitive_action",
        "has_webhook_trigger", "input_schema", "is_template", "output_schema", "trigger_setup_info", "user_id",
    }
)  # fmt: skip
_NOT_SETTINGS: Final = COMPUTED | {
    "id", "version", "is_active", "nodes", "links", "sub_graphs", "forked_from_id", "forked_from_version"
}  # fmt: skip
_COPIES: Final = frozenset({"id", "graph_id", "graph_version", "input_links", "output_links", "webhook"})
#: Fields of a node that are compared key by key.
_BY_KEY: Final = ("input_default", "metadata")


Ends = tuple[str, str, str, str]


@dataclass(frozen=True)
class Change:
    """One field that changed; `path` names it, `old` or `new` is None where it is not there."""

    path: tuple[str, ...]
    old: Any
    new: Any


@dataclass(frozen=True)
class NodeChange:
    """A node that both graphs have, and what differs."""

    old: Node
    new: Node
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class LinkChange:
    """A link that both graphs have, static in one of them only."""

    old: Link
    new: Link


@dataclass(frozen=True)
class Comparison:
    """What differs between two graphs, in the order of the new one; what is gone in the order of the old one."""

    nodes_added: tuple[Node, ...]
    nodes_removed: tuple[Node, ...]
    nodes_changed: tuple[NodeChange, ...]
    links_added: tuple[Link, ...]
    links_removed: tuple[Link, ...]
    links_changed: tuple[LinkChange, ...]
    settings: tuple[Change, ...]


def compare(old: Graph, new: Graph) -> Comparison:
    """Compare two graphs."""
    before, after = {node.id: node for node in old.nodes}, {node.id: node for node in new.nodes}
    pairs = [(before[node_id], node) for node_id, node in after.items() if node_id in before]
    changed = [NodeChange(one, other, tuple(_node_changes(one, other))) for one, other in pairs]
    gone, come, moved = _compare_links(old.links, new.links)
    return Comparison(
        nodes_added=tuple(node for node_id, node in after.items() if node_id not in before),
        nodes_removed=tuple(node for node_id, node in before.items() if node_id not in after),
        nodes_changed=tuple(change for change in changed if change.changes),
        links_added=come,
        links_removed=gone,
        links_changed=moved,
        settings=tuple(_changes(_settings(old), _settings(new), ())),
    )


def _settings(graph: Graph) -> dict[str, Any]:
    document = write_graph(graph.model_copy(update={"nodes": [], "links": [], "sub_graphs": []}))
    return {name: value for name, value in document.items() if name not in _NOT_SETTINGS}


def _node_changes(old: Node, new: Node) -> Iterator[Change]:
    before, after = (node.model_dump(mode="json", exclude_unset=True, exclude=set(_COPIES)) for node in (old, new))
    for name in _BY_KEY:
        yield from _changes(before.pop(name, {}), after.pop(name, {}), (name,))
    yield from _changes(before, after, ())


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        # An absent field and a null say the same everywhere in the format.
        before, after = old.get(name), new.get(name)
        if not _is_same(before, after):
            yield Change((*path, name), before, after)


def _is_same(one: Any, other: Any) -> bool:
    """Say whether two values are the same JSON; Python alone takes true for 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _compare_links(
    old: list[Link], new: list[Link]
) -> tuple[tuple[Link, ...], tuple[Link, ...], tuple[LinkChange, ...]]:
    """Give (removed, added, changed); two nodes may be linked twice in the same way, so links are counted."""
    before, after = Counter(map(_ends, old)), Counter(map(_ends, new))
    both = before & after
    first: dict[Ends, Link] = {_ends(link): link for link in reversed(old)}
    changed = [
        LinkChange(first[_ends(link)], link)
        for link in {_ends(link): link for link in reversed(new)}.values()
        if _ends(link) in both and first[_ends(link)].is_static != link.is_static
    ]
    return _beyond(old, both), _beyond(new, both), tuple(reversed(changed))


def _beyond(links: list[Link], both: Counter[Ends]) -> tuple[Link, ...]:
    left = Counter(both)
    found = []
    for link in links:
        if left[_ends(link)] > 0:
            left[_ends(link)] -= 1
        else:
            found.append(link)
    return tuple(found)


def _ends(link: Link) -> Ends:
    return link.source_id, link.source_name, link.sink_id, link.sink_name
