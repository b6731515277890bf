"""F26 and F27: what starts runs by itself: a delivery that comes fifty times, a schedule whose times pass while all is down."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx2
import orjson
import psutil

from tests.api.scheduling import CREATE as CREATE_SCHEDULE
from tests.api.scheduling import DELETE as DELETE_SCHEDULE
from tests.api.scheduling import ONE as SCHEDULE
from tests.api.scheduling import PAUSE as PAUSE_SCHEDULE
from tests.api.webhooks import ATTACH, CREATE, signed_headers
from tests.chaos.cases.agents import echoing
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.measuring import p95
from tests.chaos.cases.world import PARTS, World
from tests.durable.waiting import eventually

REPEATS: Final = 50
#: A schedule's interval, and how old a missed time may be to be made up for.
INTERVAL_SECONDS: Final = 5
CATCH_UP_SECONDS: Final = 20
#: What lies so near to the edge of a window may be inside or outside.
EDGE_SECONDS: Final = 6.0


async def deliver_fifty_times(world: World) -> CaseResult:
    """F26: one delivery, fifty times at once while the API is killed, and again later: one run, and always the same answer."""
    result = CaseResult("F26", "a webhook's delivery comes fifty times")
    made = await world.insist_on(CREATE, input={"name": "Chaos", "provider": "GENERIC"})
    graph_id = await world.keep(echoing(str(world.sink)))
    asked = {"webhookId": made["webhook"]["id"], "graphId": graph_id, "inputName": "topic"}
    await world.insist_on(ATTACH, input=asked)
    sender = Sender(world, made["url"], made["secret"])
    spent = _cpu_seconds(world)
    calm = await asyncio.gather(*(sender.send({"a": 1}, "calm") for _ in range(REPEATS)))
    result.measure("the API's CPU a delivery ms", 1000 * (_cpu_seconds(world) - spent) / REPEATS)
    single = [await sender.send({"a": 1}, "calm") for _ in range(REPEATS // 2)]
    async with world.under_fault():
        sending = [asyncio.create_task(sender.send({"a": 2}, "struck")) for _ in range(REPEATS)]
        await world.until(lambda: _is_kept(world, "struck"), 30)
        result.prove("the API died under the deliveries", bool(await world.kill("api")))
        struck = await asyncio.gather(*sending)
        await world.heal()
        late = [await sender.send({"a": 2}, "struck"), await sender.send({"a": 1}, "calm")]
    for answers in ([*calm, *single, late[1]], [*struck, late[0]]):
        seen = Counter(answer.content for answer, _ in answers)
        result.need(len(seen) == 1, "doubled", f"{len(seen)} different answers: {list(seen)[:2]}")
        runs = orjson.loads(next(iter(seen)))["runs"]
        result.need(len(runs) == 1, "doubled", f"one delivery has runs {runs}")
        world.note_uuid(UUID(runs[0]))
    await world.until_ended([one.run_id for one in world.acknowledged])
    (count,) = await world.sql("SELECT count(*) AS number FROM runs WHERE trigger = 'webhook'")
    result.need(count.number == 2, "doubled", f"{count.number} runs of two deliveries")
    result.measure("deliveries", 2 * REPEATS + len(single) + 2)
    result.measure("calm p95 ms", 1000 * p95([seconds for _, seconds in calm]))
    result.measure("one by one p95 ms", 1000 * p95([seconds for _, seconds in single]))
    return result


def _cpu_seconds(world: World) -> float:
    """Give the processor time that the API has used: what a delivery costs, however much else runs on the machine."""
    times = psutil.Process(world.stack.pid("api")).cpu_times()
    return float(times.user + times.system)


class Sender:
    """Somebody who has the address of a webhook and what it signs with, and sends again until there is an answer."""

    def __init__(self, world: World, url: str, secret: str) -> None:
        self._world, self._secret = world, secret
        self._url = f"{world.url}{url[url.index('/webhooks/') :]}"

    async def send(self, payload: Any, identity: str) -> tuple[httpx2.Response, float]:
        """Send a delivery; give the answer, and how long its last try took."""
        body = orjson.dumps(payload)
        headers = {"content-type": "application/json"}
        headers |= signed_headers("generic", self._secret, body, identity=identity)

        async def try_it() -> tuple[httpx2.Response, float] | None:
            began = self._world.clock()
            try:
                answer = await self._world.http.post(self._url, content=body, headers=headers)
            except httpx2.TransportError:
                return None
            return (answer, self._world.clock() - began) if answer.status_code < 500 else None

        found: tuple[httpx2.Response, float] = await eventually(try_it, seconds=120, pause_seconds=0.3)
        assert found[0].status_code == 200, found[0].text
        return found


async def _is_kept(world: World, identity: str) -> bool:
    statement = "SELECT 1 FROM webhook_deliveries WHERE key LIKE '%' || :identity"
    return bool(await world.sql(statement, identity=identity))


async def miss_times(world: World) -> CaseResult:
    """F27: all is down for longer than the schedule catches up: the last of the missed times are made up for, none twice."""
    result = CaseResult("F27", "a schedule's times pass while everything is down")
    graph_id = await world.keep(echoing(str(world.sink)))
    spec = {"intervalSeconds": INTERVAL_SECONDS}
    asked = {"graphId": graph_id, "name": "Chaos", "spec": spec, "overlap": "ALLOW_ALL", "inputs": {"topic": "time"}}
    made = await world.insist_on(CREATE_SCHEDULE, input={**asked, "catchUpSeconds": CATCH_UP_SECONDS})
    schedule_id = made["schedule"]["id"]
    await world.until(lambda: _has_fired(world, schedule_id, 2), 60)
    async with world.under_fault():
        await world.down(*PARTS)
        down_at = datetime.now(UTC)
        result.prove("everything was down", all(world.stack.pid(part) is None for part in PARTS))
        await world.passing(600 if world.is_full else 40)
        up_at = datetime.now(UTC)
        await world.heal()
        healed_at = datetime.now(UTC)
    await world.until(lambda: _has_fired_behind(world, schedule_id, healed_at), 60)
    await world.insist_on(PAUSE_SCHEDULE, input={"id": schedule_id})
    fires = (await world.insist_on(SCHEDULE, id=schedule_id))["fires"]["nodes"]
    for fire in fires:
        if fire["run"] is not None:
            world.note(fire["run"]["id"], {"out": ["time"]})
    times = sorted(datetime.fromisoformat(fire["scheduledAt"]) for fire in fires)
    _judge_times(result, times, down_at, up_at, healed_at)
    runs = [fire["run"]["id"] for fire in fires if fire["run"] is not None]
    result.need(len(set(runs)) == len(fires), "wrong", f"{len(fires)} times have {len(set(runs))} runs")
    await world.insist_on(DELETE_SCHEDULE, id=schedule_id)
    await world.until_ended([one.run_id for one in world.acknowledged])
    return result


def _judge_times(
    result: CaseResult, times: list[datetime], down_at: datetime, up_at: datetime, healed_at: datetime
) -> None:
    """Compare the times that had their run with those that the policy says."""
    edge, catch_up, step = (timedelta(seconds=s) for s in (EDGE_SECONDS, CATCH_UP_SECONDS, INTERVAL_SECONDS))
    due = [times[0] + n * step for n in range(int((times[-1] - times[0]) / step) + 1)]
    forgotten = [time for time in due if down_at + edge < time < up_at - catch_up]
    # When Temporal looked is between the two: what was not older than the catch-up then must be there.
    made_up = [time for time in due if healed_at - catch_up + edge < time < healed_at]
    calm = [time for time in due if time < down_at - edge or time > healed_at]
    result.measure("times while down", len([time for time in due if down_at < time < up_at]))
    result.measure("made up for", len([time for time in times if down_at < time < up_at]))
    doubled = [time for time, count in Counter(times).items() if count > 1]
    result.need(not doubled, "doubled", f"times that came twice: {doubled}")
    wrong = [time for time in forgotten if time in times]
    result.need(not wrong, "wrong", f"times older than the catch-up were made up for: {wrong}")
    lost = [time for time in [*calm, *made_up] if time not in times]
    result.need(not lost, "lost", f"times that did not come: {lost}")
    result.prove("times were missed", bool(forgotten))


async def _fired(world: World, schedule_id: str) -> list[datetime]:
    found = (await world.insist_on(SCHEDULE, id=schedule_id))["fires"]["nodes"]
    return [datetime.fromisoformat(one["scheduledAt"]) for one in found]


async def _has_fired(world: World, schedule_id: str, count: int) -> bool:
    return len(await _fired(world, schedule_id)) >= count


async def _has_fired_behind(world: World, schedule_id: str, moment: datetime) -> bool:
    return any(time > moment for time in await _fired(world, schedule_id))


CASES = (
    Case("F26", "a webhook's delivery comes fifty times", deliver_fifty_times),
    Case("F27", "a schedule's times pass while everything is down", miss_times),
)
