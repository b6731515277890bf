/** What is to be other than it was: inputs of the run, what comes to a node, and what a node gave. */
import { X } from "lucide-react";
import { useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { Button, IconButton } from "@/ui/Button";
import { SelectField } from "@/ui/fields";
import { Failed, Loading } from "@/ui/states";
import type { ShownValue } from "@/values/kinds";
import { ContinueRecordedDocument, type ContinueRecordedQuery } from "./continue.generated";
import { editCount, NO_EDITS, type NodeEdits, type Plan } from "./continue";
import { type Draft, draftOf, JsonEditor } from "./JsonEditor";
import { RunInputsDocument, type RunHeadFragment, type RunNodePartsFragment } from "./run.generated";
import { OutputEditor } from "./OutputEditor";
import { count } from "./words";

type Side = "inputs" | "outputs";
type Shown = { nodeId: string; side: Side };
type Props = { run: RunHeadFragment; nodes: RunNodePartsFragment[]; titles: ReadonlyMap<string, string>; plan: Plan; setPlan: (plan: Plan) => void; first: Shown | null };

export const without = (drafts: Record<string, Draft>, name: string, draft: Draft | null): Record<string, Draft> => {
  const { [name]: _, ...rest } = drafts;
  return draft === null ? rest : { ...rest, [name]: draft };
};

export function ContinueEdits({ run, nodes, titles, plan, setPlan, first }: Props) {
  const [isInputs, setInputs] = useState(plan.mode === "START");
  const [shown, setShown] = useState<Shown[]>(first ? [first] : []);
  const [side, setSide] = useState<Side>("inputs");
  const isShown = (one: Shown) => shown.some((other) => other.nodeId === one.nodeId && other.side === one.side);
  const change = (nodeId: string, edits: NodeEdits) => {
    const { [nodeId]: _, ...rest } = plan.nodes;
    const isEmpty = Object.keys(edits.inputs).length + Object.keys(edits.outputs).length === 0;
    setPlan({ ...plan, nodes: isEmpty ? rest : { ...rest, [nodeId]: edits } });
  };
  const drop = (one: Shown) => {
    setShown(shown.filter((other) => other !== one));
    const edits = plan.nodes[one.nodeId];
    if (edits) change(one.nodeId, { ...edits, [one.side]: {} });
  };
  const edits = editCount(plan);
  const choices = nodes.filter((node) => !isShown({ nodeId: node.nodeId, side }));
  return (
    <section aria-label="Changes" className="flex flex-col gap-3">
      <h3 className="text-sm font-medium">Changes {edits > 0 && <span className="font-normal text-muted">{count(edits, "value")} changed</span>}</h3>
      {isInputs ? <RunInputs runId={run.id} plan={plan} setPlan={setPlan} /> : <div><Button isSmall onClick={() => setInputs(true)}>Change the run’s inputs</Button></div>}
      {shown.map((one) => (
        <NodeEditor key={`${one.nodeId} ${one.side}`} runId={run.id} title={titles.get(one.nodeId) ?? one.nodeId} shown={one} edits={plan.nodes[one.nodeId] ?? NO_EDITS} onChange={(next) => change(one.nodeId, next)} drop={() => drop(one)} />
      ))}
      <div className="flex flex-wrap items-end gap-2">
        <div className="w-52"><SelectField label="Change" options={[{ value: "inputs", label: "what comes to" }, { value: "outputs", label: "what was given by" }]} value={side} onChange={(value) => setSide(value as Side)} /></div>
        <div className="min-w-48 flex-1"><SelectField label="Node" options={[{ value: "", label: "Choose a node" }, ...choices.map((node) => ({ value: node.nodeId, label: titles.get(node.nodeId) ?? node.nodeId }))]} value="" onChange={(nodeId) => nodeId && setShown([...shown, { nodeId, side }])} /></div>
      </div>
    </section>
  );
}

function RunInputs({ runId, plan, setPlan }: { runId: string; plan: Plan; setPlan: (plan: Plan) => void }) {
  const [{ data, error }] = useQuery({ query: RunInputsDocument, variables: { id: runId } });
  if (error && !data) return <Failed errors={told(error)} />;
  if (!data) return <Loading />;
  return (
    <Frame title="The run’s inputs">
      {data.run.inputs.length === 0 && <p className="text-sm text-muted">It was started without inputs.</p>}
      {data.run.inputs.map((input) => <JsonEditor key={input.name} label={input.name} value={input.value} draft={plan.inputs[input.name] ?? null} onChange={(draft) => setPlan({ ...plan, inputs: without(plan.inputs, input.name, draft) })} />)}
    </Frame>
  );
}

function Frame({ title, drop, children }: { title: string; drop?: () => void; children: React.ReactNode }) {
  return (
    <div role="group" aria-label={title} className="rounded-lg border border-line p-3">
      <div className="mb-2 flex items-center gap-2">
        <h4 className="min-w-0 flex-1 truncate text-sm font-medium" title={title}>{title}</h4>
        {drop && <IconButton isSmall label="Take this change away" icon={<X className="size-3.5" aria-hidden />} onClick={drop} />}
      </div>
      <div className="flex flex-col gap-3">{children}</div>
    </div>
  );
}

type Recorded = ContinueRecordedQuery["run"]["nodeExecutions"]["nodes"][number];
type EditorProps = { runId: string; title: string; shown: Shown; edits: NodeEdits; onChange: (edits: NodeEdits) => void; drop: () => void };

function NodeEditor({ runId, title, shown, edits, onChange, drop }: EditorProps) {
  const [{ data, error }] = useQuery({ query: ContinueRecordedDocument, variables: { id: runId, nodeId: shown.nodeId } });
  const rows = data?.run.nodeExecutions.nodes ?? [];
  const heading = shown.side === "inputs" ? `What comes to ${title}` : `What ${title} gave`;
  if (error && !data) return <Failed errors={told(error)} />;
  return (
    <Frame title={heading} drop={drop}>
      {!data ? <Loading /> : shown.side === "inputs" ? <Inputs rows={rows} edits={edits} onChange={onChange} /> : <Outputs rows={rows} edits={edits} onChange={onChange} />}
    </Frame>
  );
}

/** A changed input is given to every execution of the node, in place of what would come. */
function Inputs({ rows, edits, onChange }: { rows: Recorded[]; edits: NodeEdits; onChange: (edits: NodeEdits) => void }) {
  const row = rows.find((one) => one.status === "FAILED") ?? rows.at(-1);
  if (!row || row.inputs.length === 0) return <p className="text-sm text-muted">Nothing came to it that could be changed.</p>;
  return (
    <>
      {rows.length > 1 && <p className="text-xs text-muted">It ran more than once: what you change is given to each.</p>}
      {row.inputs.map((one) => <JsonEditor key={one.pin} label={one.pin} value={one.value} draft={edits.inputs[one.pin] ?? null} onChange={(draft) => onChange({ ...edits, inputs: without(edits.inputs, one.pin, draft) })} />)}
    </>
  );
}

function Outputs({ rows, edits, onChange }: { rows: Recorded[]; edits: NodeEdits; onChange: (edits: NodeEdits) => void }) {
  const [pin, setPin] = useState("");
  const row = rows.find((one) => one.ordinal === edits.ordinal) ?? rows[0];
  if (!row) return <p className="text-sm text-muted">It did not run.</p>;
  const byPin = new Map<string, ShownValue[]>();
  for (const one of row.outputs) byPin.set(one.pin, [...(byPin.get(one.pin) ?? []), one.value]);
  const own = Object.keys(edits.outputs).filter((name) => !byPin.has(name));
  const set = (name: string, draft: Draft | null) => onChange({ ...edits, outputs: without(edits.outputs, name, draft) });
  return (
    <>
      {rows.length > 1 && (
        <SelectField label="Which execution" options={[{ value: "", label: "All of them" }, ...rows.map((one) => ({ value: String(one.ordinal), label: `The ${one.ordinal}. one` }))]} value={edits.ordinal === null ? "" : String(edits.ordinal)} onChange={(value) => onChange({ ...edits, ordinal: value ? Number(value) : null })} />
      )}
      {[...byPin].map(([name, values]) => <OutputEditor key={`${row.id} ${name}`} pin={name} values={values} draft={edits.outputs[name] ?? null} onChange={(draft) => set(name, draft)} />)}
      {own.map((name) => <JsonEditor key={name} label={`${name}, a list of values`} draft={edits.outputs[name] ?? null} onChange={(draft) => set(name, draft)} />)}
      <div className="flex items-end gap-2">
        <label className="flex flex-1 flex-col gap-1 text-xs text-muted">Another pin<input className="h-8 rounded-md border border-line-strong bg-surface px-2 text-sm text-text" value={pin} onChange={(event) => setPin(event.target.value)} /></label>
        <Button isSmall disabled={!pin.trim() || byPin.has(pin.trim()) || own.includes(pin.trim())} onClick={() => { set(pin.trim(), draftOf([])); setPin(""); }}>Add</Button>
      </div>
    </>
  );
}
