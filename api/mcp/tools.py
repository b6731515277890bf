"""The tools that are the same for everyone, beside the agents: a run is read, cancelled, and runs are listed; no protocol here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.call import Call
from api.errors import BadUserInput
from api.mcp.offering import AgentTool, offers_of, result_schema
from api.mcp.runs import RUNS_MAX, Progress, cancel_run, get_run, list_runs
from schema.access import Right
from schema.errors import NotFound
from schema.forms import form_problems

_RUN_ID: Final = {"type": "string", "maxLength": 200, "description": "The run's id, as a call gave it."}


@dataclass(frozen=True)
class Result:
    """What a tool gives: structured, as a text, and whether it failed."""

    structured: Mapping[str, Any]
    text: str
    is_failure: bool = False


@dataclass(frozen=True)
class RunTool:
    """A tool of ours, the right that it needs, and whether it only reads."""

    tool: AgentTool
    right: Right
    is_reading: bool


def _tool(name: str, title: str, description: str, properties: dict[str, Any], required: list[str]) -> AgentTool:
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return AgentTool(name, title, description, schema, result_schema())


_LISTED: Final = {
    "type": "object",
    "properties": {"runs": {"type": "array", "items": {"type": "object"}}},
    "required": ["runs"],
}
GET_RUN: Final = _tool(
    "get_run",
    "Read a run",
    "How a run of an agent stands, with its outputs. It waits for the run's end, if asked to.",
    {
        "run_id": _RUN_ID,
        "wait_seconds": {
            "type": "number",
            "minimum": 0,
            "description": "How long to wait for its end; absent: not at all.",
        },
    },
    ["run_id"],
)
CANCEL_RUN: Final = _tool(
    "cancel_run",
    "Cancel a run",
    "Ask for the end of a run, and of those that its nodes started.",
    {"run_id": _RUN_ID, "reason": {"type": "string", "description": "Shown as the run's error."}},
    ["run_id"],
)
LIST_RUNS: Final = AgentTool(
    "list_runs",
    "List runs",
    "The newest runs of the organisation's agents.",
    {
        "type": "object",
        "properties": {
            "agent": {"type": "string", "description": "Only runs of this agent, by the name of its tool."},
            "status": {
                "type": "string",
                "description": "QUEUED, RUNNING, REVIEW, PAUSED, COMPLETED, FAILED or TERMINATED.",
            },
            "limit": {"type": "integer", "minimum": 1, "maximum": RUNS_MAX, "description": "How many; absent: 20."},
        },
        "required": [],
        "additionalProperties": False,
    },
    _LISTED,
)
RUN_TOOLS: Final = {
    GET_RUN.name: RunTool(GET_RUN, Right.READ_RUNS, is_reading=True),
    LIST_RUNS.name: RunTool(LIST_RUNS, Right.READ_RUNS, is_reading=True),
    CANCEL_RUN.name: RunTool(CANCEL_RUN, Right.EXECUTE_RUNS, is_reading=False),
}


async def use_tool(call: Call, name: str, given: Mapping[str, Any], progress: Progress) -> Result:
    """Use one of these tools. Raises BadUserInput for arguments that do not fit, and what the tool itself raises."""
    problems = form_problems(RUN_TOOLS[name].tool.input_schema, dict(given))
    if problems:
        shown = "; ".join(f"{'.'.join(path)}: {message}" if path else message for path, message in problems)
        raise BadUserInput(f"The arguments do not fit: {shown}")
    if name == LIST_RUNS.name:
        runs = await _list_runs(call, given)
        lines = [f"{run['run_id']} {run['status']} {run['agent']}" for run in runs]
        return Result({"runs": runs}, "\n".join(lines) or "There are no such runs.")
    if name == GET_RUN.name:
        told = await get_run(call, given["run_id"], float(given.get("wait_seconds", 0.0)), progress)
    else:
        told = await cancel_run(call, given["run_id"], given.get("reason", "Cancelled by a client of MCP."), progress)
    # The tool did what it was asked, whatever became of the run.
    return Result(told.to_wire(), told.message)


async def _list_runs(call: Call, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    graph_id = None
    if "agent" in given:
        offer = (await offers_of(call)).get(given["agent"])
        if offer is None:
            raise NotFound("There is no such agent here.")
        graph_id = offer.graph_id
    return await list_runs(call, graph_id, given.get("status"), int(given.get("limit", 20)))
