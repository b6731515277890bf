/** Goes on from what a run recorded: from where, with what changed, in which version. It says what runs again before it starts. */
import { useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import { versionWord } from "@/run/source";
import type { GraphDocument } from "@/graph/document";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Checkbox, SelectField } from "@/ui/fields";
import { notify } from "@/ui/toasts";
import { newId } from "@/graph/ids";
import { ContinueEdits } from "./ContinueEdits";
import { ContinuePreviewPanel } from "./ContinuePreviewPanel";
import { inputOf, lackOf, type Mode, type Plan, planFrom } from "./continue";
import { ContinueDataDocument, ContinuePreviewDocument, ContinueStartDocument } from "./continue.generated";
import type { From } from "./RunScreen";
import type { RunHeadFragment, RunNodePartsFragment } from "./run.generated";
import { useSettled } from "./useSettled";

type Props = { run: RunHeadFragment; document: GraphDocument | null; nodes: RunNodePartsFragment[]; from: From; onClose: () => void; /** Absent: the new run's page is shown. */ onStarted?: (runId: string) => void };

const SETTLE_MS = 350;
const MODES: { value: Mode; label: string; help: string }[] = [
  { value: "FAILED", label: "From where it did not end well", help: "All that ended well is taken over." },
  { value: "NODES", label: "From nodes that I choose", help: "They and all behind them run again; the rest is taken over." },
  { value: "START", label: "From the start", help: "Nothing is taken over." },
];

export default function ContinueDialog({ run, document, nodes, from, onClose, onStarted }: Props) {
  const navigate = useNavigate();
  const [plan, setPlan] = useState<Plan>(() => planFrom(from.mode, from.nodeIds));
  const [{ data }] = useQuery({ query: ContinueDataDocument, variables: { graphId: run.graphId }, pause: !run.graph });
  const key = JSON.stringify(inputOf(run.id, plan));
  const settled = useSettled(key, SETTLE_MS);
  const input = useMemo(() => JSON.parse(settled) as ReturnType<typeof inputOf>, [settled]);
  const [preview] = useQuery({ query: ContinuePreviewDocument, variables: { input: input ?? { runId: run.id } }, pause: input === null, requestPolicy: "network-only" });
  const [start, { isBusy, problems }] = useChange(ContinueStartDocument, { isQuiet: true });
  const [idempotencyKey, setKey] = useState(() => newId());
  // Another plan is another wish; the same one, sent again after an answer that was lost, is the same run.
  useEffect(() => setKey(newId()), [key]);
  const lack = lackOf(plan);
  const isSettled = settled === key && !preview.fetching;
  const titles = new Map([...(document?.nodes ?? []).map((node) => [node.id, node.metadata?.customized_name || node.id] as const), ...nodes.map((node) => [node.nodeId, node.title ?? node.nodeId] as const)]);
  const go = async () => {
    const wanted = inputOf(run.id, plan);
    if (!wanted) return;
    try {
      const payload = await start({ input: { ...wanted, idempotencyKey } });
      notify({ kind: "ok", title: "It goes on in a new run." });
      onClose();
      if (payload.run && onStarted) onStarted(payload.run.id);
      else if (payload.run) void navigate(`/runs/${payload.run.id}`);
    } catch {
      // What was refused stands below.
    }
  };
  const versions = data?.graph?.versions.nodes ?? [];
  const refused = [...problems, ...(preview.error && isSettled ? told(preview.error) : [])];
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="large"
      title="Continue this run"
      description="A new run goes on from what this one recorded. This one stays as it is."
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" isBusy={isBusy} disabled={lack !== null || !isSettled || !!preview.error} onClick={() => void go()}>{plan.mode === "START" ? "Run it again" : "Continue"}</Button>
        </>
      }
    >
      <div className="grid gap-5 lg:grid-cols-[1fr_20rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <Where plan={plan} setPlan={setPlan} nodes={nodes} titles={titles} />
          {versions.length > 0 && (
            <SelectField
              label="Version"
              help="Of a changed node, and of all behind it, nothing is taken over."
              options={[{ value: "", label: `As it ran, ${versionWord(run.graphVersion).toLowerCase()}` }, ...versions.filter((one) => one.number !== run.graphVersion).map((one) => ({ value: String(one.number), label: `Version ${one.number}${one.name ? `, ${one.name}` : ""}${one.number === data?.graph?.activeVersion?.number ? ", the one that runs now" : ""}` }))]}
              value={plan.version === null ? "" : String(plan.version)}
              onChange={(value) => setPlan({ ...plan, version: value ? Number(value) : null })}
            />
          )}
          <ContinueEdits run={run} nodes={nodes} titles={titles} plan={plan} setPlan={setPlan} first={from.edit ?? null} />
        </div>
        <div className="min-w-0">
          {lack && <p role="status" className="mb-2 text-sm text-warn">{lack}</p>}
          {refused.map((one) => <p key={one.message} role="alert" className="mb-2 rounded-lg border border-danger bg-danger-soft p-2 text-sm break-words">{one.message} {one.remedy}</p>)}
          {!lack && <ContinuePreviewPanel run={run} preview={preview.data?.continuationPreview ?? null} isSettled={isSettled} />}
        </div>
      </div>
    </Dialog>
  );
}

function Where({ plan, setPlan, nodes, titles }: { plan: Plan; setPlan: (plan: Plan) => void; nodes: RunNodePartsFragment[]; titles: ReadonlyMap<string, string> }) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">From where</legend>
      <div className="flex flex-col gap-2">
        {MODES.map((one) => (
          <label key={one.value} className="flex items-start gap-2 text-sm">
            <input type="radio" name="continue-mode" className="mt-0.5 accent-accent" checked={plan.mode === one.value} onChange={() => setPlan({ ...plan, mode: one.value })} />
            <span><span className="font-medium">{one.label}</span> <span className="text-muted">{one.help}</span></span>
          </label>
        ))}
      </div>
      {plan.mode === "NODES" && (
        <ul aria-label="Nodes to run again" className="mt-2 ml-6 flex max-h-40 flex-col gap-1 overflow-y-auto">
          {nodes.map((node) => (
            <li key={node.nodeId}>
              <Checkbox label={titles.get(node.nodeId) ?? node.nodeId} isOn={plan.nodeIds.includes(node.nodeId)} onChange={(isOn) => setPlan({ ...plan, nodeIds: isOn ? [...plan.nodeIds, node.nodeId] : plan.nodeIds.filter((id) => id !== node.nodeId) })} />
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
