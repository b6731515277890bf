/** Sends a waiting node its event: by a form where the node says what it waits for, else as JSON. */
import { type FormEvent, useId, useState } from "react";
import { useChange } from "@/data/useChange";
import type { Json, JsonObject, Schema } from "@/graph/document";
import { problemsOf, SchemaForm } from "@/schema-form/SchemaForm";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { useSendKeys } from "@/ui/useSendKeys";
import { type Draft, draftOf, isWrong, JsonEditor, readDraft } from "./JsonEditor";
import { RunSignalDocument } from "./run.generated";

type Props = { run: { id: string }; name: string; /** What the node waits for, where it says so. */ schema: Schema | null; onClose: () => void; told: (title: string) => void };

export function EventDialog({ run, name, schema, onClose, told }: Props) {
  const formId = useId();
  const form = schema && formOf(schema);
  const [value, setValue] = useState<JsonObject>({});
  const [draft, setDraft] = useState<Draft>(() => draftOf({}));
  const [isTried, setTried] = useState(false);
  const [send, { isBusy }] = useChange(RunSignalDocument);
  useSendKeys(formId, !isBusy);
  const problems = form && isTried ? problemsOf(form.schema, value) : [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setTried(true);
    if (form ? problemsOf(form.schema, value).length > 0 : isWrong(draft)) return;
    const payload = form ? form.payloadOf(value) : readDraft(draft);
    void send({ input: { runId: run.id, name, payload } }).then(() => {
      told("The event is on its way.");
      onClose();
    }, () => undefined);
  };
  return (
    <Dialog isOpen onClose={onClose} title={`Send the event “${name}”`} description="The node goes on with what you send." footer={<><Button onClick={onClose}>Cancel</Button><Button look="primary" type="submit" form={formId} isBusy={isBusy} disabled={!form && isWrong(draft)}>Send</Button></>}>
      <form id={formId} noValidate onSubmit={submit}>
        {form ? <SchemaForm schema={form.schema} value={value} onChange={setValue} problems={problems} /> : <JsonEditor label="What it carries" draft={draft} onChange={(next) => setDraft(next ?? draftOf({}))} />}
      </form>
    </Dialog>
  );
}

type Form = { schema: Schema; payloadOf: (value: JsonObject) => Json };

/** The form of a schema; null where it says nothing that a form could ask for. A schema of one value becomes a form with one field. */
export function formOf(schema: Schema): Form | null {
  if (schema.properties && Object.keys(schema.properties).length > 0) return { schema, payloadOf: (value) => value };
  const { $defs, ...own } = schema;
  const isOfAnything = !["type", "anyOf", "oneOf", "enum", "$ref"].some((key) => key in own) || (own.type === "object" && !own.additionalProperties);
  if (isOfAnything) return null;
  const field = { ...own, title: own.title ?? "What it carries" };
  return { schema: { type: "object", ...($defs ? { $defs } : {}), properties: { payload: field }, required: ["payload"] }, payloadOf: ({ payload }) => payload ?? null };
}
