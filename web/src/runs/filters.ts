/** The filters of the list of runs, and how they stand in its address: a list can be shared as it is seen. Pure. */
import type { State } from "@/data/schema.generated";
import { STATES } from "@/ui/Status";
import type { RunsListQueryVariables } from "./runs.generated";
import { TRIGGERS } from "./words";

export type Filters = {
  agent: string | null;
  version: number | null;
  states: State[];
  trigger: string | null;
  /** A number of hours back, such as `24`, or `from..to` with either left out. */
  time: string | null;
  node: string | null;
  by: string | null;
  /** What language models cost in dollars: `from..to`, both included, with either left out. */
  cost: string | null;
  /** A part of the agent's name, or the id of a run. */
  search: string | null;
  hasProblem: boolean;
  withChildren: boolean;
  isOldestFirst: boolean;
};

export const NO_FILTERS: Filters = { agent: null, version: null, states: [], trigger: null, time: null, node: null, by: null, cost: null, search: null, hasProblem: false, withChildren: false, isOldestFirst: false };

const KEYS = ["agent", "version", "state", "trigger", "time", "node", "by", "cost", "q", "problem", "children", "order"];

/** As many as the API takes. */
export const SEARCH_CHARS_MAX = 100;

const isState = (text: string): text is State => text in STATES;

export function readFilters(address: URLSearchParams): Filters {
  const version = Number(address.get("version") ?? NaN);
  const agent = address.get("agent");
  return {
    agent,
    version: agent && Number.isInteger(version) && version >= 0 ? version : null,
    states: (address.get("state") ?? "").split(",").filter(isState),
    trigger: address.get("trigger"),
    time: address.get("time"),
    node: agent ? address.get("node") : null,
    by: address.get("by"),
    cost: costs(address.get("cost")) ? address.get("cost") : null,
    search: address.get("q")?.trim().slice(0, SEARCH_CHARS_MAX) || null,
    hasProblem: address.get("problem") === "yes",
    withChildren: address.get("children") === "yes",
    isOldestFirst: address.get("order") === "oldest",
  };
}

/** Put filters into an address; what else stands there stays. */
export function writeFilters(filters: Filters, before: URLSearchParams = new URLSearchParams()): URLSearchParams {
  const address = new URLSearchParams(before);
  for (const key of KEYS) address.delete(key);
  const set = (key: string, value: string | null) => value && address.set(key, value);
  set("agent", filters.agent);
  set("version", filters.agent && filters.version !== null ? String(filters.version) : null);
  set("state", filters.states.join(","));
  set("trigger", filters.trigger);
  set("time", filters.time);
  set("node", filters.agent ? filters.node : null);
  set("by", filters.by);
  set("cost", filters.cost);
  set("q", filters.search);
  set("problem", filters.hasProblem ? "yes" : null);
  set("children", filters.withChildren ? "yes" : null);
  set("order", filters.isOldestFirst ? "oldest" : null);
  return address;
}

export const isFiltered = (filters: Filters): boolean => writeFilters({ ...filters, isOldestFirst: false, withChildren: false }).size > 0;

const HOUR_MS = 3_600_000;

/** The moments that a time filter means. Hours back are counted from `now`, to the minute: the list is the same for a while. */
export function span(time: string | null, now: number): { createdAfter: string | null; createdBefore: string | null } {
  const nothing = { createdAfter: null, createdBefore: null };
  if (!time) return nothing;
  if (/^\d+$/.test(time)) {
    const minute = Math.floor(now / 60_000) * 60_000;
    return { createdAfter: new Date(minute - Number(time) * HOUR_MS).toISOString(), createdBefore: null };
  }
  const [from, to] = time.split("..");
  return { createdAfter: momentOf(from), createdBefore: momentOf(to) };
}

function momentOf(text: string | undefined): string | null {
  const at = text ? new Date(text) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : null;
}

const USD = 1_000_000;
/** The API's limit, in dollars. */
const COST_MAX = 1_000_000_000;

export type Costs = { from: number | null; to: number | null };

/** The dollars that a cost filter means; null where it means nothing. */
export function costs(text: string | null): Costs | null {
  const found = text === null ? null : /^(\d+(?:\.\d+)?)?\.\.(\d+(?:\.\d+)?)?$/.exec(text);
  if (!found || (found[1] === undefined && found[2] === undefined)) return null;
  const [from, to] = [found[1], found[2]].map((one) => (one === undefined ? null : Number(one))) as [number | null, number | null];
  if (Math.max(from ?? 0, to ?? 0) > COST_MAX || (from !== null && to !== null && from > to)) return null;
  return { from, to };
}

/** What is looked for, of a text that somebody pasted: of the address of a run its id. */
export const soughtIn = (text: string): string => (/\/runs\/([\w-]+)/.exec(text)?.[1] ?? text).trim();

const micro = (usd: number | null | undefined): number | null => (usd == null ? null : Math.round(usd * USD));

export function variablesOf(filters: Filters, now: number): Omit<RunsListQueryVariables, "first" | "after"> {
  return {
    graphId: filters.agent,
    version: filters.version,
    status: filters.states.length > 0 ? filters.states : null,
    trigger: filters.trigger,
    ...span(filters.time, now),
    includeChildren: filters.withChildren || filters.trigger === "child",
    hasProblem: filters.hasProblem ? true : null,
    failedNodeId: filters.node,
    startedBy: filters.by,
    costMicroUsdMin: micro(costs(filters.cost)?.from),
    costMicroUsdMax: micro(costs(filters.cost)?.to),
    search: filters.search,
    order: filters.isOldestFirst ? "OLDEST_FIRST" : "NEWEST_FIRST",
  };
}

export const TIMES = [
  { value: "", label: "Any time" },
  { value: "1", label: "The last hour" },
  { value: "24", label: "The last day" },
  { value: "168", label: "The last week" },
  { value: "720", label: "The last 30 days" },
];

export const COSTS = [
  { value: "", label: "Any cost" },
  { value: "0.000001..", label: "Cost something" },
  { value: "0.1..", label: "$0.10 or more" },
  { value: "1..", label: "$1 or more" },
  { value: "10..", label: "$10 or more" },
  { value: "..0", label: "Cost nothing" },
];

export const TRIGGER_OPTIONS = [{ value: "", label: "Any start" }, ...Object.entries(TRIGGERS).map(([value, label]) => ({ value, label }))];

export type SavedView = { name: string; query: string };

/** Views that everybody has. */
export const BUILT_IN: SavedView[] = [
  { name: "All", query: "" },
  { name: "Going on", query: "state=QUEUED,RUNNING,REVIEW,PAUSED" },
  { name: "Failed", query: "state=FAILED" },
  { name: "Waiting for a person", query: "state=REVIEW,PAUSED" },
  { name: "With a problem", query: "problem=yes&children=yes" },
];

/** Whether an address is that of a view, whatever the order of its words. */
export function isView(view: SavedView, filters: Filters): boolean {
  return writeFilters(readFilters(new URLSearchParams(view.query))).toString() === writeFilters(filters).toString();
}
