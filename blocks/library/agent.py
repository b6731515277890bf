"""The block that runs another agent as a node of this one; it starts nothing itself, the workflow does.

Step 0 asks the workflow to start the child. Each later step gives on what the child put out since, and asks
to wait for more until the child has ended. A child that did not complete fails the node.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

from blocks.sdk import AwaitChild, Block, BlockInput, BlockOutput, Context, Kind, StartChild, Yield, pin
from schema.credentials import HANDED_DOWN
from schema.errors import ChildFailed
from schema.pins import is_dynamic
from schema.states import State


class AgentExecutor(Block):
    """Run another agent. Its inputs are this node's inputs, and its outputs this node's outputs."""

    id = "e189baac-8c20-45a1-94a7-55177ea42565"
    name = "AgentExecutorBlock"
    old_inputs: ClassVar[Mapping[str, str]] = {"data": "inputs"}
    categories = ("AGENT",)
    is_resumable = True
    kind = Kind.AGENT
    has_dynamic_inputs = True
    has_dynamic_outputs = True

    class Input(BlockInput):
        user_id: str = pin("", description="Accepted for older agents: a run always belongs to its owner.")
        graph_id: str = pin(description="The agent to run.")
        graph_version: int | None = pin(None, description="Its version; none: the active one.")
        agent_name: str | None = pin(None, description="What to call it.")
        inputs: dict[str, Any] = pin(default_factory=dict, description="Its inputs; pins of this node go before them.")
        input_schema: dict[str, Any] = pin(default_factory=dict, description="The schema of its inputs.")
        output_schema: dict[str, Any] = pin(default_factory=dict, description="The schema of its outputs.")
        nodes_input_masks: dict[str, dict[str, Any]] | None = pin(None, description="Values that its nodes take first.")

    class Output(BlockOutput):
        pass

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.step == 0:
            yield StartChild(
                graph_id=inputs.graph_id,
                graph_version=inputs.graph_version,
                inputs={**_known_to_child(inputs), **_pins_of_child(inputs, context.raw_inputs)},
                masks=inputs.nodes_input_masks,
                credentials=context.raw_inputs.get(HANDED_DOWN),
            )
            return
        child = context.child
        assert child is not None, "a later step of an agent node has its child's progress"
        for name, value in child.outputs:
            yield name, value
        if child.status is None:
            yield AwaitChild()
        elif child.status != State.COMPLETED:
            reason = child.error or "it gave no reason."
            raise ChildFailed(f"The agent {inputs.graph_id} ended {child.status}: {reason}", status=child.status)


def _known_to_child(inputs: AgentExecutor.Input) -> dict[str, Any]:
    """Give the constants for the child, as far as it has such inputs: files keep some that an older version of it had."""
    names = inputs.input_schema.get("properties")
    return {name: value for name, value in inputs.inputs.items() if not names or name in names}


def _pins_of_child(inputs: AgentExecutor.Input, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give the child's inputs that came as pins of this node; a null leaves the child its own default."""
    names = inputs.input_schema.get("properties", {})
    return {
        name: value
        for name, value in raw.items()
        if name in names and value is not None and not is_dynamic(name) and name not in AgentExecutor.Input.model_fields
    }
