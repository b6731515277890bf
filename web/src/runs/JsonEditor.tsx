/** Edits one recorded value: a text as text, anything else as JSON. What was changed can be taken back. */
import { Undo2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { bytes } from "@/data/times";
import { Button } from "@/ui/Button";
import { TextArea } from "@/ui/fields";
import { asText, type ShownValue } from "@/values/kinds";
import { useJson } from "@/values/useJson";

export type Draft = { text: string; isText: boolean };

export const draftOf = (json: unknown): Draft => ({ text: asText(json), isText: typeof json === "string" });

export function readDraft(draft: Draft): unknown {
  return draft.isText ? draft.text : JSON.parse(draft.text || "null");
}

export function isWrong(draft: Draft): boolean {
  try {
    readDraft(draft);
    return false;
  } catch {
    return true;
  }
}

type Props = {
  label: string;
  help?: string;
  /** What was recorded; absent: there is nothing to go back to. */
  value?: ShownValue;
  /** What was written instead; null: it is as it was recorded. */
  draft: Draft | null;
  onChange: (draft: Draft | null) => void;
  error?: string | null;
};

const NOTHING: ShownValue = { preview: "", size: 0, type: "null", isInline: true, json: null };

export function JsonEditor({ label, help, value, draft, onChange, error }: Props) {
  const { isThere, json, isLoading, problem, load } = useJson(value ?? NOTHING);
  const recorded = useRef<Draft | null>(null);
  useEffect(() => {
    if (value && isThere) recorded.current = draftOf(json);
  }, [value, isThere, json]);
  if (value && !isThere) {
    return (
      <div className="text-sm">
        <p className="font-medium">{label}</p>
        <p className="font-mono text-xs break-words text-muted">{value.preview}…</p>
        {problem && <p role="alert" className="text-danger">{problem}</p>}
        {load && <Button isSmall isBusy={isLoading} onClick={load}>Load {bytes(value.size)} to change it</Button>}
      </div>
    );
  }
  const shown = draft ?? draftOf(json);
  const wrong = isWrong(shown) ? "This is no JSON. A text has quotation marks around it." : null;
  return (
    <div>
      <TextArea
        label={label}
        help={help}
        error={error ?? wrong}
        rows={Math.min(12, Math.max(2, shown.text.split("\n").length))}
        className={shown.isText ? "" : "font-mono text-xs"}
        value={shown.text}
        spellCheck={shown.isText}
        onChange={(event) => {
          const next = { ...shown, text: event.target.value };
          onChange(value && next.text === recorded.current?.text ? null : next);
        }}
      />
      {value && draft && <Button isSmall look="quiet" className="mt-1" icon={<Undo2 className="size-3.5" aria-hidden />} onClick={() => onChange(null)}>Back to what was recorded</Button>}
    </div>
  );
}
