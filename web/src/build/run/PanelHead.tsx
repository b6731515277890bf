/** How the run stands, in a line, and what can be done with it as a whole. */
import { Ban, Bug, ChevronDown, ChevronUp, ExternalLink, Maximize2, Minimize2, MoreHorizontal, Pause, Play, X } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { between } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useNow } from "@/data/useNow";
import { isDraft } from "@/run/source";
import type { RunHeadFragment } from "@/runs/run.generated";
import { RunsCancelDocument, RunsPauseDocument, RunsResumeDocument } from "@/runs/runs.generated";
import type { RunView } from "@/runs/useRun";
import { useMay } from "@/shell/viewer";
import { Button, IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu, type MenuItem } from "@/ui/Menu";
import { Badge, StateBadge } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import { HEIGHT } from "./panelSize";

type Props = { run: RunHeadFragment; view: RunView; version: number | null; isOpen: boolean; setOpen: (isOpen: boolean) => void; height: number; setHeight: (height: number) => void; close: () => void; debug: () => void };

export function PanelHead({ run, view, version, isOpen, setOpen, height, setHeight, close, debug }: Props) {
  const now = useNow(1_000, !view.isOver);
  const status = view.live.status ?? run.status;
  const navigate = useNavigate();
  const room = (wanted: number) => {
    setHeight(wanted);
    setOpen(true);
  };
  const items: MenuItem[] = [
    { label: "Open the run’s page", icon: <ExternalLink className="size-4" aria-hidden />, act: () => void navigate(`/runs/${run.id}`) },
    ...(version === null && run.graph ? [{ label: `Show ${isDraft(run.graphVersion) ? "the draft" : `version ${run.graphVersion}`} as it ran`, icon: <Bug className="size-4" aria-hidden />, act: debug, hint: "Read-only, in place of your draft, which is kept." }] : []),
    height >= HEIGHT.high
      ? { label: "Less room for the run", icon: <Minimize2 className="size-4" aria-hidden />, act: () => room(HEIGHT.low) }
      : { label: "More room for the run", icon: <Maximize2 className="size-4" aria-hidden />, act: () => room(HEIGHT.high) },
  ];
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-3 py-1.5">
      <h2 className="sr-only">Run</h2>
      <span role="status" aria-label="State of the run"><StateBadge state={status} /></span>
      <p className="min-w-0 flex-1 basis-36 truncate text-sm text-muted">
        {isDraft(run.graphVersion) ? <Badge tone="warn">Draft</Badge> : `Version ${run.graphVersion}`}
        {run.startedAt && `, ${between(run.startedAt, run.endedAt, now)}`}
        {progressOf(view)}
        {run.cancelRequestedAt && !view.isOver && ". It is being cancelled"}
      </p>
      {!view.isOver && <Whole run={run} refresh={view.refresh} />}
      <Menu items={items}>
        <IconButton isSmall label="More about this run" icon={<MoreHorizontal className="size-4" aria-hidden />} />
      </Menu>
      <IconButton isSmall label={isOpen ? "Fold the run’s panel" : "Open the run’s panel"} icon={isOpen ? <ChevronDown className="size-4" aria-hidden /> : <ChevronUp className="size-4" aria-hidden />} onClick={() => setOpen(!isOpen)} />
      <IconButton isSmall label="Stop showing this run" icon={<X className="size-4" aria-hidden />} onClick={close} />
    </header>
  );
}

function Whole({ run, refresh }: { run: RunHeadFragment; refresh: () => void }) {
  const may = useMay();
  const [isAsking, setAsking] = useState(false);
  const [cancel] = useChange(RunsCancelDocument);
  const [pause, pausing] = useChange(RunsPauseDocument);
  const [resume, resuming] = useChange(RunsResumeDocument);
  const isPaused = run.halts.some((halt) => halt.kind === "OPERATOR" && halt.key !== "parent");
  const told = (title: string) => {
    notify({ kind: "ok", title });
    refresh();
  };
  const mayRun = may("runs:execute");
  const doPause = () => void pause({ input: { id: run.id, mode: "SOFT" } }).then(() => told("It pauses as soon as what runs now has ended."), () => undefined);
  const doResume = () => void resume({ input: { id: run.id } }).then(() => told("It goes on."), () => undefined);
  return (
    <>
      {isPaused ? (
        <Button isSmall isBusy={resuming.isBusy} disabled={!mayRun} icon={<Play className="size-3.5" aria-hidden />} onClick={doResume}>Resume</Button>
      ) : (
        <Button isSmall isBusy={pausing.isBusy} disabled={!mayRun} icon={<Pause className="size-3.5" aria-hidden />} onClick={doPause}>Pause</Button>
      )}
      <Button isSmall look="danger" disabled={!mayRun || !!run.cancelRequestedAt} icon={<Ban className="size-3.5" aria-hidden />} onClick={() => setAsking(true)}>Cancel</Button>
      <Confirm isOpen={isAsking} onClose={() => setAsking(false)} title="Cancel this run?" text="It ends where it stands, with the runs that it started. What it gave stays, and it can be continued later." action="Cancel the run" act={() => cancel({ input: { id: run.id } }).then(() => told("It ends a moment from now."))} />
    </>
  );
}

/** How many of the nodes that have begun are done. */
function progressOf({ live }: RunView): string {
  const nodes = [...live.nodes.values()];
  const total = nodes.reduce((sum, node) => sum + node.executionCount, 0);
  if (total === 0) return "";
  const failed = nodes.reduce((sum, node) => sum + (node.counts.FAILED ?? 0), 0);
  const open = nodes.reduce((sum, node) => sum + (node.counts.RUNNING ?? 0) + (node.counts.QUEUED ?? 0) + (node.counts.REVIEW ?? 0) + (node.counts.PAUSED ?? 0), 0);
  const words = [`${(total - open).toLocaleString()} of ${total.toLocaleString()} done`, failed > 0 ? `${failed.toLocaleString()} failed` : ""];
  return `, ${words.filter(Boolean).join(", ")}`;
}
