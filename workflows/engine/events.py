"""What goes into the scheduler (events) and what comes out (commands); nouns only, they do nothing.

Wire shapes used here, all plain lists, so that nothing has to be decoded on the way:

- a *delivery* `[sequence, link]` or `[sequence, link, value]`: the emission `sequence` of an execution has a value for `link`;
  the value stands inline when it is small, else the consumer reads it from the ledger;
- a *token* `[execution, sequence, link]` or `[execution, sequence, link, value]`: the same, with the execution it came from.
  Execution 0 is the run itself: its emissions are the run's inputs, and their link is -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

Delivery = list[Any]
Token = list[Any]

#: Why something halts.
OPERATOR: Final = "operator"
BUDGET: Final = "budget"
MISSING_CREDENTIAL: Final = "missing credential"
PROVIDER_DOWN: Final = "provider down"
FAILED_NODE: Final = "failed node"
CONTRACT: Final = "contract"
HALT_KINDS: Final = (OPERATOR, BUDGET, MISSING_CREDENTIAL, PROVIDER_DOWN, FAILED_NODE, CONTRACT)

#: What an operator may say of one execution: run it again, end it with these outputs, run it with this input, let it fail.
RETRY: Final = "retry"
SKIP: Final = "skip"
EDIT: Final = "edit"
FAIL: Final = "fail"
ORDER_WORDS: Final = (RETRY, SKIP, EDIT, FAIL)

#: What an execution waits for that called nodes as tools, and what it is then woken with: see `workflows.engine.tool_calls`.
TOOLS: Final = "tools"


@dataclass(frozen=True)
class Started:
    """The run begins; `inputs` are tokens of execution 0 by input name."""

    inputs: dict[str, Token]


@dataclass(frozen=True)
class Emitted:
    """A running execution emitted `first` up to, not including, `next`; only emissions that somebody takes are listed."""

    execution: int
    first: int
    next: int
    deliveries: Sequence[Delivery]


@dataclass(frozen=True)
class Finished:
    """An execution ended well, with the rest of its emissions."""

    execution: int
    first: int
    next: int
    deliveries: Sequence[Delivery]
    #: The dispatch that says so, where it may not be the one that the execution is in any more; 0: it is.
    dispatch: int = 0


@dataclass(frozen=True)
class Failed:
    """An execution ended badly; its last emission is that of its `error` pin."""

    execution: int
    first: int
    next: int
    deliveries: Sequence[Delivery]
    code: str
    message: str
    dispatch: int = 0


@dataclass(frozen=True)
class Parked:
    """A step of an execution ended and it waits: `wait` is ["sleep", deadline], ["child", run id], ["event", name, deadline or
    None] or ["answer", approval id, deadline or None], opaque to the engine; or TOOLS, see `workflows.engine.tool_calls`."""

    execution: int
    first: int
    next: int
    deliveries: Sequence[Delivery]
    wait: list[Any]
    dispatch: int = 0


@dataclass(frozen=True)
class Woken:
    """What a parked execution waited for came: its timer fired, its child gave `arrivals`, a person answered."""

    execution: int
    arrivals: Sequence[Any] = ()


@dataclass(frozen=True)
class Returned:
    """A dispatch came back without a result (its worker was told to hand it over): it is to be dispatched again."""

    executions: Sequence[int]
    dispatch: int = 0


@dataclass(frozen=True)
class Again:
    """An execution did not end in its dispatch, in which others were: it is to be dispatched again, by itself, so that it
    keeps none of them waiting and none of them keeps it."""

    execution: int
    dispatch: int = 0


@dataclass(frozen=True)
class Together:
    """What became of several executions of one dispatch: all of it is taken in before anything is dispatched, so that the room that
    they leave is given to others together, too."""

    events: Sequence[Finished | Failed | Again]


@dataclass(frozen=True)
class Held:
    """Nothing more is to be dispatched for now."""


@dataclass(frozen=True)
class Released:
    """Dispatching goes on."""


@dataclass(frozen=True)
class Stuck:
    """An execution cannot go on by itself, and its run's policy is not to let it fail: it waits for an operator."""

    execution: int
    first: int
    next: int
    deliveries: Sequence[Delivery]
    #: Of HALT_KINDS.
    kind: str
    code: str
    message: str
    dispatch: int = 0


