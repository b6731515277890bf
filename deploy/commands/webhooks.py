"""`drystone webhooks`: addresses that others call, what they start, and what came; all of it over the API."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands.runs import parse_chosen, parse_inputs
from deploy.ids import from_api, is_uuid, to_api
from deploy.refusals import ApiRefused
from deploy.remote import Api, Json
from deploy.session import session
from deploy.settings import Settings
from schema.errors import InvalidValue, NotFound
from schema.webhooks import PROVIDERS

app = typer.Typer(help="Webhooks: addresses that others call, and what they start.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)
T = TypeVar("T")

PAGE = 100
_ERRORS = "errors { code message path nodeId pin remedy }"
_SHOWN = "id name provider url isSigned isRegistered isPaused resource events problem { code message }"
_ATTACHED = "id graphId graphVersion presetId inputName events isPaused runsAs { email } problem { code message }"
_RUNS = "runs { attachmentId replay isPending run { id status } error { code message } }"
_LIST = (
    f"query($first: Int, $after: String) {{ webhooks(first: $first, after: $after) {{ nodes {{ {_SHOWN} }} "
    "pageInfo { hasNextPage endCursor } } }"
)
_SHOW = f"query($id: ID!) {{ webhook(id: $id) {{ {_SHOWN} attachments {{ {_ATTACHED} }} }} }}"
_ADD = f"mutation($input: CreateWebhookInput!) {{ createWebhook(input: $input) {{ webhook {{ id }} url secret {_ERRORS} }} }}"
_ATTACH = (
    "mutation($input: AttachToWebhookInput!) { attachToWebhook(input: $input) "
    f"{{ attachment {{ id }} warnings {_ERRORS} }} }}"
)
_DELIVERIES = (
    "query($id: ID!, $first: Int) { webhook(id: $id) { deliveries(first: $first) "
    f"{{ nodes {{ id event key repeats createdAt dispatchedAt {_RUNS} }} }} }} }}"
)
_REPLAY = (
    "mutation($input: ReplayDeliveryInput!) { replayDelivery(input: $input) "
    f"{{ replay delivery {{ {_RUNS} }} {_ERRORS} }} }}"
)
_ROTATE = f"mutation($input: RotateWebhookSecretInput!) {{ rotateWebhookSecret(input: $input) {{ secret warning {_ERRORS} }} }}"
_DELETE = f"mutation($id: ID!) {{ deleteWebhook(id: $id) {{ warning {_ERRORS} }} }}"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WebhookId = Annotated[str, typer.Argument(help="A webhook's id.")]


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="webhooks")


@app.command("list")
def list_webhooks(is_json: AsJson = False) -> None:
    """List the webhooks, the newest first."""

    async def work(api: Api) -> list[Json]:
        found: list[Json] = []
        after: str | None = None
        while True:
            page = (await api.ask(_LIST, first=PAGE, after=after))["webhooks"]
            found += [_plain(row) for row in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    rows = _with_api(work)
    if is_json:
        _print_json(rows)
        return
    table = Table("id", "provider", "name", "state", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(*map(Text, (row["id"], row["provider"].lower(), row["name"], _state(row))))
    console.print(table)


@app.command("show")
def show_webhook(webhook: WebhookId, is_json: AsJson = False) -> None:
    """Show a webhook and what it starts."""

    async def work(api: Api) -> Json:
        found: Json = _plain((await api.ask(_SHOW, id=_id("Webhook", webhook)))["webhook"])
        return found

    row = _with_api(work)
    if is_json:
        _print_json(row)
        return
    console.print(Text(f"{row['name']} ({row['provider'].lower()}, {_state(row)})"))
    console.print(Text(row["url"] or "Its address is for those who may make one."))
    for one in row["attachments"]:
        version = "the active version" if one["graphVersion"] is None else f"version {one['graphVersion']}"
        place = "its trigger" if one["inputName"] is None else f"its input {one['inputName']!r}"
        events = ", ".join(one["events"]) or "all events"
        console.print(Text(f"\n{one['id']} ({_state(one)})"))
        console.print(Text(f"  starts {one['graphId']}, {version}; {place} takes {events}"))


@app.command("add")
def add_webhook(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    provider: Annotated[str, typer.Option(help=f"Whose signature it has: {', '.join(PROVIDERS)}.")] = "generic",
    is_unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Of a generic one: the address is the only proof.")
    ] = False,
    secret: Annotated[
        str | None,
        typer.Option(help="What the sender signs with, where that is made there, as Slack does; -: read it."),
    ] = None,
    credential: Annotated[str | None, typer.Option(help="A credential by which it is registered at GitHub.")] = None,
    resource: Annotated[str | None, typer.Option(help="The repository at GitHub, as owner/name.")] = None,
    events: Annotated[list[str] | None, typer.Option("--event", help="An event that GitHub is to send.")] = None,
) -> None:
    """Make a webhook; print its id, its address and, once, its secret."""
    asked = {
        "name": name,
        "provider": _provider(provider),
        "isSigned": not is_unsigned,
        "secret": _given(secret),
        "credentialId": None if credential is None else _id("Credential", credential),
        "resource": resource,
        "events": events or [],
    }
    made = _with_api(lambda api: api.change("createWebhook", _ADD, input=asked))
    _print_json({"id": from_api(made["webhook"]["id"]), "url": made["url"], "secret": made["secret"]})


@app.command("attach")
def attach_to_webhook(
    webhook: WebhookId,
    agent: Annotated[str, typer.Argument(help="The id of a stored agent.")],
    input_name: Annotated[
        str | None, typer.Option("--payload-input", help="The input that takes what comes; absent: the trigger does.")
    ] = None,
    version: Annotated[int | None, typer.Option(help="The version; absent: the active one.")] = None,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", "-i", help="NAME=VALUE; the value is JSON, or else text.")
    ] = None,
    credentials: Annotated[
        list[str] | None, typer.Option("--credential", help="KEY=ID: the credential for a key that the agent asks for.")
    ] = None,
    events: Annotated[list[str] | None, typer.Option("--event", help="An event that it takes; none: all.")] = None,
) -> None:
    """Let a webhook start an agent, in your name; print the attachment's id."""
    chosen = parse_chosen(credentials or [])
    asked = {
        "webhookId": _id("Webhook", webhook),
        "graphId": _id("Graph", agent),
        "graphVersion": version,
        "inputName": input_name,
        "inputs": parse_inputs(inputs or []),
        "credentials": [{"key": key, "credentialId": _id("Credential", one)} for key, one in chosen.items()],
        "events": events or [],
    }
    made = _with_api(lambda api: api.change("attachToWebhook", _ATTACH, input=asked))
    for warning in made["warnings"]:
        err.print(Text(warning))
    print(from_api(made["attachment"]["id"]))


