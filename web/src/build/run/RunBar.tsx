/** Starting runs of the open agent: what can be run now, and which version that is. */
import { ChevronDown, Play } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useCatalogue } from "@/blocks/blocks";
import type { JsonObject } from "@/graph/document";
import { titleOf } from "@/graph/pins";
import { askedIn } from "@/run/link";
import { useLiveRun } from "@/run/liveRun";
import { RunDialog } from "@/run/RunDialog";
import { isDraft } from "@/run/source";
import { useMay } from "@/shell/viewer";
import { Button, IconButton } from "@/ui/Button";
import { Menu, type MenuItem } from "@/ui/Menu";
import { notify } from "@/ui/toasts";
import { isSameGraph } from "../publish/compare";
import { usePublished } from "../publish/published";
import { saveNow } from "../publish/saving";
import { chosenNode, useEditor } from "../store";
import { PinDialog } from "./PinDialog";
import { RecentRuns } from "./RecentRuns";
import { RunNodeDialog } from "./RunNodeDialog";
import { useShownRun } from "./shown";
import { useNodeRuns, useOffered } from "./nodeRuns";
import { useMarks } from "./useMarks";
import { useRunCommands } from "./useRunCommands";
import { useRunKeys } from "./useRunKeys";
import { ValuePeek } from "./ValuePeek";

/** What somebody wants to run, until it runs. */
export type Wanted = { until: { nodeId: string; title: string } | null; usePinnedOutputs: boolean; inputs?: JsonObject | null; presetId?: string | null; /** Absent: the draft where it says something of its own. */ version?: number | null };
const ALL: Wanted = { until: null, usePinnedOutputs: false };
const DRAFT = { save: saveNow };

export function RunBar() {
  const agentId = useEditor((state) => state.agentId);
  const name = useEditor((state) => state.document.name);
  const may = useMay()("runs:execute");
  const { blocks } = useCatalogue();
  const { runId, version: shown, show } = useShownRun();
  const live = useLiveRun(runId);
  useMarks(live, runId !== null);
  const { active, isUnpublished, isKnown } = useRunnable(agentId);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [alone, setAlone] = useState<string | null>(null);
  const [pinning, setPinning] = useState<string | null>(null);
  const [isRecentOpen, setRecentOpen] = useState(false);

  // An older version that is looked at is what runs; a draft as it ran once has to be taken over first.
  const isPast = shown !== null && isDraft(shown);
  const mayRun = may && isKnown && !isPast;
  const whyNot = !may ? "Your role may not start runs." : isPast ? "What you see is a draft as it ran: edit it as draft to run it." : isKnown ? null : "It is not known yet which version runs. Try again in a moment.";
  const run = (what: Wanted) => setWanted({ version: shown ?? (isUnpublished ? null : active), ...what });
  useAskedByLink((asked) => run({ ...ALL, inputs: asked.inputs, presetId: asked.presetId, version: active }), isKnown);
  useRunKeys(() => (mayRun ? run(ALL) : notify({ kind: "info", title: "It does not run now.", text: whyNot ?? undefined })));
  const hasDraft = shown === null && isUnpublished;
  const until = (nodeId: string) => {
    const node = useEditor.getState().document.nodes.find((one) => one.id === nodeId);
    if (node) run({ ...ALL, until: { nodeId, title: titleOf(node, blocks.get(node.block_id)) } });
  };
  const isNow = shown === null;
  useOffered({ only: mayRun && isNow ? setAlone : null, until: mayRun ? until : null });
  const items = useItems({ run, until, isNow, setAlone, setPinning, openRecent: () => setRecentOpen(true), active, hasDraft, mayRun });
  useRunCommands(items);

  if (!agentId) return null;
  return (
    <div className="flex items-center" role="group" aria-label="Run">
      <Button look="primary" className="rounded-r-none" disabled={!mayRun} title={whyNot ?? "Ctrl+Enter"} icon={<Play className="size-4" aria-hidden />} onClick={() => run(ALL)}>
        Run
      </Button>
      <Menu items={items}>
        <IconButton look="primary" className="rounded-l-none border-l-on-accent/40" label="More ways to run" icon={<ChevronDown className="size-4" aria-hidden />} />
      </Menu>
      <RunDialog
        agent={{ id: agentId, name }}
        version={wanted?.version}
        draft={hasDraft ? DRAFT : null}
        isOpen={wanted !== null}
        onClose={() => setWanted(null)}
        until={wanted?.until}
        usePinnedOutputs={wanted?.usePinnedOutputs}
        initialInputs={wanted?.inputs}
        initialPresetId={wanted?.presetId}
        onStarted={(id) => show(id)}
      />
      {alone && <RunNodeDialog agentId={agentId} nodeId={alone} onClose={() => setAlone(null)} onStarted={(id) => show(id)} />}
      {pinning && <PinDialog nodeId={pinning} executionId={null} onClose={() => setPinning(null)} />}
      {isRecentOpen && <RecentRuns agentId={agentId} onClose={() => setRecentOpen(false)} onChoose={(id) => { setRecentOpen(false); show(id); }} />}
      {runId !== null && <ValuePeek live={live} />}
    </div>
  );
}

