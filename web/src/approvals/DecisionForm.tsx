/** Read what is asked, edit it where that is allowed, say why, and approve or reject. It knows no API. */
import { Check, Pencil, RotateCcw, X } from "lucide-react";
import { useId, useMemo, useState } from "react";
import type { Told } from "@/data/errors";
import type { Json, Schema } from "@/graph/document";
import { problemsOf, SchemaForm } from "@/schema-form/SchemaForm";
import { Button } from "@/ui/Button";
import { TextArea } from "@/ui/fields";
import { ValueView, type ShownValue } from "@/values/ValueView";
import { formOf } from "./words";

type Props = {
  value: ShownValue;
  /** The value itself; absent while it is not there, and then it cannot be edited. */
  json?: Json;
  form: Schema | null;
  isEditable: boolean;
  /** Whether its fields are shown at once, as for a question with a form of its own. */
  isOpen: boolean;
  isBusy: boolean;
  problems: Told[];
  /** `data` is absent where nothing was edited. */
  decide: (approve: boolean, comment: string, data?: Json) => void;
};

export function DecisionForm({ value, json, form, isEditable, isOpen, isBusy, problems, decide }: Props) {
  const mayEdit = isEditable && json !== undefined;
  const [isEditing, setEditing] = useState(isOpen && mayEdit);
  const [edited, setEdited] = useState<Json | undefined>(undefined);
  const [text, setText] = useState<string | null>(null);
  const [comment, setComment] = useState("");
  const [isTried, setTried] = useState(false);
  const given = json ?? null;
  const fields = useMemo(() => formOf(form, given), [form, given]);
  const now = edited === undefined ? given : edited;
  const isChanged = edited !== undefined && JSON.stringify(edited) !== JSON.stringify(given);
  const textProblem = text !== null && parsed(text) === undefined ? "This is not JSON yet. Compare brackets, commas and quotation marks." : null;
  const mine = fields && isEditing && isTried ? problemsOf(fields.schema, fields.wrap(now)) : [];
  const told = problems.filter((one) => one.path && one.path.length > 1 && one.path.includes("data")).map((one) => ({ path: afterData(one.path ?? []), message: one.message }));
  const others = problems.filter((one) => !told.some((other) => other.message === one.message) || !fields || !isEditing);

  const approve = () => {
    setTried(true);
    if (textProblem) return;
    if (fields && isEditing && problemsOf(fields.schema, fields.wrap(now)).length > 0) return;
    decide(true, comment, isChanged ? now : undefined);
  };
  const undo = () => {
    setEdited(undefined);
    setText(null);
    setTried(false);
    setEditing(isOpen && mayEdit);
  };

  return (
    <div className="flex flex-col gap-3">
      <div className="min-w-0 rounded-lg border border-line bg-page p-3">
        {!isEditing && <ValueView value={value} />}
        {isEditing && fields && <SchemaForm schema={fields.schema} value={fields.wrap(now)} onChange={(next) => setEdited(fields.unwrap(next))} problems={[...mine, ...told]} isDisabled={isBusy} />}
        {isEditing && !fields && (
          <TextArea
            label="Data as JSON"
            rows={8}
            spellCheck={false}
            className="font-mono"
            value={text ?? JSON.stringify(now, null, 2)}
            error={isTried ? textProblem : null}
            disabled={isBusy}
            onChange={(event) => {
              setText(event.target.value);
              const read = parsed(event.target.value);
              if (read !== undefined) setEdited(read);
            }}
          />
        )}
      </div>
      {mayEdit && (
        <div className="flex flex-wrap gap-2">
          {!isEditing && <Button isSmall icon={<Pencil className="size-3.5" aria-hidden />} onClick={() => setEditing(true)}>Edit before approving</Button>}
          {isEditing && (isChanged || !isOpen) && <Button isSmall icon={<RotateCcw className="size-3.5" aria-hidden />} onClick={undo}>Back to what was asked</Button>}
        </div>
      )}
      <TextArea label="Comment" rows={2} value={comment} disabled={isBusy} onChange={(event) => setComment(event.target.value)} help="Optional. It is kept with the decision, and the run can read it." />
      {others.map((one) => (
        <p key={one.code + one.message} role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">{one.message} {one.remedy}</p>
      ))}
      <Decide isBusy={isBusy} isChanged={isChanged} approve={approve} reject={() => decide(false, comment)} />
    </div>
  );
}

function Decide({ isBusy, isChanged, approve, reject }: { isBusy: boolean; isChanged: boolean; approve: () => void; reject: () => void }) {
  const id = useId();
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button look="primary" isBusy={isBusy} icon={<Check className="size-4" aria-hidden />} onClick={approve}>{isChanged ? "Approve with changes" : "Approve"}</Button>
      <Button look="danger" disabled={isBusy} icon={<X className="size-4" aria-hidden />} onClick={reject} aria-describedby={isChanged ? id : undefined}>Reject</Button>
      {isChanged && <span id={id} className="text-xs text-muted">Whoever rejects leaves the data as it was.</span>}
    </div>
  );
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Where in the data: what comes behind `data` in a path of the mutation's input. */
function afterData(path: string[]): string[] {
  return path.slice(path.indexOf("data") + 1);
}