@app.command("deliveries")
def list_deliveries(
    webhook: WebhookId,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at the most.")] = 20,
    is_json: AsJson = False,
) -> None:
    """List what came to a webhook, the newest first, with the runs that it started or why it did not."""

    async def work(api: Api) -> list[Json]:
        found = (await api.ask(_DELIVERIES, id=_id("Webhook", webhook), first=limit))["webhook"]
        return [_plain(row) for row in found["deliveries"]["nodes"]]

    rows = _with_api(work)
    if is_json:
        _print_json(rows)
        return
    for row in rows:
        again = f", and again: {row['repeats']}" if row["repeats"] else ""
        console.print(Text(f"{row['id']} {row['event'] or 'no event named'}{again}"))
        for one in row["runs"]:
            replay = f"replay {one['replay']}: " if one["replay"] else ""
            console.print(Text(f"  {replay}{_outcome(one)}"))


@app.command("replay")
def replay_delivery(
    delivery: Annotated[str, typer.Argument(help="A delivery's id.")],
    attachments: Annotated[
        list[str] | None, typer.Option("--attachment", help="Where it is to run again; absent: at all that take it.")
    ] = None,
) -> None:
    """Let a delivery run again; print what came of it."""
    chosen = None if attachments is None else [_id("WebhookAttachment", one) for one in attachments]
    asked = {"id": _id("WebhookDelivery", delivery), "attachmentIds": chosen}
    made = _with_api(lambda api: api.change("replayDelivery", _REPLAY, input=asked))
    _print_json([_plain(row) for row in made["delivery"]["runs"] if row["replay"] == made["replay"]])


@app.command("rotate")
def rotate_secret(
    webhook: WebhookId,
    secret: Annotated[str | None, typer.Option(help="The sender's new one; -: read it; absent: one is made.")] = None,
    overlap: Annotated[int, typer.Option(min=0, help="Seconds for which the old one counts, too.")] = 24 * 3600,
) -> None:
    """Give a webhook a new secret; print it, once."""
    asked = {"id": _id("Webhook", webhook), "secret": _given(secret), "overlapSeconds": overlap}
    made = _with_api(lambda api: api.change("rotateWebhookSecret", _ROTATE, input=asked))
    _warn(made)
    _print_json({"secret": made["secret"]})


@app.command("delete")
def delete_webhook(webhook: WebhookId) -> None:
    """Delete a webhook: its address is gone at once."""
    _warn(_with_api(lambda api: api.change("deleteWebhook", _DELETE, id=_id("Webhook", webhook))))
    print("The webhook is deleted.")


def _with_api(work: Callable[[Api], Awaitable[T]]) -> T:
    async def open_and_work() -> T:
        async with session(Settings(), lambda text: err.print(Text(text))) as opened:
            try:
                return await work(opened.api)
            except ApiRefused as error:
                if error.reason != "NOT_FOUND":
                    raise
                raise NotFound(error.message) from error

    return asyncio.run(open_and_work())


def _provider(name: str) -> str:
    if name not in PROVIDERS:
        raise InvalidValue(f"The provider is one of: {', '.join(PROVIDERS)}.", where="provider")
    return name.upper()


def _id(kind: str, given: str) -> str:
    if not is_uuid(given):
        raise NotFound(f"There is no such {kind} here: {given!r} is no id.")
    return to_api(kind, given)


def _plain(value: Any) -> Any:
    """Give what the API says with ids as people type them."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    is_id = {key for key, item in value.items() if (key == "id" or key.endswith("Id")) and item is not None}
    return {key: from_api(item) if key in is_id else _plain(item) for key, item in value.items()}


def _state(row: Json) -> str:
    if row["problem"] is not None:
        return f"{row['problem']['code']}: {row['problem']['message']}"
    if row["isPaused"]:
        return "paused"
    return "active" if row.get("isSigned", True) else "active, unsigned"


def _outcome(row: Json) -> str:
    if row["run"] is not None:
        return f"{row['run']['id']} {row['run']['status']}"
    if row["isPending"]:
        return "waiting"
    return "its run was deleted" if row["error"] is None else f"{row['error']['code']}: {row['error']['message']}"


def _given(secret: str | None) -> str | None:
    """Give a secret; `-` is the first line of standard input, where no list of processes shows it."""
    return sys.stdin.readline().rstrip("\n") if secret == "-" else secret


def _warn(payload: Json) -> None:
    if payload["warning"]:
        err.print(Text(payload["warning"]))


def _print_json(value: Any) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
