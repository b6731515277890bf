/** What a run is, how it stands, what started it, and what one can do with it. */
import { Ban, Bug, ExternalLink, Gauge, MoreHorizontal, Pause, Play, RotateCcw, Share2, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { ago, between, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { versionWord } from "@/run/source";
import { useMay } from "@/shell/viewer";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu, type MenuItem } from "@/ui/Menu";
import { StateBadge } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import { LimitDialog } from "./LimitDialog";
import type { RunHeadFragment } from "./run.generated";
import type { From } from "./RunScreen";
import { RunsCancelDocument, RunsDeleteDocument, RunsPauseDocument, RunsResumeDocument } from "./runs.generated";
import { ShareDialog } from "./ShareDialog";
import { Started } from "./Started";
import { adviceFor, money } from "./words";

type Props = { run: RunHeadFragment; isOver: boolean; now: number; continueFrom: (from: From) => void; refresh: () => void; titleOf: (nodeId: string) => string; showNode: (nodeId: string) => void };
type Open = "cancel" | "delete" | "share" | "limits" | null;

export function RunHeader(props: Props) {
  const { run, isOver, now } = props;
  return (
    <header className="shrink-0 border-b border-line bg-surface px-4 py-3 sm:px-6">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <div className="flex flex-wrap items-center gap-2">
            <h1 className="min-w-0 text-lg font-semibold break-words">{run.agentName}</h1>
            <StateBadge state={run.status} />
          </div>
          <p className="mt-0.5 text-sm text-muted">
            {run.graph ? <Link className="text-accent underline" to={`/library/${run.graphId}`}>{versionWord(run.graphVersion)}</Link> : <>{versionWord(run.graphVersion)} of an agent that was deleted</>}
            {". "}
            <Started run={run} />
            <span title={moment(run.createdAt)}>{ago(run.createdAt, now)}</span>
            {run.startedAt && <>. {isOver ? "It took" : "It has run for"} {between(run.startedAt, run.endedAt, now)}</>}
            {run.llmUsage.calls > 0 && <>. Models cost {money(run.llmUsage.costMicroUsd)}{run.llmUsage.unpricedCalls > 0 ? " or more" : ""}</>}.
          </p>
        </div>
        <Actions {...props} />
      </div>
      {run.error && run.status !== "COMPLETED" && <Broken {...props} error={run.error} />}
    </header>
  );
}

/** Why it failed, and what to do about it. */
function Broken({ run, error, continueFrom, titleOf, showNode }: Props & { error: NonNullable<RunHeadFragment["error"]> }) {
  const may = useMay();
  const first = (run.stats as { first_error?: { node_id?: string; message?: string; code?: string } | null } | null)?.first_error;
  const nodeId = error.nodeId ?? first?.node_id ?? null;
  const isCancelled = run.status === "TERMINATED";
  return (
    <div role={isCancelled ? "note" : "alert"} className={`mt-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border px-3 py-2 text-sm ${isCancelled ? "border-line bg-sunken" : "border-danger bg-danger-soft"}`}>
      <p className="min-w-0 flex-1 basis-72 break-words">
        <strong className={isCancelled ? "font-medium" : "font-medium text-danger"}>{isCancelled ? "It was cancelled. " : nodeId ? `${titleOf(nodeId)} failed. ` : ""}</strong>
        {first?.message && !isCancelled ? first.message : error.message} {!isCancelled && <span>{adviceFor(first?.code ?? error.code)}</span>}
      </p>
      <span className="flex flex-wrap gap-2">
        {nodeId && !isCancelled && <Button isSmall onClick={() => showNode(nodeId)}>Show where</Button>}
        {may("runs:execute") && <Button isSmall look="primary" onClick={() => continueFrom({ mode: "FAILED", nodeIds: [] })}>{isCancelled ? "Go on from there" : "Continue from the failure"}</Button>}
      </span>
    </div>
  );
}

function Actions({ run, isOver, continueFrom, refresh }: Props) {
  const may = useMay();
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>(null);
  const [cancel] = useChange(RunsCancelDocument);
  const [remove] = useChange(RunsDeleteDocument);
  const [pause, pausing] = useChange(RunsPauseDocument);
  const [resume, resuming] = useChange(RunsResumeDocument);
  const isPaused = run.halts.some((halt) => halt.kind === "OPERATOR" && halt.key !== "parent");
  const told = (title: string) => {
    notify({ kind: "ok", title });
    refresh();
  };
  const quietly = (work: Promise<unknown>) => void work.catch(() => undefined);
  const doPause = (mode: "SOFT" | "HARD") => quietly(pause({ input: { id: run.id, mode } }).then(() => told(mode === "SOFT" ? "It pauses as soon as what runs now has ended." : "It pauses now.")));
  const doResume = () => quietly(resume({ input: { id: run.id } }).then(() => told("It goes on.")));
  const items: MenuItem[] = [
    { label: "Run again from the start", icon: <RotateCcw className="size-4" />, act: () => continueFrom({ mode: "START", nodeIds: [] }), isDisabled: !may("runs:execute") },
    ...(run.graph ? [{ label: "Debug in the editor", icon: <Bug className="size-4" />, hint: "Opens what ran with this run's data.", act: () => void navigate(`/build/${run.graphId}?run=${run.id}&version=${run.graphVersion}`) }] : []),
    { label: "Share with a link", icon: <Share2 className="size-4" />, act: () => setOpen("share"), isDisabled: !may("runs:manage") },
    ...(!isOver ? [{ label: "Raise its limits", icon: <Gauge className="size-4" />, act: () => setOpen("limits"), isDisabled: !may("runs:manage") }] : []),
    ...(!isOver && !isPaused ? [{ label: "Pause now", icon: <Pause className="size-4" />, hint: "Also stops what can be run again at no cost.", act: () => doPause("HARD"), isDisabled: !may("runs:execute") }] : []),
    ...(run.temporalUrl ? [{ label: "Open in Temporal’s UI", icon: <ExternalLink className="size-4" />, act: () => void window.open(run.temporalUrl ?? "", "_blank", "noopener,noreferrer") }] : []),
    "separator" as const,
    { label: "Delete", icon: <Trash2 className="size-4" />, isDangerous: true, act: () => setOpen("delete"), isDisabled: !isOver || !may("runs:manage"), hint: isOver ? undefined : "Cancel it first." },
  ];
  return (
    <div className="flex flex-wrap items-center gap-2">
      {!isOver && isPaused && may("runs:execute") && <Button icon={<Play className="size-4" aria-hidden />} isBusy={resuming.isBusy} onClick={doResume}>Resume</Button>}
      {!isOver && !isPaused && may("runs:execute") && <Button icon={<Pause className="size-4" aria-hidden />} isBusy={pausing.isBusy} onClick={() => doPause("SOFT")}>Pause</Button>}
      {!isOver && may("runs:execute") && <Button look="danger" icon={<Ban className="size-4" aria-hidden />} disabled={!!run.cancelRequestedAt} title={run.cancelRequestedAt ? "It was asked to end already." : undefined} onClick={() => setOpen("cancel")}>Cancel</Button>}
      {isOver && may("runs:execute") && <Button look={run.status === "FAILED" ? "plain" : "primary"} icon={<RotateCcw className="size-4" aria-hidden />} onClick={() => continueFrom({ mode: run.status === "COMPLETED" ? "START" : "FAILED", nodeIds: [] })}>Continue</Button>}
      {run.graph && <LinkButton to={`/build/${run.graphId}`}>Open the agent</LinkButton>}
      <Menu items={items}>
        <IconButton look="plain" label="More actions" icon={<MoreHorizontal className="size-4" aria-hidden />} />
      </Menu>
      <Confirm isOpen={open === "cancel"} onClose={() => setOpen(null)} title="Cancel this run?" text="It ends where it stands, with the runs that it started. What it gave stays, and it can be continued later." action="Cancel the run" act={() => cancel({ input: { id: run.id } }).then(() => told("It ends a moment from now."))} />
      <Confirm
        isOpen={open === "delete"}
        onClose={() => setOpen(null)}
        title="Delete this run?"
        text="What it gave, its log and its files are gone for good, with those of the runs that it started."
        action="Delete"
        act={() => remove({ id: run.id }).then(() => {
          notify({ kind: "ok", title: "The run is deleted." });
          void navigate("/runs");
        })}
      />
      {open === "share" && <ShareDialog runId={run.id} onClose={() => setOpen(null)} />}
      {open === "limits" && <LimitDialog run={run} onClose={() => setOpen(null)} refresh={refresh} />}
    </div>
  );
}
