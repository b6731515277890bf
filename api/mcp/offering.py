"""Which agents a caller is offered as tools, under which names, and how each is described; it runs none.

A tool is called `agent_` and what its agent is called. Where two agents would have the same name, the end of its id stands behind
each: so a name that a client remembers never comes to mean another agent while the first is there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.call import Call
from schema.access import Right
from schema.block import PAYLOAD
from schema.db.library import Owner
from schema.db.offers import Offer
from schema.errors import InvalidGraph, NotFound
from schema.graph import Graph
from schema.interface import Specs, has_trigger, input_schema, output_schema

#: Characters of a tool's name that clients and models take, and of what is said of it.
NAME_CHARS_MAX: Final = 64
_DESCRIPTION_CHARS_MAX: Final = 2_000
_PREFIX: Final = "agent_"
_ID_CHARS: Final = 8
_SLUG_CHARS_MAX: Final = NAME_CHARS_MAX - len(_PREFIX) - _ID_CHARS - 1
_NOT_IN_SLUGS: Final = re.compile(r"[^a-z0-9]+")
#: What a builder needs of an input, and a caller does not.
_LEFT_OUT: Final = frozenset({"advanced", "secret", "placeholder"})


@dataclass(frozen=True)
class AgentTool:
    """An agent as a tool."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]


async def offers_of(call: Call) -> dict[str, Offer]:
    """Give what the caller may run, by the name of its tool, in the order in which it is listed."""
    if not call.principal.may(Right.EXECUTE_RUNS):
        return {}
    owner = Owner(call.tenant, call.principal.person_id)
    found = await call.stores.offers.of(owner, reads_library=call.principal.may(Right.READ_LIBRARY))
    return named(found)


def named(offers: Sequence[Offer]) -> dict[str, Offer]:
    """Give agents by the names of their tools."""
    slugs = [slug_of(offer.name) for offer in offers]
    counted = Counter(slugs)
    return {
        f"{_PREFIX}{slug}" if counted[slug] == 1 else f"{_PREFIX}{slug}_{offer.graph_id.hex[-_ID_CHARS:]}": offer
        for slug, offer in zip(slugs, offers, strict=True)
    }


def slug_of(name: str) -> str:
    """Give a name in small letters, digits and underscores; `unnamed` where it has none of these."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_SLUGS.sub("_", plain).strip("_")[:_SLUG_CHARS_MAX].strip("_") or "unnamed"


async def tool_of(call: Call, name: str, offer: Offer) -> AgentTool | None:
    """Describe an agent as a tool; None: it cannot run as it is."""
    try:
        graph, _ = await call.services.compiled.get(
            call.stores.graphs, call.tenant, offer.graph_id, offer.graph_version
        )
    except (InvalidGraph, NotFound):
        return None
    specs = call.services.registry.specs
    return AgentTool(
        name=name,
        title=offer.name,
        description=(offer.description or f"Run the agent {offer.name}.")[:_DESCRIPTION_CHARS_MAX],
        input_schema=arguments_schema(graph, specs),
        output_schema=result_schema(output_schema(graph, specs)),
    )


def arguments_schema(graph: Graph, specs: Specs) -> dict[str, Any]:
    """Give the JSON Schema of an agent's inputs, as arguments of a tool."""
    given = input_schema(graph, specs)
    properties = {name: _plain(schema) for name, schema in given["properties"].items()}
    required = list(given["required"])
    if has_trigger(graph, specs) and PAYLOAD not in properties:
        properties[PAYLOAD] = {"description": "What would come to the agent's trigger."}
        required.append(PAYLOAD)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key not in _LEFT_OUT}
    return {**kept, "writeOnly": True} if schema.get("secret") else kept


def result_schema(outputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the JSON Schema of how a run stands; with the outputs of an agent, where these are known."""
    properties = {} if outputs is None else outputs["properties"]
    by_name = {
        name: {
            "type": "array",
            "items": {},
            "description": str(schema.get("description") or schema.get("title") or name),
        }
        for name, schema in properties.items()
    }
    return {
        "type": "object",
        "properties": {
            "run_id": {"type": "string", "description": "The run, for get_run and cancel_run."},
            "status": {
                "type": "string",
                "description": "COMPLETED, FAILED or TERMINATED: it is over; else it goes on.",
            },
            "is_over": {"type": "boolean"},
            "outputs": {"type": "object", "properties": by_name, "description": "By name, all values in their order."},
            "message": {"type": "string", "description": "How it stands, and what to do."},
        },
        "required": ["run_id", "status", "is_over", "outputs", "message"],
    }
