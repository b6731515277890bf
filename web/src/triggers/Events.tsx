/** Events for an agent whose nodes wait for some: how a program sends one, and a form to send one from here. */
import { Radio } from "lucide-react";
import { type FormEvent, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { useCatalogue } from "@/blocks/blocks";
import { useChange } from "@/data/useChange";
import type { GraphDocument, Json } from "@/graph/document";
import { readJson } from "@/schema-form/JsonField";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { TextArea, TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { CodeBlock } from "./CodeBlock";
import { eventsOf } from "./waiting";
import { TriggerSignalDocument, TriggerWaitsDocument } from "./triggers.generated";
import { signalHelp } from "./words";

export function Events({ agent }: { agent: { id: string } }) {
  const { blocks } = useCatalogue();
  const [{ data }] = useQuery({ query: TriggerWaitsDocument, variables: { id: agent.id } });
  const document = data?.graph?.activeVersion?.document as GraphDocument | undefined;
  const waited = useMemo(() => (document ? eventsOf(document, blocks) : null), [document, blocks]);
  if (!waited || !waited.isWaiting) return null;
  const [first = "approved"] = waited.names;
  return (
    <Card title={<span className="flex items-center gap-2"><Radio className="size-4 text-muted" aria-hidden /> Events</span>}>
      <div className="flex flex-col gap-4">
        <p className="text-sm text-muted">
          A node of this agent waits for {waited.names.length > 0 ? waited.names.map((name) => `“${name}”`).join(", ") : "an event whose name a run gives"}. An event goes to the one open run under a key; where there is none, one is started and has it first.
        </p>
        <SendForm agentId={agent.id} name={first} />
        <details>
          <summary className="cursor-pointer text-sm font-medium">How a program sends one</summary>
          <div className="mt-2 flex flex-col gap-2">
            <p className="text-sm text-muted">With an API key that may start runs; you make one in the settings.</p>
            <CodeBlock label="Command that sends an event" text={signalHelp(location.origin, agent.id, first)} />
          </div>
        </details>
      </div>
    </Card>
  );
}

function SendForm({ agentId, name: initial }: { agentId: string; name: string }) {
  const may = useMay()("runs:execute");
  const navigate = useNavigate();
  const [name, setName] = useState(initial);
  const [key, setKey] = useState("");
  const [payload, setPayload] = useState("");
  const [send, { isBusy, problems }] = useChange(TriggerSignalDocument, { isQuiet: true });
  const read: { value?: Json; error?: string } = payload.trim() ? readJson(payload) : { value: null };
  const go = async (event: FormEvent) => {
    event.preventDefault();
    if (read.error) return;
    const answer = await send({ input: { graphId: agentId, key: key.trim(), name: name.trim(), payload: read.value ?? null } }).catch(() => null);
    if (!answer) return;
    const runId = answer.run?.id;
    const outcome = answer.order?.outcome;
    const title = outcome === "REFUSED" ? "The run refused the event." : answer.hasStarted ? "A run was started, and has the event." : outcome === "APPLIED" ? "A node has the event." : outcome === "KEPT" ? "The run keeps the event until a node waits for it." : "The event will be delivered.";
    notify({ kind: outcome === "REFUSED" ? "error" : "ok", title, text: answer.order?.reason, action: runId ? { label: "Watch the run", act: () => void navigate(`/runs/${runId}`) } : undefined });
  };
  return (
    <form className="flex flex-col gap-3" aria-label="Send an event" onSubmit={(event) => void go(event)}>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField label="Event" isRequired value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label="Key" isRequired placeholder="customer-7" value={key} onChange={(event) => setKey(event.target.value)} help="The agent has one open run under each key." />
      </div>
      <TextArea label="What it carries" rows={2} className="font-mono" placeholder='{"amount": 12}' value={payload} onChange={(event) => setPayload(event.target.value)} error={read.error} help="JSON, or nothing." />
      <Failed errors={problems} />
      <div><Button type="submit" isBusy={isBusy} disabled={!may || !name.trim() || !key.trim() || Boolean(read.error)}>Send the event</Button></div>
    </form>
  );
}
