"""`drystone runs continue`: going on from what a run recorded, or looking at what that would be."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands.runs import parse_inputs, say, tell
from deploy.commands.showing import UUID_CHARS
from deploy.ending import run_until_interrupted
from deploy.ids import from_api, is_uuid, to_api
from deploy.refusals import ApiRefused
from deploy.remote import Api, Json
from deploy.session import session
from deploy.settings import Settings
from schema.errors import InvalidRunInput, NotFound
from schema.ids import new_id

_PROBLEM: Final = "code message path nodeId pin remedy"
_CONTINUE: Final = (
    f"mutation($input: ContinueRunInput!) {{ continueRun(input: $input) {{ run {{ id }} errors {{ {_PROBLEM} }} }} }}"
)
_PREVIEW: Final = (
    "query($input: ContinueRunInput!) { continuationPreview(input: $input) { graphVersion reusedCount editedCount "
    "lackingNodeIds nodes { nodeId title reusedCount editedCount readyCount recordedCount reasons } } }"
)


def add_to(parent: typer.Typer) -> None:
    parent.command("continue")(continue_run)


def continue_run(
    run: Annotated[str, typer.Argument(help="The id of the run to go on from, over or not.")],
    nodes: Annotated[
        list[str] | None, typer.Option("--from", help="A node that runs again, with all that lies behind it.")
    ] = None,
    is_failed: Annotated[
        bool, typer.Option("--failed", help="From what failed: all that ended well is taken over. So without --from.")
    ] = False,
    is_fresh: Annotated[bool, typer.Option("--anew", help="Take nothing over.")] = False,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", "-i", help="NAME=VALUE: an input of the run that is to be another.")
    ] = None,
    node_inputs: Annotated[
        list[str] | None, typer.Option("--node-input", help="NODE.PIN=VALUE: what a node is to be given.")
    ] = None,
    outputs: Annotated[
        list[str] | None,
        typer.Option("--output", help="NODE.PIN=VALUE: what a node is to have given; again for more of its values."),
    ] = None,
    version: Annotated[int | None, typer.Option(help="Another version of the agent.")] = None,
    key: Annotated[str | None, typer.Option(help="An idempotency key: the same key gives the same run.")] = None,
    is_preview: Annotated[bool, typer.Option("--preview", help="Only show what would run again.")] = False,
    is_detached: Annotated[bool, typer.Option("--detach", help="Print the run's id and do not wait.")] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Start a run that goes on from what another recorded, and print its outputs. Exit status as of `drystone run`."""
    if not is_uuid(run):
        raise NotFound(f"There is no run {run!r} here.")
    if sum((bool(nodes), is_failed, is_fresh)) > 1:
        raise InvalidRunInput("Say one of --from, --failed and --anew.")
    wanted: Json = {
        "runId": to_api("Run", run),
        "mode": "NODES" if nodes else "START" if is_fresh else "FAILED",
        "nodeIds": nodes or None,
        "inputs": parse_inputs(inputs or []),
        "nodeInputs": [{"nodeId": node, "inputs": pins} for node, pins in parse_node_inputs(node_inputs or []).items()],
        "outputs": [{"nodeId": node, "outputs": pins} for node, pins in parse_outputs(outputs or []).items()],
        "version": version,
    }
    if not is_preview:
        wanted["idempotencyKey"] = key or f"cli-{new_id()}"
    return run_until_interrupted(_work(run, wanted, is_preview, is_detached=is_detached, is_json=is_json))


def parse_node_inputs(pairs: list[str]) -> dict[str, dict[str, Any]]:
    """Give {node: {pin: value}} of NODE.PIN=VALUE pairs; a node's name goes to the first dot."""
    given: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        node, pin, value = _split(pair)
        given.setdefault(node, {})[pin] = value
    return given


def parse_outputs(pairs: list[str]) -> dict[str, dict[str, list[Any]]]:
    """Give {node: {pin: [values]}} of NODE.PIN=VALUE pairs."""
    given: dict[str, dict[str, list[Any]]] = {}
    for pair in pairs:
        node, pin, value = _split(pair)
        given.setdefault(node, {}).setdefault(pin, []).append(value)
    return given


def _split(pair: str) -> tuple[str, str, Any]:
    place, _, _ = pair.partition("=")
    node, is_pin, pin = place.partition(".")
    if not is_pin or "=" not in pair:
        raise InvalidRunInput(f"{pair!r} is no NODE.PIN=VALUE.")
    return node, pin, parse_inputs([pair])[place]


async def _work(run: str, wanted: Json, is_preview: bool, *, is_detached: bool, is_json: bool) -> int:
    async with session(Settings(), say) as opened:
        try:
            if is_preview:
                _print_preview(await _preview(opened.api, wanted), is_json=is_json)
                return 0
            payload = await opened.api.change("continueRun", _CONTINUE, input=wanted)
        except ApiRefused as error:
            if error.reason != "NOT_FOUND" or wanted["version"] is not None:
                raise
            raise NotFound(f"There is no run {run} here.") from error
        return await tell(opened, from_api(payload["run"]["id"]), is_detached=is_detached, is_json=is_json)


async def _preview(api: Api, wanted: Json) -> Json:
    found: Json = (await api.ask(_PREVIEW, input=wanted))["continuationPreview"]
    return found


def _print_preview(preview: Json, *, is_json: bool) -> None:
    if is_json:
        print(orjson.dumps(preview, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    # What `--from` takes is the node's id, so it is what is never cut short.
    table.add_column("node", no_wrap=True, min_width=UUID_CHARS)
    for heading in ("called", "taken over", "runs again because"):
        table.add_column(heading)
    for node in preview["nodes"]:
        reasons = ", ".join(reason.lower().replace("_", " ") for reason in node["reasons"])
        written = f", {node['editedCount']} written" if node["editedCount"] else ""
        taken = f"{node['reusedCount']} of {node['recordedCount']}{written}"
        table.add_row(*map(Text, (node["nodeId"], node["title"], taken, reasons)))
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    lacking = ", ".join(preview["lackingNodeIds"])
    console.print(
        Text(
            f"{preview['reusedCount']} node executions are taken over."
            + (f" Version {preview['graphVersion']} has not: {lacking}." if lacking else "")
        )
    )
