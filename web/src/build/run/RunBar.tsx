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
import { useMay } from "@/shell/viewer";
import { Button, IconButton } from "@/ui/Button";
import { Menu, type MenuItem } from "@/ui/Menu";
import { isSameGraph } from "../publish/compare";
import { usePublished } from "../publish/published";
import { chosenNode, useEditor } from "../store";
import { PinDialog } from "./PinDialog";
import { PublishFirst } from "./PublishFirst";
import { RecentRuns } from "./RecentRuns";
import { RunNodeDialog } from "./RunNodeDialog";
import { useShownRun } from "./shown";
import { useMarks } from "./useMarks";
import { useRunKeys } from "./useRunKeys";
import { ValuePeek } from "./ValuePeek";

/** What somebody wants to run, until it runs. */
export type Wanted = { until: { nodeId: string; title: string } | null; usePinnedOutputs: boolean; inputs?: JsonObject | null; presetId?: string | null };
const ALL: Wanted = { until: null, usePinnedOutputs: false };

export function RunBar() {
  const agentId = useEditor((state) => state.agentId);
  const name = useEditor((state) => state.document.name);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const may = useMay()("runs:execute");
  const { runId, version: shown, show } = useShownRun();
  const live = useLiveRun(runId);
  useMarks(live, runId !== null);
  const { active, isUnpublished, isKnown } = useRunnable(agentId);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [asking, setAsking] = useState<Wanted | null>(null);
  const [alone, setAlone] = useState<string | null>(null);
  const [pinning, setPinning] = useState<string | null>(null);
  const [isRecentOpen, setRecentOpen] = useState(false);
  const [version, setVersion] = useState<number | null>(null);

  const run = (what: Wanted) => {
    // An older version that is looked at is what runs.
    if (shown === null && isUnpublished && !isReadOnly) return setAsking(what);
    setVersion(shown ?? active);
    setWanted(what);
  };
  const runVersion = (what: Wanted, number: number | null) => {
    setAsking(null);
    setVersion(number);
    setWanted(what);
  };
  useAskedByLink((asked) => runVersion({ ...ALL, inputs: asked.inputs, presetId: asked.presetId }, active), isKnown);
  useRunKeys(() => may && isKnown && run(ALL));
  const items = useItems({ run, runVersion, setAlone, setPinning, openRecent: () => setRecentOpen(true), active, isUnpublished, isKnown });

  if (!agentId) return null;
  return (
    <div className="flex items-center" role="group" aria-label="Run">
      <Button look="primary" className="rounded-r-none" disabled={!may || !isKnown} title={!may ? "Your role may not start runs." : isKnown ? "Ctrl+Enter" : "Reading which version runs."} icon={<Play className="size-4" aria-hidden />} onClick={() => run(ALL)}>
        Run
      </Button>
      <Menu items={items}>
        <IconButton look="primary" className="rounded-l-none border-l-on-accent/40" label="More ways to run" icon={<ChevronDown className="size-4" aria-hidden />} />
      </Menu>
      <RunDialog
        agent={{ id: agentId, name }}
        version={version}
        isOpen={wanted !== null}
        onClose={() => setWanted(null)}
        until={wanted?.until}
        usePinnedOutputs={wanted?.usePinnedOutputs}
        initialInputs={wanted?.inputs}
        initialPresetId={wanted?.presetId}
        onStarted={(id) => show(id)}
      />
      {asking && <PublishFirst agentId={agentId} active={active} onClose={() => setAsking(null)} onVersion={(number) => runVersion(asking, number)} />}
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
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const isKnown = agentId !== null && published.agentId === agentId;
  const active = isKnown ? published.active : null;
  const isSame = useMemo(() => active !== null && isSameGraph(active.document, document, blocks), [active, document, blocks]);
  return { active: active?.number ?? null, isUnpublished: isKnown && (active === null || (!isReadOnly && !isSame)), isKnown };
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

type Items = { run: (what: Wanted) => void; runVersion: (what: Wanted, number: number) => void; setAlone: (nodeId: string) => void; setPinning: (nodeId: string) => void; openRecent: () => void; active: number | null; isUnpublished: boolean; isKnown: boolean };

function useItems({ run, runVersion, setAlone, setPinning, openRecent, active, isUnpublished, isKnown }: Items): MenuItem[] {
  const { blocks } = useCatalogue();
  const chosen = useEditor((state) => state.document.nodes.find((one) => one.id === chosenNode(state)) ?? null);
  const pinnedCount = useEditor((state) => state.document.nodes.filter((node) => node.pinned_output).length);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const may = useMay()("runs:execute") && isKnown;
  const title = chosen ? titleOf(chosen, blocks.get(chosen.block_id)) : null;
  const isNote = chosen !== null && blocks.get(chosen.block_id)?.kind === "NOTE";
  const items: MenuItem[] = [{ label: "Run the agent", shortcut: "Ctrl+Enter", act: () => run(ALL), isDisabled: !may }];
  if (isUnpublished && active !== null) items.push({ label: `Run version ${active}`, hint: "As it was published, without your changes.", act: () => runVersion(ALL, active), isDisabled: !may });
  items.push({
    label: "Run with pinned outputs",
    hint: pinnedCount === 0 ? "No node has outputs pinned." : pinnedCount === 1 ? "One node gives its pinned outputs." : `${pinnedCount} nodes give their pinned outputs.`,
    act: () => run({ ...ALL, usePinnedOutputs: true }),
    isDisabled: !may || pinnedCount === 0,
  });
  items.push("separator");
  if (chosen && title && !isNote) {
    items.push({ label: `Run only “${title}”`, hint: "As the draft has it, with inputs that you give.", act: () => setAlone(chosen.id), isDisabled: !may });
    items.push({ label: `Run until “${title}”`, hint: "It, and what leads to it.", act: () => run({ ...ALL, until: { nodeId: chosen.id, title } }), isDisabled: !may || chosen.is_disabled === true });
  } else {
    items.push({ label: "Run one node", hint: "Choose a node on the canvas first.", act: () => undefined, isDisabled: true });
  }
  if (chosen && title && !isNote && !isReadOnly) items.push({ label: `Pin outputs of “${title}”`, hint: "What it is to give instead of running.", act: () => setPinning(chosen.id) });
  items.push("separator", { label: "Show an earlier run", act: openRecent });
  return items;
}
