/** What is said of runs, in words that tell what to do. Pure. */
import type { HaltKind, State } from "@/data/schema.generated";
import type { Tone } from "@/ui/Status";

export const TRIGGERS: Record<string, string> = {
  manual: "By hand",
  child: "By another agent",
  schedule: "By a schedule",
  webhook: "By a webhook",
  preset: "From a preset",
  continue: "Continued",
  signal: "By an event",
  protocol: "By the Agent Protocol",
  mcp: "By an MCP client",
};

export const triggerWord = (trigger: string): string => TRIGGERS[trigger] ?? `By ${trigger}`;

export type Notice = { id: string; tone: Tone; title: string; text: string; action?: "resume" | "limits" | "continue" | "approvals" | "credentials" | "node"; nodeId?: string | null; nodeExecutionId?: string | null; haltKey?: string };

type Halt = { key: string; kind: HaltKind; code: string; message: string; nodeId?: string | null; title?: string | null; nodeExecutionId?: string | null; setBy?: { name: string } | null };
type Wait = { kind: string; name?: string | null; until?: string | null; nodeId: string; title?: string | null; childRunId?: string | null };
export type Told = {
  status: State;
  createdAt: string;
  startedAt?: string | null;
  waitingReason?: string | null;
  cancelRequestedAt?: string | null;
  cancelReason?: string | null;
  problem?: { code: string; message: string; cause?: string | null } | null;
  error?: { code: string; message: string; nodeId?: string | null } | null;
  halts: Halt[];
  waits: Wait[];
};

/** Seconds after which it is said why a run has not begun. */
const QUEUED_QUIETLY_MS = 5_000;

/** Everything that keeps a run from going on, the most pressing first. `idleQueues` are queues that no worker serves, where known. */
export function noticesOf(run: Told, now: number, idleQueues: string[] | null): Notice[] {
  const found: Notice[] = [];
  if (run.problem) found.push(problemNotice(run.problem));
  for (const halt of run.halts) found.push(haltNotice(halt));
  if (run.status === "QUEUED") found.push(...queuedNotices(run, now, idleQueues));
  else if (run.status === "RUNNING" && idleQueues && idleQueues.length > 0) found.push(idleNotice(idleQueues, "goes on"));
  if (run.cancelRequestedAt && !isOver(run.status)) {
    found.push({ id: "cancel", tone: "info", title: "It is being cancelled", text: run.cancelReason || "It ends a moment from now." });
  }
  for (const wait of run.waits.filter((one) => one.kind === "EVENT")) {
    found.push({ id: `wait ${wait.nodeId}`, tone: "info", title: `${wait.title ?? "A node"} waits for the event “${wait.name ?? ""}”`, text: "Nothing is held for it. It goes on when the event comes.", action: "node", nodeId: wait.nodeId });
  }
  return found;
}

const isOver = (status: State): boolean => status === "COMPLETED" || status === "FAILED" || status === "TERMINATED";

function problemNotice(problem: { code: string; message: string; cause?: string | null }): Notice {
  const cause = problem.cause ? ` Temporal says: ${problem.cause}` : "";
  if (problem.code === "WORKFLOW_TASK_FAILS") {
    return { id: "problem", tone: "danger", title: "It stands still until its workers are mended", text: `${problem.message} Nothing is lost: it goes on by itself once a worker can take it. Tell whoever operates Drystone.${cause}` };
  }
  if (problem.code === "LOST") {
    return { id: "problem", tone: "danger", title: "Some of its record is missing", text: `${problem.message} The database was set back while it ran. Run it again from the start to be sure of what it gives.`, action: "continue" };
  }
  return { id: "problem", tone: "danger", title: "It does not go on as it should", text: problem.message + cause };
}

function queuedNotices(run: Told, now: number, idleQueues: string[] | null): Notice[] {
  if (run.waitingReason) return [{ id: "queued", tone: "info", title: "It waits for its turn", text: run.waitingReason }];
  if (now - new Date(run.createdAt).getTime() < QUEUED_QUIETLY_MS) return [];
  if (idleQueues && idleQueues.length > 0) {
    return [idleNotice(idleQueues, "will start")];
  }
  return [{ id: "queued", tone: "info", title: "It waits for a free worker", text: "Your run is safe and will start. If it stays so for minutes, ask whoever operates Drystone to look at the workers." }];
}

