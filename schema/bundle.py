"""A bundle: a file with all the agents that it runs, taken apart into graphs of their own; it keeps none of them."""

from __future__ import annotations

from schema.graph import Graph

#: A graph as a file names it.
Key = tuple[str, int]


def key_of(graph: Graph) -> Key:
    return graph.id.lower(), graph.version


def taken_apart(graph: Graph) -> list[Graph]:
    """Give every graph of a file, each once and without those it bundles, behind those that its nodes run; the file's own
    is the last."""
    every = {key_of(one): alone(one) for one in graph.every_graph() if one is not graph}
    every.pop(key_of(graph), None)
    ordered: dict[Key, Graph] = {}

    def visit(one: Graph, above: frozenset[Key]) -> None:
        for used in _used_by(one):
            if used in every and used not in above and used not in ordered:
                visit(every[used], above | {used})
        ordered[key_of(one)] = one

    for key, one in every.items():
        if key not in ordered:
            visit(one, frozenset({key}))
    return [*ordered.values(), alone(graph)]


def _used_by(graph: Graph) -> list[Key]:
    asked = [(node.input_default.get("graph_id"), node.input_default.get("graph_version")) for node in graph.nodes]
    return [
        (graph_id.lower(), version) for graph_id, version in asked if isinstance(graph_id, str) and type(version) is int
    ]


def alone(graph: Graph) -> Graph:
    """Give a graph without the agents that its file bundles: here they are agents of their own."""
    return graph.model_copy(update={"sub_graphs": []}) if graph.sub_graphs else graph
