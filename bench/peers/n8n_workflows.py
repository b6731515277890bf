"""The workloads as workflows of n8n, in the form in which it imports them; it runs none.

Each begins at a webhook that answers when its last node has finished. A node is an "Edit Fields"; a fan-out's branches meet in a
"Merge", items come from "Split Out" and are gathered by "Aggregate". A node that works for a while is a "Wait".
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from speaking import Work

Nodes = list[dict[str, Any]]
Links = dict[str, Any]


def name_of(work: Work) -> str:
    """Name a workload's workflow: its webhook's path, too."""
    return f"{work.kind}-{work.size}-{work.depth}-{work.node_ms}-{work.text_bytes}-{work.mode or 'end'}"


def id_of(number: int) -> str:
    """Give the id of the workflow with this number."""
    return f"bench{number:011d}"


def workflow_of(work: Work, number: int) -> dict[str, Any]:
    """Give the workflow of a workload, as n8n's import takes it."""
    nodes, links = {"chain": _chain, "fan_out": _fan_out, "stream": _stream}[work.kind](work)
    hook = {"httpMethod": "POST", "path": name_of(work), "responseMode": "lastNode", "options": {}}
    first = _node("hook", "webhook", 2, hook)
    first["webhookId"] = name_of(work)
    links["hook"] = _to([nodes[0]["name"]])
    return {
        "id": id_of(number),
        "name": name_of(work),
        "active": False,
        "nodes": [first, *nodes],
        "connections": links,
        "settings": {"executionOrder": "v1", "saveExecutionProgress": work.mode == "progress"},
    }


def _chain(work: Work) -> tuple[Nodes, Links]:
    start = _expression(f"'x'.repeat({work.text_bytes})") if work.text_bytes else "={{ 2 }}"
    rest = "={{ $json.value }}" if work.text_bytes else "={{ $json.value + 1 }}"
    kind = "string" if work.text_bytes else "number"
    nodes, links = [], {}
    for number in range(work.size):
        name = f"n{number}"
        nodes.append(_set(name, rest if number else start, kind))
        if work.node_ms:
            # Its parameter has whole seconds in the editor and takes parts of one by expression.
            nodes.append(
                _node(f"w{number}", "wait", 1.1, {"amount": _expression(str(work.node_ms / 1e3)), "unit": "seconds"})
            )
    for before, after in pairwise(nodes):
        links[before["name"]] = _to([after["name"]])
    return nodes, links


def _fan_out(work: Work) -> tuple[Nodes, Links]:
    names = [f"n{number}" for number in range(work.size)]
    nodes = [_set("source", "={{ 1 }}"), *(_set(name, "={{ $json.value + 1 }}") for name in names)]
    nodes.append(_node("merge", "merge", 3.2, {"numberInputs": work.size}))
    nodes += [_gathering(), _set("count", "={{ $json.value.length }}")]
    links = {"source": _to(names), "merge": _to(["gather"]), "gather": _to(["count"])}
    links.update({name: _to(["merge"], number) for number, name in enumerate(names)})
    return nodes, links


def _stream(work: Work) -> tuple[Nodes, Links]:
    nodes = [
        _set("source", _expression(f"[...Array({work.size}).keys()]"), "array"),
        _node("split", "splitOut", 1, {"fieldToSplitOut": "value", "options": {}}),
        *(_set(f"n{number}", "={{ $json.value + 1 }}") for number in range(work.depth)),
        _gathering(),
        _set("count", "={{ $json.value.length }}"),
    ]
    names = [node["name"] for node in nodes]
    return nodes, {before: _to([after]) for before, after in pairwise(names)}


def _expression(code: str) -> str:
    """Give what n8n evaluates for each item."""
    return "={{ " + code + " }}"


def _gathering() -> dict[str, Any]:
    return _node("gather", "aggregate", 1, {"fieldsToAggregate": {"fieldToAggregate": [{"fieldToAggregate": "value"}]}})


def _set(name: str, expression: str, kind: str = "number") -> dict[str, Any]:
    field = {"id": name, "name": "value", "value": expression, "type": kind}
    return _node(name, "set", 3.4, {"assignments": {"assignments": [field]}, "options": {}})


def _node(name: str, kind: str, version: float, parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "type": f"n8n-nodes-base.{kind}",
        "typeVersion": version,
        "position": [0, 0],
        "parameters": parameters,
    }


def _to(names: list[str], index: int = 0) -> dict[str, Any]:
    return {"main": [[{"node": name, "type": "main", "index": index} for name in names]]}
