"""The Agent Protocol: tasks, steps and artifacts as any client of it sees them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.artifacts import Made, file_of
from api.graphql.ids import encode_id
from blocks.library.file_store import FileStore
from blocks.library.io import AgentNumberInput
from schema.access import Role
from schema.graph import Graph
from schema.limits import LIMITS
from tests.api.files import FORM, code_of, form, kept
from tests.api.serving import Api, Client, Json, Organisation, api_on
from tests.durable.blocks import GATES, Fail, Gate, Large, Pass
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.waiting import eventually

NOBODYS = "01a00000-0000-7000-8000-000000000000"


async def an_agent(api: Api, organisation: Organisation, nodes: Any = None, links: Any = None) -> UUID:
    """Keep an agent, by default one that gives its text back; give its id."""
    nodes = nodes or {"in": an_input("text"), "pass": (Pass,), "out": an_output("answer")}
    links = links or ["in.result -> pass.value", "pass.value -> out.value"]
    graph: Graph = make_graph(nodes, links)
    kept = await api.services.of(organisation.id).submission.save_graph(organisation.id, graph)
    return UUID(kept.id)


class Tasks:
    """A client of the protocol at one address."""

    def __init__(self, client: Client, agent: UUID | None = None) -> None:
        self.client = client
        self.url = client.url + ("" if agent is None else f"/agents/{agent}") + "/ap/v1/agent/tasks"

    async def ask(self, method: str, path: str = "", body: Any = None, **headers: str) -> httpx2.Response:
        headers = {**self.client.headers, **headers}
        sent = {} if body is None else {"json": body}
        return await self.client.http.request(method, f"{self.url}{path}", headers=headers, timeout=60, **sent)

    async def __call__(self, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
        answer = await self.ask(method, path, body, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def make(self, text: str | None = None, **more: Any) -> str:
        """Make a task; give its id."""
        made = await self("POST", body={"input": text, "additional_input": more})
        return str(made["task_id"])

    async def step(self, task: str, body: Json | None = None, **headers: str) -> Any:
        return await self("POST", f"/{task}/steps", body, **headers)

    async def upload(self, task: str, data: bytes, name: str = "a.txt", **fields: str) -> httpx2.Response:
        headers = {**self.client.headers, "Content-Type": FORM}
        url = f"{self.url}/{task}/artifacts"
        return await self.client.http.post(url, content=form(data, name, **fields), headers=headers)


async def runs_of(api: Api, organisation: Organisation) -> list[Any]:
    return await api.platform.sql("SELECT id, trigger FROM runs WHERE tenant_id = :id", id=organisation.id)


async def test_a_task_is_made_executed_and_read(api: Api, acme: Organisation) -> None:
    agent = await an_agent(api, acme)
    tasks = Tasks(acme.owner)
    task = await tasks("POST", body={"input": "hello", "additional_input": {"agent_id": str(agent)}})
    assert (task["input"], task["artifacts"], task["agent_id"]) == ("hello", [], str(agent))
    step = await tasks.step(task["task_id"])
    assert (step["status"], step["is_last"], step["output"]) == ("completed", True, "hello")
    assert step["additional_output"]["outputs"] == {"answer": ["hello"]}
    assert step["additional_output"]["run_status"] == "COMPLETED"
    assert await tasks("GET", f"/{task['task_id']}") == task
    assert await tasks("GET", f"/{task['task_id']}/steps/{step['step_id']}") == step
    listed = await tasks("GET", f"/{task['task_id']}/steps")
    assert listed == {
        "steps": [step],
        "pagination": {"total_items": 1, "total_pages": 1, "current_page": 1, "page_size": 10},
    }
    (run,) = await runs_of(api, acme)
    assert (str(run.id), run.trigger) == (step["additional_output"]["run_id"], "protocol")


async def test_an_agents_own_address_needs_nothing_beside_the_text(api: Api, acme: Organisation) -> None:
    agent, another = await an_agent(api, acme), await an_agent(api, acme)
    tasks = Tasks(acme.owner, agent)
    task = await tasks.make("hello")
    assert (await tasks.step(task))["output"] == "hello"
    assert [one["task_id"] for one in (await tasks("GET"))["tasks"]] == [task]
    assert (await Tasks(acme.owner, another)("GET"))["tasks"] == []
    assert (await Tasks(acme.owner, another).ask("GET", f"/{task}")).status_code == 404
    assert [one["task_id"] for one in (await Tasks(acme.owner)("GET"))["tasks"]] == [task]
    by_graphql_id = Tasks(acme.owner)
    assert await by_graphql_id.make("hello", agent_id=encode_id("Graph", agent))


async def test_a_task_without_an_agent_is_told_what_is_missing(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    tasks = Tasks(acme.owner)
    for body in (None, {}, {"input": "hello"}, {"input": "hello", "additional_input": {}}):
        refused = await tasks.ask("POST", body=body)
        assert code_of(refused) == (422, "INVALID_RUN_INPUT")
        assert "additional_input.agent_id" in refused.json()["message"]
    foreign = await an_agent(api, other)
    for agent in (NOBODYS, str(foreign), "nonsense"):
        refused = await tasks.ask("POST", body={"additional_input": {"agent_id": agent}})
        assert refused.status_code == 404
        assert (await Tasks(acme.owner, agent).ask("POST", body={})).status_code == 404  # type: ignore[arg-type]


async def test_what_is_no_body_of_the_protocol_is_told_where(api: Api, acme: Organisation) -> None:
    refused = await Tasks(acme.owner).ask("POST", body={"input": 5})
    assert code_of(refused) == (422, "BAD_USER_INPUT")
    assert "body.input" in refused.json()["detail"]
    for query in ("?page_size=0", "?current_page=0", "?page_size=101", f"?current_page={10**9}", "?page_size=x"):
        assert (await Tasks(acme.owner).ask("GET", query)).status_code == 422


async def test_the_text_goes_to_the_one_input_that_takes_it(api: Api, acme: Organisation) -> None:
    nodes = {
        "a": an_input("topic"), "b": (AgentNumberInput, {"name": "count", "value": 1}),
        "c": an_input("style", value="plain"), "out": an_output("topic"), "style": an_output("style"),
    }  # fmt: skip
    agent = await an_agent(api, acme, nodes, ["a.result -> out.value", "c.result -> style.value"])
    tasks = Tasks(acme.owner, agent)
    step = await tasks.step(await tasks.make("walls", inputs={"style": "dry"}))
    assert step["additional_output"]["outputs"] == {"topic": ["walls"], "style": ["dry"]}
    assert step["output"] == "style: dry\ntopic: walls" or step["output"] == "topic: walls\nstyle: dry"
    # The only input that needs a value is meant, though another takes text, too.
    assert (await tasks.step(await tasks.make("walls")))["additional_output"]["outputs"]["style"] == ["plain"]
    named = await tasks.step(await tasks.make("ignored", inputs={"topic": "by name", "style": "x"}))
    assert named["additional_output"]["outputs"]["topic"] == ["by name"]


async def test_a_step_that_is_refused_starts_nothing_and_can_be_corrected(api: Api, acme: Organisation) -> None:
    nodes = {"a": an_input("first"), "b": an_input("second"), "out": an_output("answer")}
    agent = await an_agent(api, acme, nodes, ["a.result -> out.value"])
    tasks = Tasks(acme.owner, agent)
    task = await tasks.make("which?")
    refused = await tasks.ask("POST", f"/{task}/steps")
    assert code_of(refused) == (422, "INVALID_RUN_INPUT")
    assert "first, second" in refused.json()["message"]
    unknown = await tasks.ask("POST", f"/{task}/steps", {"additional_input": {"inputs": {"third": 1}}})
    assert unknown.status_code == 422
    bad = await tasks.ask("POST", f"/{task}/steps", {"additional_input": {"inputs": [1]}})
    assert bad.status_code == 422
    assert (await tasks("GET", f"/{task}/steps"))["steps"] == []
    assert await runs_of(api, acme) == []
    step = await tasks.step(task, {"additional_input": {"inputs": {"first": "1", "second": "2"}}})
    assert step["output"] == "1"


async def test_a_run_that_fails_completes_its_step_and_says_why(api: Api, acme: Organisation) -> None:
    agent = await an_agent(
        api,
        acme,
        {"fail": (Fail, {"reason": "broken"}, {"on_error": "stop"}), "out": an_output()},
        ["fail.before -> out.value"],
    )
    tasks = Tasks(acme.owner, agent)
    step = await tasks.step(await tasks.make())
    assert (step["status"], step["is_last"]) == ("completed", True)
    assert step["additional_output"]["run_status"] == "FAILED"
    assert "did not complete (FAILED)" in step["output"]
    assert step["additional_output"]["error"]


async def test_a_step_that_takes_long_goes_on_by_itself_and_is_waited_for_again(api: Api, acme: Organisation) -> None:
    gate = f"gate-{acme.id}"
    nodes = {"in": an_input("text"), "gate": (Gate, {"gate": gate}), "out": an_output("answer")}
    agent = await an_agent(api, acme, nodes, ["in.result -> gate.value", "gate.value -> out.value"])
    async with api_on(api.platform, protocol_wait_seconds=0.3) as impatient:
        tasks = Tasks(impatient.client(acme.owner.token), agent)
        task = await tasks.make("hello")
        step = await tasks.step(task)
        assert (step["status"], step["is_last"], step["output"]) == ("created", False, None)
        path = f"/{task}/steps/{step['step_id']}"

        async def is_running() -> bool:
            return bool((await tasks("GET", path))["status"] == "running")

        await eventually(is_running)
        again = await tasks.step(task)
        assert (again["step_id"], again["is_last"]) == (step["step_id"], False)
        # Something new has to wait for the end.
        assert code_of(await tasks.ask("POST", f"/{task}/steps", {"input": "more"})) == (409, "CONFLICT")
        GATES[gate].set()
        async with api_on(api.platform) as patient:
            last = await Tasks(patient.client(acme.owner.token), agent).step(task)
        assert (last["step_id"], last["status"], last["output"]) == (step["step_id"], "completed", "hello")
    assert len(await runs_of(api, acme)) == 1


async def test_after_the_end_nothing_new_gives_the_last_step_and_something_new_another(
    api: Api, acme: Organisation
) -> None:
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("one")
    first = await tasks.step(task)
    assert await tasks.step(task) == first
    assert await tasks.step(task, {}) == first
    second = await tasks.step(task, {"input": "two"})
    assert (second["output"], second["is_last"]) == ("two", True)
    assert [step["output"] for step in (await tasks("GET", f"/{task}/steps"))["steps"]] == ["one", "two"]
    page = await tasks("GET", f"/{task}/steps?current_page=2&page_size=1")
    assert [step["output"] for step in page["steps"]] == ["two"]
    assert page["pagination"] == {"total_items": 2, "total_pages": 2, "current_page": 2, "page_size": 1}


async def test_ten_clients_that_execute_at_once_start_one_run(api: Api, acme: Organisation) -> None:
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("hello")
    steps = await asyncio.gather(*(tasks.step(task) for _ in range(10)))
    assert {step["step_id"] for step in steps} == {steps[0]["step_id"]}
    assert len(await runs_of(api, acme)) == 1


async def test_an_idempotency_key_gives_the_same_step(api: Api, acme: Organisation) -> None:
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("one")
    key = {"Idempotency-Key": "k"}
    first = await tasks.step(task, {"input": "two"}, **key)
    assert await tasks.step(task, {"input": "two"}, **key) == first
    await tasks.step(task, {"input": "three"})
    assert await tasks.step(task, {"input": "two"}, **key) == first
    assert code_of(await tasks.ask("POST", f"/{task}/steps", {"input": "four"}, **key)) == (409, "CONFLICT")
    assert len(await runs_of(api, acme)) == 2


async def test_a_crash_between_a_step_and_its_run_is_made_up_for(api: Api, acme: Organisation) -> None:
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("hello")
    first = await tasks.step(task)
    await api.platform.sql("UPDATE protocol_steps SET run_id = NULL WHERE tenant_id = :id", id=acme.id)
    assert await tasks.step(task) == first
    assert len(await runs_of(api, acme)) == 1


async def test_large_outputs_stand_as_handles(api: Api, acme: Organisation) -> None:
    nodes = {"large": (Large, {"size": 2 * 1024 * 1024}), "out": an_output()}
    agent = await an_agent(api, acme, nodes, ["large.text -> out.value"])
    tasks = Tasks(acme.owner, agent)
    step = await tasks.step(await tasks.make())
    (value,) = step["additional_output"]["outputs"]["out"]
    assert value["$handle"]["size"] > 1024 * 1024


async def test_tasks_of_another_organisation_are_not_there(api: Api, acme: Organisation, other: Organisation) -> None:
    agent = await an_agent(api, acme)
    tasks, foreign = Tasks(acme.owner), Tasks(other.owner)
    task = await tasks.make("hello", agent_id=str(agent))
    step = (await tasks.step(task))["step_id"]
    artifact = (await tasks.upload(task, b"hello")).json()["artifact_id"]
    own = await foreign.make("x", agent_id=str(await an_agent(api, other)))
    for given in (task, NOBODYS, "nonsense"):
        for method, path in (
            ("GET", ""), ("GET", "/steps"), ("POST", "/steps"), ("GET", f"/steps/{step}"), ("GET", "/artifacts"),
            ("GET", f"/artifacts/{artifact}"),
        ):  # fmt: skip
            refused = await foreign.ask(method, f"/{given}{path}")
            assert (refused.status_code, refused.json()["message"]) == (404, "There is no such task here.")
        assert (await foreign.upload(given, b"x")).json()["message"] == "There is no such task here."
    # One's own task with parts of another's.
    assert (await foreign.ask("GET", f"/{own}/steps/{step}")).status_code == 404
    assert (await foreign.ask("GET", f"/{own}/artifacts/{artifact}")).status_code == 404
    assert [one["task_id"] for one in (await foreign("GET"))["tasks"]] == [own]
    assert (await tasks.ask("GET", f"/{task}")).status_code == 200


async def test_rights_hold_for_the_protocol_too(api: Api, acme: Organisation) -> None:
    agent = await an_agent(api, acme)
    operator, viewer = Tasks(acme[Role.OPERATOR], agent), Tasks(acme[Role.VIEWER], agent)
    task = await operator.make("hello")
    assert code_of(await viewer.ask("POST", body={})) == (403, "FORBIDDEN")
    assert code_of(await viewer.ask("POST", f"/{task}/steps")) == (403, "FORBIDDEN")
    assert code_of(await viewer.upload(task, b"x")) == (403, "FORBIDDEN")
    assert (await viewer("GET", f"/{task}"))["task_id"] == task
    nobody = Tasks(api.client(), agent)
    for refused in (await nobody.ask("GET"), await nobody.ask("POST", body={}), await nobody.upload(task, b"x")):
        assert code_of(refused) == (401, "UNAUTHENTICATED")
    lines = (await acme.owner("{ auditLog { nodes { operation outcome } } }"))["nodes"]
    assert [(line["operation"], line["outcome"]) for line in reversed(lines)] == [
        ("createTask", "ALLOWED"), ("createTask", "DENIED"), ("executeStep", "DENIED"), ("uploadArtifact", "DENIED"),
    ]  # fmt: skip


# Artifacts


async def test_an_artifact_comes_back_and_is_listed_with_its_task(api: Api, acme: Organisation) -> None:
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("hello")
    made = (await tasks.upload(task, b"Washington", "output.txt", relative_path="../out/deep")).json()
    assert (made["file_name"], made["relative_path"], made["agent_created"]) == ("output.txt", "out/deep", False)
    assert isinstance(made["created_at"], str)
    answer = await tasks.ask("GET", f"/{task}/artifacts/{made['artifact_id']}")
    assert (answer.status_code, answer.content) == (200, b"Washington")
    assert answer.headers["content-disposition"].startswith("attachment")
    for number in range(12):
        await tasks.upload(task, b"x", f"{number}.txt")
    listed = await tasks("GET", f"/{task}/artifacts")
    assert [one["file_name"] for one in listed["artifacts"]] == ["output.txt", *(f"{n}.txt" for n in range(12))]
    assert listed["pagination"] == {
        "total_items": 13, "total_pages": 1, "current_page": 1, "page_size": LIMITS.task_artifacts_max,
    }  # fmt: skip
    page = await tasks("GET", f"/{task}/artifacts?current_page=2&page_size=5")
    assert [one["file_name"] for one in page["artifacts"]] == ["4.txt", "5.txt", "6.txt", "7.txt", "8.txt"]
    assert (await tasks("GET", f"/{task}"))["artifacts"] == listed["artifacts"]


async def test_a_file_that_an_agent_makes_is_an_artifact_of_its_step_once(api: Api, acme: Organisation) -> None:
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("data:text/plain;name=output.txt;base64,V2FzaGluZ3Rvbg==")
    steps = await asyncio.gather(*(tasks.step(task) for _ in range(5)))
    (made,) = steps[0]["artifacts"]
    assert (made["file_name"], made["agent_created"]) == ("output.txt", True)
    assert all(step["artifacts"] == [made] for step in steps)
    assert (await tasks("GET", f"/{task}"))["artifacts"] == [made]
    assert (await tasks("GET", f"/{task}/steps"))["steps"][0]["artifacts"] == [made]
    assert (await tasks("GET", f"/{task}/steps/{steps[0]['step_id']}"))["artifacts"] == [made]
    assert (await tasks.ask("GET", f"/{task}/artifacts/{made['artifact_id']}")).content == b"Washington"
    (file,) = (await acme.owner("{ files { nodes { name runId owner { name } } } }"))["nodes"]
    assert file == {
        "name": "output.txt",
        "runId": encode_id("Run", steps[0]["additional_output"]["run_id"]),
        "owner": None,
    }
    assert await kept(api, acme.id) == (1, 1)


async def test_a_file_that_the_run_stored_is_an_artifact_as_it_is(api: Api, acme: Organisation) -> None:
    nodes = {"in": an_input("task"), "store": FileStore, "out": an_output("answer")}
    agent = await an_agent(api, acme, nodes, ["in.result -> store.file_in", "store.file_out -> out.value"])
    tasks = Tasks(acme.owner, agent)
    task = await tasks.make("data:text/plain;name=output.txt;base64,V2FzaGluZ3Rvbg==")
    steps = await asyncio.gather(*(tasks.step(task) for _ in range(3)))
    (made,) = steps[0]["artifacts"]
    assert (made["file_name"], made["agent_created"]) == ("output.txt", True)
    assert all(step["artifacts"] == [made] for step in steps)
    assert (await tasks.ask("GET", f"/{task}/artifacts/{made['artifact_id']}")).content == b"Washington"
    assert await kept(api, acme.id) == (1, 1)
    # What it merely names, and what another run stored, is not its own.
    other = Tasks(acme.owner, await an_agent(api, acme))
    named = await other.make(steps[0]["output"])
    assert (await other.step(named))["artifacts"] == []


async def test_a_file_that_cannot_be_kept_stays_an_output(api: Api, acme: Organisation) -> None:
    agent = await an_agent(api, acme)
    async with api_on(api.platform, clamd_address="127.0.0.1:1") as scanned:
        tasks = Tasks(scanned.client(acme.owner.token), agent)
        task = await tasks.make("data:,hello")
        step = await tasks.step(task)
        assert (step["status"], step["output"], step["artifacts"]) == ("completed", "data:,hello", [])
    assert await kept(api, acme.id) == (0, 0)
    # It is kept when somebody looks and the scanner is back.
    (made,) = (await Tasks(acme.owner, agent)("GET", f"/{task}/steps/{step['step_id']}"))["artifacts"]
    assert made["file_name"] == "answer.txt"


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("data:text/plain;base64,aGk=", Made("out.txt", "text/plain", b"hi")),
        ("data:,a%20b", Made("out.txt", "text/plain", b"a b")),
        ("data:text/html;charset=utf-8;filename=..%2F..%2Fx.html;base64,aGk=", Made("x.html", "text/html", b"hi")),
        ("data:application/json,{}", Made("out.json", "application/json", b"{}")),
        ("data:text/plain;base64,a", None),
        ("data:text/plain;base64,a!b=", None),
        ("data: a list", None),
        ("data:", None),
        (" data:,x", None),
        (5, None),
        (["data:,x"], None),
    ],
)
def test_a_data_uri_is_a_file_and_nothing_else_is(value: Any, made: Made | None) -> None:
    assert file_of("out", value) == made


async def test_an_artifact_whose_file_is_deleted_is_gone(api: Api, acme: Organisation) -> None:
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("hello")
    made = (await tasks.upload(task, b"x")).json()
    (file,) = (await acme.owner("{ files { nodes { id } } }"))["nodes"]
    await acme.owner("mutation($id: ID!) { deleteFile(id: $id) { isDone errors { code } } }", id=file["id"])
    assert (await tasks("GET", f"/{task}/artifacts"))["artifacts"] == []
    assert (await tasks.ask("GET", f"/{task}/artifacts/{made['artifact_id']}")).status_code == 404


async def test_a_task_has_so_many_artifacts_and_an_upload_that_is_refused_leaves_nothing(
    api: Api, acme: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = type(LIMITS)(task_artifacts_max=1)
    monkeypatch.setattr("schema.db.protocol.LIMITS", limits)
    tasks = Tasks(acme.owner, await an_agent(api, acme))
    task = await tasks.make("hello")
    assert (await tasks.upload(task, b"x")).status_code == 200
    assert code_of(await tasks.upload(task, b"x")) == (422, "FILE_REFUSED")
    assert await kept(api, acme.id) == (1, 1)
    async with api_on(api.platform, upload_bytes_max=10) as small:
        refused = await Tasks(small.client(acme.owner.token)).upload(task, b"x" * 11)
        assert code_of(refused) == (413, "VALUE_TOO_LARGE")
    assert await kept(api, acme.id) == (1, 1)