/** Which version is active, and whether the draft says something else. */
function useRunnable(agentId: string | null): { active: number | null; isUnpublished: boolean; isKnown: boolean } {
  const { blocks } = useCatalogue();
  const published = usePublished();
  const document = useEditor((state) => state.document);
  const isKnown = agentId !== null && published.agentId === agentId;
  const active = isKnown ? published.active : null;
  const isSame = useMemo(() => active !== null && isSameGraph(active.document, document, blocks), [active, document, blocks]);
  return { active: active?.number ?? null, isUnpublished: isKnown && (active === null || !isSame), isKnown };
}

/** A link that opens the form does so once, when the agent is there. */
function useAskedByLink(open: (asked: { inputs: JsonObject | null; presetId: string | null }) => void, isReady: boolean): void {
  const [search, setSearch] = useSearchParams();
  // What stands behind `#` is gone with the first change of the address, which the editor makes by itself.
  const [hash] = useState(() => location.hash);
  const isAsked = search.get("start") === "1" && isReady;
  useEffect(() => {
    if (!isAsked) return;
    const asked = askedIn(new URLSearchParams(location.search), location.hash || hash);
    if (asked) open(asked);
    setSearch(() => {
      const next = new URLSearchParams(location.search);
      next.delete("start");
      next.delete("preset");
      return next;
    }, { replace: true });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- it opens once; what it opens with is read then
  }, [isAsked]);
}

type Items = { run: (what: Wanted) => void; until: (nodeId: string) => void; /** Not an older version is looked at. */ isNow: boolean; setAlone: (nodeId: string) => void; setPinning: (nodeId: string) => void; openRecent: () => void; active: number | null; hasDraft: boolean; mayRun: boolean };

function useItems({ run, until, isNow, setAlone, setPinning, openRecent, active, hasDraft, mayRun: may }: Items): MenuItem[] {
  const { blocks } = useCatalogue();
  const chosen = useEditor((state) => state.document.nodes.find((one) => one.id === chosenNode(state)) ?? null);
  const pinnedCount = useEditor((state) => state.document.nodes.filter((node) => node.pinned_output).length);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const title = chosen ? titleOf(chosen, blocks.get(chosen.block_id)) : null;
  const isNote = chosen !== null && blocks.get(chosen.block_id)?.kind === "NOTE";
  const from = useNodeRuns((state) => state.from);
  const items: MenuItem[] = [{ label: hasDraft ? "Run the draft" : "Run the agent", shortcut: "Ctrl+Enter", act: () => run(ALL), isDisabled: !may }];
  if (hasDraft && active !== null) items.push({ label: `Run version ${active}`, hint: "As it was published, without your changes.", act: () => run({ ...ALL, version: active }), isDisabled: !may });
  items.push({
    label: "Run with pinned outputs",
    hint: pinnedCount === 0 ? "No node has outputs pinned." : pinnedCount === 1 ? "One node gives its pinned outputs." : `${pinnedCount} nodes give their pinned outputs.`,
    act: () => run({ ...ALL, usePinnedOutputs: true }),
    isDisabled: !may || pinnedCount === 0,
  });
  items.push("separator");
  if (chosen && title && !isNote) {
    items.push({ label: `Run only “${title}”`, hint: "As the draft has it, with inputs that you give.", act: () => setAlone(chosen.id), isDisabled: !may || !isNow });
    items.push({ label: `Run until “${title}”`, hint: "It, and what leads to it.", act: () => until(chosen.id), isDisabled: !may || chosen.is_disabled === true });
    if (from?.can(chosen.id)) items.push({ label: `Run from “${title}”`, hint: "The run that is shown goes on from it, in a new run.", act: () => from.act(chosen.id) });
  } else {
    items.push({ label: "Run one node", hint: "Choose a node on the canvas first.", act: () => undefined, isDisabled: true });
  }
  if (chosen && title && !isNote && !isReadOnly) items.push({ label: `Pin outputs of “${title}”`, hint: "What it is to give instead of running.", act: () => setPinning(chosen.id) });
  items.push("separator", { label: "Show an earlier run", act: openRecent });
  return items;
}
