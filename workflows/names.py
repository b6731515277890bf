"""Names that both sides of Temporal use: queues, types, signals, search attributes, a time limit; constants only."""

from __future__ import annotations

from typing import Final

GRAPH_RUN: Final = "GraphRun"

#: Workflows only.
ENGINE_QUEUE: Final = "graph-engine"
#: A workflow task that died with its worker is given to another after this. Temporal's default is 10 s, which is most of what
#: a death may cost; an activation may take 2 s.
TASK_TIMEOUT_SECONDS: Final = 5.0
#: The platform's own activities: projections.
PLATFORM_QUEUE: Final = "platform"

#: [[execution, first, next, deliveries], ...]: emissions of executions that still run.
EMIT_SIGNAL: Final = "emit"
#: [number of a dispatch, records]: those of its executions that are over while others still run.
OVER_SIGNAL: Final = "over"
#: [execution, arrivals]: what a parked execution waits for came.
WAKE_SIGNAL: Final = "wake"

#: [[number, word, detail], ...]: orders; see `workflows.control`.
ORDER_SIGNAL: Final = "order"
#: By hand, with Temporal's own tools: a named event, {"name": ..., "payload": ...}; a pause, with its reason; its end.
EVENT_SIGNAL: Final = "event"
PAUSE_SIGNAL: Final = "pause"
RESUME_SIGNAL: Final = "resume"

#: The activity that steps through a region.
REGION: Final = "Region"
#: The activity that writes what only the workflow knows.
PROJECT: Final = "project"

TENANT: Final = "Tenant"
AGENT_ID: Final = "AgentId"
AGENT_VERSION: Final = "AgentVersion"
RUN_STATUS: Final = "RunStatus"
TRIGGER: Final = "Trigger"
#: Not RootRunId: that name is Temporal's own and cannot be set.
ROOT_RUN_ID: Final = "RootRun"

#: A schedule's time has come: a run is accepted, started and waited for.
SCHEDULED_RUN: Final = "ScheduledRun"
#: Its activities: accept the run of a time; look whether a run that another started is over.
FIRE_SCHEDULE: Final = "fire schedule"
WATCH_RUN: Final = "watch run"
#: When Temporal says that it was to be: the schedule's time, not the clock's.
SCHEDULED_TIME: Final = "TemporalScheduledStartTime"
