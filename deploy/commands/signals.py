"""`drystone signal`: sending an event to a run, or to an agent's one run under a key, by way of the API."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import orjson
import typer

from deploy.commands.runs import parse_chosen, parse_inputs
from deploy.ids import from_api, is_uuid, to_api
from deploy.remote import Json
from deploy.session import session
from deploy.settings import Settings
from schema.errors import NotFound

app = typer.Typer(help="Events, sent to runs that wait for them.", no_args_is_help=True)
_SENT = "{ hasStarted run { id } order { number outcome reason } errors { code message path nodeId pin remedy } }"
_RUN = f"mutation($input: SignalRunInput!) {{ signalRun(input: $input) {_SENT} }}"
_AGENT = f"mutation($input: SignalAgentInput!) {{ signalAgent(input: $input) {_SENT} }}"
#: How long to wait for what becomes of the event.
_WAIT_SECONDS = 5.0

Name = Annotated[str, typer.Argument(help="The event's name.")]
Payload = Annotated[str | None, typer.Argument(help="What it carries: JSON, or else text. None: null.")]
Key = Annotated[str | None, typer.Option(help="An idempotency key: the same key sends the same event once.")]


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="signal")


@app.command("run")
def signal_run(
    run: Annotated[str, typer.Argument(help="A run's id.")], name: Name, payload: Payload = None, key: Key = None
) -> int:
    """Send an event to a run; print its number and what became of it. Exit status 1 where the run refused it."""
    _check("run", run)
    return _send("signalRun", _RUN, {"runId": to_api("Run", run)}, (name, payload, key))


@app.command("agent")
def signal_agent(
    agent: Annotated[str, typer.Argument(help="An agent's id.")],
    run_key: Annotated[str, typer.Argument(help="The key under which the agent has one open run.")],
    name: Name,
    payload: Payload = None,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", "-i", help="NAME=VALUE, where a run has to be started.")
    ] = None,
    credentials: Annotated[
        list[str] | None, typer.Option("--credential", help="KEY=ID, where a run has to be started.")
    ] = None,
    key: Key = None,
) -> int:
    """Send an event to an agent's open run under a key; where there is none, one is started and has it first."""
    _check("agent", agent)
    wanted = {
        "graphId": to_api("Graph", agent),
        "key": run_key,
        "inputs": parse_inputs(inputs or []),
        "credentials": [
            {"key": place, "credentialId": to_api("Credential", one)}
            for place, one in parse_chosen(credentials or []).items()
        ],
    }
    return _send("signalAgent", _AGENT, wanted, (name, payload, key))


def _send(operation: str, document: str, wanted: Json, event: tuple[str, str | None, str | None]) -> int:
    name, payload, key = event
    given = {**wanted, "name": name, "payload": _read(payload), "idempotencyKey": key, "waitSeconds": _WAIT_SECONDS}
    sent = asyncio.run(_sent(operation, document, given))
    order = sent["order"]
    run_id, outcome = from_api(sent["run"]["id"]), order["outcome"] or "on its way"
    print(f"{run_id} #{order['number']} {outcome}{'' if order['reason'] is None else ': ' + order['reason']}")
    return 1 if order["outcome"] == "REFUSED" else 0


async def _sent(operation: str, document: str, given: Json) -> Json:
    async with session(Settings(), _say) as opened:
        return await opened.api.change(operation, document, input=given)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _read(payload: str | None) -> Any:
    try:
        return None if payload is None else orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload


def _check(what: str, given: str) -> None:
    if not is_uuid(given):
        raise NotFound(f"There is no {what} {given!r} here.")