const idleNotice = (queues: string[], how: string): Notice => ({ id: "queued", tone: "warn", title: `No worker polls ${queues.length === 1 ? "the queue" : "the queues"} ${queues.join(", ")}`, text: `Your run is safe and ${how} as soon as a worker is there.` });

function haltNotice(halt: Halt): Notice {
  const base = { id: `halt ${halt.key}`, tone: "warn" as Tone, nodeId: halt.nodeId, nodeExecutionId: halt.nodeExecutionId, haltKey: halt.key };
  const where = halt.title ? `${halt.title}: ` : "";
  switch (halt.kind) {
    case "OPERATOR":
      return halt.key === "parent"
        ? { ...base, title: "It is paused with the run that started it", text: "Resume that run, and this one goes on." }
        : { ...base, title: halt.setBy ? `Paused by ${halt.setBy.name}` : "Paused", text: halt.setBy && halt.message === "Paused by a person." ? "Resume it, and it goes on." : halt.message, action: "resume" };
    case "BUDGET":
      return { ...base, title: "It has reached a limit", text: `${halt.message} It goes on where it stands then.`, action: "limits" };
    case "MISSING_CREDENTIAL":
      return { ...base, title: `${where}a credential is missing`, text: `${halt.message} Add it, then try the node again.`, action: "credentials" };
    case "PROVIDER_DOWN":
      return { ...base, title: `${where}a service does not answer`, text: `${halt.message} Try the node again when the service is back.`, action: "node" };
    case "CONTRACT":
      return { ...base, title: `${where}its block has changed`, text: `${halt.message} Give the node other inputs or outputs, or run the agent's newest version.`, action: "node" };
    default:
      return { ...base, title: `${where}it failed, and waits for a decision`, text: `${halt.message} Try it again, change its inputs, or skip it.`, action: "node" };
  }
}

/** What helps where a node failed, by the code of its failure. */
export function adviceFor(code: string): string {
  switch (code) {
    case "INVALID_INPUT":
      return "A value that came to this node does not fit. Change the value, and continue from here.";
    case "TIMEOUT":
      return "It took longer than it may. Continue from here to try again, or give the node more time in the editor.";
    case "UNAVAILABLE":
    case "PROVIDER_DOWN":
    case "RATE_LIMITED":
      return "The service did not answer. Continue from here once it is back.";
    case "MISSING_CREDENTIAL":
    case "CREDENTIAL_MISSING":
      return "Add the credential, and continue from here.";
    case "BUDGET_EXCEEDED":
    case "LIMIT_EXCEEDED":
      return "Raise the limit, and continue from here.";
    case "EGRESS_REFUSED":
      return "Give it another address, or ask whoever operates Drystone to allow this one.";
    case "CANCELLED":
      return "Somebody ended it. Continue from here to go on.";
    case "OUT_OF_MEMORY":
    case "WORKER_DIED":
      return "The worker died again and again while it ran this. Give it less at once, and continue from here.";
    default:
      return "Look at its inputs. You can change them and continue from here, or mend the agent and continue with its new version.";
  }
}

export const money = (microUsd: number): string => {
  const usd = microUsd / 1_000_000;
  return usd === 0 ? "$0" : usd < 0.01 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(2)}`;
};

export const count = (number: number, one: string, many = `${one}s`): string => `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** How a run continues another: `continuation` of the API, {mode, node_ids, inputs, node_inputs, outputs}. */
export function continuationWords(continuation: unknown, titleOf: (nodeId: string) => string): string {
  const said = (continuation ?? {}) as { mode?: string; node_ids?: string[]; inputs?: unknown; node_inputs?: unknown; outputs?: unknown };
  const mode = String(said.mode ?? "").toUpperCase();
  const from = mode === "START" ? "From the start" : mode === "NODES" ? `From ${(said.node_ids ?? []).map(titleOf).join(", ")}` : "From what had not ended well";
  const isAny = (one: unknown) => (Array.isArray(one) ? one.length > 0 : typeof one === "object" && one !== null && Object.keys(one).length > 0);
  const edits = [isAny(said.inputs) && "inputs of the run", isAny(said.node_inputs) && "inputs of nodes", isAny(said.outputs) && "outputs of nodes"].filter((one) => one !== false);
  return `${from}${edits.length > 0 ? `, with other ${edits.join(" and ")}` : ""}.`;
}
