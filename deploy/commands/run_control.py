"""`drystone runs pause`, `resume`, `halts`, `orders`, `retry`, `skip`, `edit`, `fail` and `raise`: what an operator tells a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from deploy.commands.halting import halts_of, moment, name_of, print_halts, table_of
from deploy.commands.runs import with_run
from deploy.commands.showing import shortened
from deploy.ids import to_api
from deploy.refusals import ApiRefused
from deploy.remote import Api, Json
from schema.errors import InvalidRunInput, NotFound

RunId = Annotated[str, typer.Argument(help="A run's id.")]
Execution = Annotated[int, typer.Argument(help="The number of the node execution, as `runs show` has it.", min=1)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_ERRORS = "errors { code message path nodeId pin remedy }"
_ORDERS = (
    "query($id: ID!, $after: String) { run(id: $id) { orders(first: 100, after: $after) { nodes { number word detail "
    "source createdAt outcome reason createdBy { name } } pageInfo { hasNextPage endCursor } } } }"
)


def add_to(runs: typer.Typer) -> None:
    """Add the commands to those of runs."""
    for name, command in _COMMANDS.items():
        runs.command(name)(command)


def pause(
    run: RunId,
    reason: Annotated[str, typer.Option(help="Why: shown as the halt's message.")] = "Paused by the operator.",
    is_hard: Annotated[bool, typer.Option("--hard", help="Stop what can be run again at no cost but time.")] = False,
) -> None:
    """Pause a run and those that it started: no node begins until it is resumed."""
    _order("pauseRun", "PauseRunInput", run, None, reason=reason, mode="HARD" if is_hard else "SOFT")


def resume(run: RunId, key: Annotated[str | None, typer.Option(help="The one pause that is over.")] = None) -> None:
    """End the pauses of a run that operators asked for, or one of them by its key."""
    _order("resumeRun", "ResumeRunInput", run, None, haltKey=key)


def raise_limit(
    run: RunId,
    executions: Annotated[int | None, typer.Option(help="Node executions.", min=1)] = None,
    seconds: Annotated[float | None, typer.Option(help="Seconds from the run's start.", min=1)] = None,
    in_flight: Annotated[int | None, typer.Option(help="Dispatches at once.", min=1)] = None,
) -> None:
    """Give a run new limits; one that halts at a limit goes on."""
    limits = {"executionsMax": executions, "wallSecondsMax": seconds, "inFlightMax": in_flight}
    if all(one is None for one in limits.values()):
        raise InvalidRunInput("Name a limit: --executions, --seconds or --in-flight.")
    _order("raiseRunLimit", "RaiseRunLimitInput", run, None, **limits)


def retry(run: RunId, execution: Execution) -> None:
    """Run a node execution again now: one that waits for you, or that runs and hangs or waits for its next attempt."""
    _order("retryNode", "NodeOrderInput", run, execution)


def skip(
    run: RunId,
    execution: Execution,
    outputs: Annotated[list[str] | None, typer.Option("--output", "-o", help="PIN=VALUE, in this order.")] = None,
) -> None:
    """End a node execution with these outputs instead of running it."""
    given: dict[str, list[Any]] = {}
    for pin, value in _pairs(outputs or []):
        given.setdefault(pin, []).append(value)
    _order("skipNode", "SkipNodeInput", run, execution, outputs=given)


def edit(
    run: RunId,
    execution: Execution,
    inputs: Annotated[list[str], typer.Option("--input", "-i", help="PIN=VALUE; the value is JSON, or else text.")],
) -> None:
    """Run a node execution with other inputs: one that waits for you or behind a pause, or that runs."""
    _order("editNodeInput", "EditNodeInputInput", run, execution, inputs=dict(_pairs(inputs)))


def fail(run: RunId, execution: Execution) -> None:
    """Let a node execution fail, as its graph says for a failure."""
    _order("failNode", "NodeOrderInput", run, execution)


def halts(
    run: RunId,
    is_all: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    is_json: AsJson = False,
) -> None:
    """List why a run, or a node execution of it, does not go on."""

    async def work(api: Api) -> list[Json]:
        return await halts_of(api, run, with_cleared=is_all)

    found = with_run(run, work)
    if is_json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    print_halts(Console(soft_wrap=True, highlight=False), found)


def orders(run: RunId, is_json: AsJson = False) -> None:
    """List what a run was told while it ran, and what became of it."""

    async def work(api: Api) -> list[Json]:
        found: list[Json] = []
        after: str | None = None
        while True:
            page = (await api.ask(_ORDERS, id=to_api("Run", run), after=after))["run"]["orders"]
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    found = with_run(run, work)
    if is_json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    rows = [
        [str(one["number"]), one["word"], moment(one["createdAt"]), name_of(one["createdBy"]) or one["source"],
         one["outcome"] or "on its way", one["reason"] or shortened(orjson.dumps(one["detail"]).decode(), 80)]
        for one in found
    ]  # fmt: skip
    headings = ("number", "order", "given, UTC", "by", "outcome", "detail")
    Console(soft_wrap=True, highlight=False).print(table_of(headings, rows))


def _order(name: str, kind: str, run: str, execution: int | None, /, **fields: Any) -> None:
    """Give an order, and say its number: the run takes it a moment later."""

    async def work(api: Api) -> int:
        place = {"id": to_api("Run", run)} if execution is None else {"nodeExecutionId": _execution_id(run, execution)}
        document = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ order {{ number }} {_ERRORS} }} }}"
        try:
            payload = await api.change(name, document, input={**fields, **place})
        except ApiRefused as error:
            if error.reason != "NOT_FOUND" or execution is None:
                raise
            raise NotFound(f"There is no run {run} here, or it has no node execution {execution}.") from error
        return int(payload["order"]["number"])

    number = with_run(run, work)
    print(f"Order {number} is given. What became of it: runs orders {run}")


def _execution_id(run: str, execution: int) -> str:
    return to_api("NodeExecution", f"{run}:{execution}")


def _pairs(texts: list[str]) -> list[tuple[str, Any]]:
    """Give (pin, value) of PIN=VALUE: a value that is JSON is taken as such, any other as text."""
    found: list[tuple[str, Any]] = []
    for one in texts:
        pin, is_pair, text = one.partition("=")
        if not is_pair:
            raise InvalidRunInput(f"{one!r} is no PIN=VALUE.")
        try:
            found.append((pin, orjson.loads(text)))
        except orjson.JSONDecodeError:
            found.append((pin, text))
    return found


_COMMANDS: dict[str, Callable[..., None]] = {
    "pause": pause,
    "resume": resume,
    "halts": halts,
    "orders": orders,
    "retry": retry,
    "skip": skip,
    "edit": edit,
    "fail": fail,
    "raise": raise_limit,
}