@dataclass(frozen=True)
class Ordered:
    """An operator says what becomes of one execution: `order` is [word, number of the order]; see `ORDER_WORDS`."""

    execution: int
    order: list[Any]


@dataclass(frozen=True)
class Paused:
    """Nothing more is to be dispatched until the halt of this key is cleared. With `is_hard`, what can resume comes back."""

    key: str
    kind: str
    code: str
    message: str
    is_hard: bool = False
    #: The number of the order that asked for it, if one did.
    by: int | None = None


@dataclass(frozen=True)
class Cleared:
    """The halt of this key is over; `answer` is the word by which it ended."""

    key: str
    by: int | None = None
    answer: str = "resume"


@dataclass(frozen=True)
class Limited:
    """The run has new limits (None: as before); a halt that they lift is cleared."""

    executions_max: int | None = None
    in_flight_max: int | None = None
    by: int | None = None


@dataclass(frozen=True)
class Spent:
    """Runs that this one started used so many node executions of its budget."""

    executions: int


@dataclass(frozen=True)
class Called:
    """An execution calls nodes as tools: see `workflows.engine.tool_calls`. It does not wait for them: it is taken over whole."""

    execution: int
    calls: Sequence[Any]


@dataclass(frozen=True)
class Stepped:
    """A dispatch of a region ended: `result` is `workflows.engine.region_flow.RegionFlow.result`, or that it is unfit."""

    region: int
    result: Sequence[Any]


@dataclass(frozen=True)
class Lost:
    """A dispatch of a region came back without a result: it is to be dispatched again, as it was."""

    region: int


@dataclass(frozen=True)
class Cancelled:
    """The run is to end."""

    reason: str


Event = (
    Started
    | Emitted
    | Finished
    | Failed
    | Parked
    | Woken
    | Returned
    | Again
    | Together
    | Held
    | Released
    | Stuck
    | Ordered
    | Paused
    | Cleared
    | Limited
    | Spent
    | Called
    | Stepped
    | Lost
    | Cancelled
)


@dataclass(frozen=True)
class Item:
    """One execution in a dispatch. `tokens` are (pin, token); `base` is its first emission in this step; those below
    `received` are known to the scheduler already; `is_again` asks the worker to look into the ledger first."""

    execution: int
    ordinal: int
    step: int
    base: int
    received: int
    is_again: bool
    tokens: Sequence[tuple[str, Token]]
    arrivals: Sequence[Any]
    #: What operators said of it, oldest first, each [word, number].
    orders: Sequence[list[Any]] = ()
    #: [execution, call id, node] of what called it as a tool.
    caller: list[Any] | None = None


@dataclass(frozen=True)
class Dispatch:
    """Run these executions of one node, in this order. `number` grows with each dispatch of the run: the fence."""

    number: int
    node: int
    items: Sequence[Item]


@dataclass(frozen=True)
class DispatchRegion:
    """Step through a region. `number` is the fence, as of a Dispatch; `part` is its part of the state, `step` says how often it
    was taken in before; new executions get numbers from `first` on, and `room` executions may begin."""

    number: int
    region: int
    step: int
    first: int
    room: int
    #: How many numbers new executions may have.
    numbers: int
    part: Sequence[Any]
    #: How many executions the run has, where nothing else of it is open or ever failed: with the region, the run may end.
    whole: int | None
    #: Whether its last step was ended by a bound: there is much to do.
    is_long: bool


@dataclass(frozen=True)
class Wait:
    """Wait for what an execution was parked on, then feed Woken."""

    execution: int
    wait: list[Any]


@dataclass(frozen=True)
class Recall:
    """Have a dispatch come back: somebody said something of one of its executions, or the run is paused hard."""

    number: int


@dataclass(frozen=True)
class Halt:
    """Something halts, the whole run or one execution of it: who operates it must be told."""

    number: int
    key: str
    kind: str
    code: str
    message: str
    execution: int | None
    by: int | None


@dataclass(frozen=True)
class Clear:
    """A halt is over; `answer` is the word by which it ended."""

    number: int
    answer: str
    by: int | None


@dataclass(frozen=True)
class End:
    """The run is over: nothing else will be asked for. `waiting` are (node, tokens by pin) that never became complete."""

    status: str
    code: str | None
    message: str | None
    waiting: Sequence[tuple[int, Sequence[tuple[str, Token]]]]


Command = Dispatch | DispatchRegion | Wait | Recall | Halt | Clear | End
