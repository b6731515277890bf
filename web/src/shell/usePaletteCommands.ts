/** Everything that the palette can do now: screens and actions at once, agents and runs as they are found. */
import { useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { blockWords } from "@/graph/words";
import { STATES } from "@/ui/Status";
import { startTour } from "@/tour/tour";
import { useAccount } from "./account";
import { type Command, fitting, runIdIn, usePalette } from "./commands";
import { goKeys } from "./keys";
import { PaletteAgentsDocument, PaletteBlocksDocument, PaletteNewAgentDocument, PaletteRunDocument, PaletteRunsDocument } from "./palette.generated";
import { useTheme } from "./theme";
import { useMay, useViewer } from "./viewer";

export type Runnable = { id: string; name: string };
type Does = { showShortcuts: () => void; run: (agent: Runnable) => void; explain: (blockUuid: string) => void };

const SETTLED_MS = 150;
const RUNS_SHOWN = 6;
/** One letter is in every block. */
const BLOCK_CHARACTERS_MIN = 3;

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export function usePaletteCommands(typed: string, does: Does): { fixed: Command[]; found: Command[]; isLoading: boolean } {
  const fixed = useFixed(does);
  const { found, isLoading } = useFound(typed, does);
  return { fixed, found, isLoading };
}

function useFixed({ showShortcuts }: Does): Command[] {
  const navigate = useNavigate();
  const viewer = useViewer();
  const may = useMay();
  const [theme, setTheme] = useTheme();
  const { enter, leave } = useAccount();
  const [create] = useChange(PaletteNewAgentDocument);
  const { sources } = usePalette();
  return useMemo(() => {
    const go = (label: string, path: string, shortcut?: string): Command => ({ id: `go ${path}`, label, group: "Screens", shortcut, act: () => navigate(path) });
    const does = (label: string, act: () => void, hint?: string): Command => ({ id: `do ${label}`, label, group: "Actions", hint, act });
    const newAgent = async () => {
      const made = await create({ input: { name: "New agent" } }).catch(() => null);
      if (made?.graph) navigate(`/build/${encodeURIComponent(made.graph.id)}`);
    };
    const isAdmin = may("fleet:read") || may("listings:review");
    return [
      ...[...sources.values()].flat(),
      ...(may("graphs:write") ? [does("New agent", () => void newAgent())] : []),
      ...Object.entries(goKeys).map(([key, one]) => go(one.label, one.path, `G ${key.toUpperCase()}`)),
      ...(isAdmin ? [go("Admin", "/admin")] : []),
      go("Settings: notices", "/settings/notices"),
      go("Settings: API keys", "/settings/keys"),
      go("Settings: members", "/settings/members"),
      ...(may("audit:read") ? [go("Settings: audit log", "/settings/audit")] : []),
      does("Use the light theme", () => setTheme("light"), theme === "light" ? "chosen" : undefined),
      does("Use the dark theme", () => setTheme("dark"), theme === "dark" ? "chosen" : undefined),
      does("Use the system's theme", () => setTheme("system"), theme === "system" ? "chosen" : undefined),
      does("Show the keys", showShortcuts),
      does("Take the tour", () => { navigate("/library"); startTour(); }),
      ...viewer.organisations.filter((one) => one.id !== viewer.organisation.id).map((one) => ({ ...does(`Switch to ${one.name}`, () => void enter(one.id)), id: `switch ${one.id}` })),
      does("Sign out", () => void leave()),
    ];
    // `enter` and `leave` are made anew each time, and do the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [sources, viewer, theme, navigate, create, setTheme, showShortcuts]);
}

function useFound(typed: string, { run, explain }: Does): { found: Command[]; isLoading: boolean } {
  const navigate = useNavigate();
  const may = useMay();
  const mayRun = may("runs:execute");
  const mayEdit = may("graphs:write");
  const settled = useSettled(typed.trim());
  // "run report" means the agent: the verb is no part of its name.
  const search = settled.replace(/^(run|edit|open)\s+/i, "");
  const runId = runIdIn(settled);
  const [agents] = useQuery({ query: PaletteAgentsDocument, variables: { search: search || null }, pause: runId !== null });
  const [runs] = useQuery({ query: PaletteRunsDocument });
  const wantsBlocks = runId === null && search.length >= BLOCK_CHARACTERS_MIN;
  const [blocks] = useQuery({ query: PaletteBlocksDocument, variables: { search }, pause: !wantsBlocks });
  const [one] = useQuery({ query: PaletteRunDocument, variables: { id: runId ?? "" }, pause: runId === null });

  const found = useMemo(() => {
    const agentCommands = (runId === null ? (agents.data?.graphs.nodes ?? []) : []).flatMap((agent): Command[] => {
      const at = encodeURIComponent(agent.id);
      const all: Command[] = [{ id: `agent ${agent.id}`, label: agent.name, group: "Agents", hint: "Open", act: () => navigate(`/library/${at}`) }];
      if (mayRun && agent.activeVersion) all.push({ id: `run ${agent.id}`, label: `Run ${agent.name}`, group: "Agents", act: () => run({ id: agent.id, name: agent.name }) });
      if (mayEdit) all.push({ id: `edit ${agent.id}`, label: `Edit ${agent.name}`, group: "Agents", act: () => navigate(`/build/${at}`) });
      // Without a word to narrow it, one line for each agent is enough.
      return settled === "" ? all.slice(0, 1) : all;
    });
    const known = runId !== null ? (one.data ? [one.data.run] : []) : (runs.data?.runs.nodes ?? []);
    const runCommands = known.map((each): Command => ({
      id: `open ${each.id}`,
      label: `${each.agentName}, ${ago(each.createdAt)}`,
      group: "Runs",
      hint: STATES[each.status].word,
      act: () => navigate(`/runs/${encodeURIComponent(each.id)}`),
    }));
    // What the API found by the words of their descriptions fits, too.
    const blockCommands = (wantsBlocks ? (blocks.data?.blocks.nodes ?? []) : []).map((block): Command => ({
      id: `block ${block.id}`,
      label: blockWords(block.name),
      group: "Blocks",
      hint: "What it does",
      act: () => explain(block.uuid),
    }));
    return runId !== null ? runCommands : [...fitting(agentCommands, typed), ...fitting(runCommands, typed).slice(0, RUNS_SHOWN), ...blockCommands];
  }, [agents.data, blocks.data, wantsBlocks, explain, runs.data, one.data, runId, settled, typed, mayRun, mayEdit, navigate, run]);
  return { found, isLoading: agents.fetching || one.fetching || settled !== typed.trim() };
}
