/** The agent's own settings: shown while nothing is chosen on the canvas. */
import { useEffect, useRef } from "react";
import type { GraphDocument, JsonObject } from "@/graph/document";
import { SelectField, TextArea, TextField, Toggle } from "@/ui/fields";
import { useEditor } from "../store";
import { BoundedNumber } from "./BoundedNumber";

const ON_NODE_ERROR = [
  { value: "continue", label: "Go on, and end well" },
  { value: "fail", label: "Go on, and end as failed" },
  { value: "stop", label: "End at once, as failed" },
  { value: "hold", label: "Wait until a person decides" },
];
/** Of `schema/limits.py`. */
const NAME_MAX = 200;
const DESCRIPTION_MAX = 20_000;
const EXECUTIONS_MAX = 1_000_000;

export function AgentInspector() {
  const document = useEditor((state) => state.document);
  const problems = useEditor((state) => state.problems);
  const { change, isReadOnly } = useEditor.getState();
  const set = (field: string, value: unknown) => change("Change the agent’s settings", (now) => withField(now, field, value), { merge: `agent:${field}` });
  const settings = (document.settings ?? {}) as JsonObject;
  const setSetting = (field: string, value: boolean | null) => set("settings", { ...settings, [field]: value });
  const general = problems.filter((one) => !one.nodeId && !one.linkId);
  // A name that was emptied is given back: an agent without one cannot be saved.
  const kept = useRef(document.name);
  useEffect(() => {
    if (document.name.trim()) kept.current = document.name;
  }, [document.name]);
  return (
    <div className="flex flex-col gap-4 p-4" data-fields>
      <h2 className="pr-8 text-base font-semibold">Agent</h2>
      {document.nodes.length === 0 && <p className="text-sm text-muted">There is no node yet. Begin with a block on the canvas.</p>}
      {document.nodes.length > 0 && general.map((one) => (
        <p key={one.code} className={`rounded-md px-3 py-2 text-sm ${one.severity === "ERROR" ? "bg-danger-soft text-danger" : "bg-warn-soft text-warn"}`}>{one.message} {one.remedy}</p>
      ))}
      <TextField label="Name" isRequired maxLength={NAME_MAX} disabled={isReadOnly} value={document.name} error={document.name.trim() ? null : "Give it a name."} onChange={(event) => set("name", event.target.value)} onBlur={() => document.name.trim() || set("name", kept.current)} />
      <TextArea label="Description" help="What it does, for those who find it." rows={4} maxLength={DESCRIPTION_MAX} disabled={isReadOnly} value={document.description ?? ""} onChange={(event) => set("description", event.target.value)} />
      <SelectField label="When a node fails" help="Where nothing is linked to its error pin. A node may say otherwise." disabled={isReadOnly} options={ON_NODE_ERROR} value={document.on_node_error ?? "continue"} onChange={(next) => set("on_node_error", next)} />
      <BoundedNumber label="Most node executions in a run" help="A run that would need more waits until somebody raises it. Empty: the organisation’s limit." preset="No limit of its own" isInteger minimum={1} maximum={EXECUTIONS_MAX} isDisabled={isReadOnly} value={document.max_node_executions as number | null | undefined} onChange={(next) => set("max_node_executions", next)} />
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-1 text-sm font-semibold">When people are asked</legend>
        <Toggle label="Ask where the agent says so" help="Off: nodes that ask a person take what they would show for approved." isDisabled={isReadOnly} isOn={settings.human_in_the_loop_safe_mode !== false} onChange={(isOn) => setSetting("human_in_the_loop_safe_mode", isOn ? null : false)} />
        <Toggle label="Ask before sensitive actions" help="Such as sending or deleting something elsewhere." isDisabled={isReadOnly} isOn={settings.sensitive_action_safe_mode === true} onChange={(isOn) => setSetting("sensitive_action_safe_mode", isOn ? true : null)} />
      </fieldset>
      <p className="text-xs text-muted">{document.nodes.length} {document.nodes.length === 1 ? "node" : "nodes"}, {document.links.length} {document.links.length === 1 ? "link" : "links"}.{document.nodes.length > 0 && " Choose a node to see its fields."}</p>
    </div>
  );
}

function withField(document: GraphDocument, field: string, value: unknown): GraphDocument {
  return document[field] === value ? document : { ...document, [field]: value };
}
